package graph_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/blob"
	"plumbline/storage/storagetest"
)

// The random cases are the same each time, for each takes seconds and few are played; make soak plays
// others, by -rapid.seed=0.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.seed", "22"); err != nil {
		panic(err)
	}
	storagetest.Main(m)
}

// world is one test's own Plumbline: its database, its bucket, the edition, a facility and a user of
// every role, and the real API over HTTP. Only the token's verification is left out.
type world struct {
	t          testing.TB
	store      *storage.Store
	service    *inspection.Service
	blobs      *blob.Store
	bucket     *storagetest.S3Bucket
	statements *storagetest.Statements
	database   *storagetest.DB
	server     *httptest.Server
	edition    *inspection.Edition
	facility   inspection.ID
	other      inspection.ID // a facility of another area of responsibility
	users      map[string]inspection.Actor
	ahead      *atomic.Int64 // how far the server's clock is ahead, in nanoseconds
	shots      *atomic.Int64 // how many pictures were taken
	vaultKeys  []inspection.VaultKey
	vault      *ecdh.PrivateKey
	devices    *sync.Map // the devices in users' hands, by the name after # in "user#device"
}

const (
	lead        = "lead@opr.example"
	inspector   = "inspector@opr.example"
	second      = "second@opr.example"
	reviewer    = "reviewer@opr.example"
	fieldOffice = "fieldoffice@opr.example"
	facility    = "facility@opr.example"
	elsewhere   = "elsewhere@opr.example"
	analyst     = "analyst@opr.example"
	auditor     = "auditor@opr.example"
	privacy     = "privacy@opr.example"
	admin       = "admin@opr.example"
)

var auditKey = bytes.Repeat([]byte("k"), 32)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, statements: &storagetest.Statements{}, users: map[string]inspection.Actor{}, database: storagetest.Database(t), ahead: &atomic.Int64{}, shots: &atomic.Int64{}, devices: &sync.Map{}}
	bucket := storagetest.Bucket(t)
	blobs, err := blob.New(blob.Config{Endpoint: bucket.Endpoint, Bucket: bucket.Name, Region: bucket.Region,
		AccessKey: bucket.AccessKey, SecretKey: bucket.SecretKey, Retention: blob.Governance})
	if err != nil {
		t.Fatal(err)
	}
	w.blobs, w.bucket, w.vaultKeys = blobs, bucket, w.makeVault()
	w.open()
	w.seed(t.Context())
	return w
}

// open opens the database and serves the API from it.
func (w *world) open() {
	w.t.Helper()
	store, err := storage.Open(w.t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey, Tracer: w.statements, MaxConns: 8})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(store.Close)
	w.store = store
	w.service = inspection.NewService(store, w.blobs, w.now, inspection.Settings{PrivateWebhooks: true, VaultKeys: w.vaultKeys})
	handler := edge.NewHandler(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: w.service}}), edge.Options{})
	w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		email, device, _ := strings.Cut(r.Header.Get("X-Test-User"), "#")
		actor, err := w.comes(store, email, r.Header)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusForbidden)
			return
		}
		if d, known := w.devices.Load(device); known {
			actor.Device = d.(inspection.ActorDevice)
		}
		handler.ServeHTTP(rw, r.WithContext(auth.WithActor(r.Context(), actor)))
	}))
	w.t.Cleanup(w.server.Close)
}

// comes is who sends a request: a user by email, with the device and its clock if the headers say so.
func (w *world) comes(store *storage.Store, email string, headers http.Header) (inspection.Actor, error) {
	device, shown := headers.Get(auth.HeaderDevice), headers.Get(auth.HeaderDeviceTime)
	if device == "" && shown == "" {
		return store.ActorByEmail(w.t.Context(), email)
	}
	now := w.now()
	admission := inspection.Admission{Email: email, At: now.UTC()}
	if device != "" {
		if err := admission.DeviceID.UnmarshalText([]byte(device)); err != nil {
			return inspection.Actor{}, err
		}
	}
	at, err := time.Parse(time.RFC3339, shown)
	if err != nil {
		return inspection.Actor{}, err
	}
	offset := at.Sub(now)
	admission.Offset = &offset
	return store.Admit(w.t.Context(), admission)
}

// now is the server's clock; pass moves it on.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

func (w *world) seed(ctx context.Context) {
	w.t.Helper()
	editions, err := catalog.Embedded()
	if err != nil {
		w.t.Fatal(err)
	}
	w.edition = editions[0]
	if _, err := w.service.LoadEdition(ctx, inspection.System(), w.edition); err != nil {
		w.t.Fatal(err)
	}
	w.facility, w.other = inspection.NewID(), inspection.NewID()
	offices := []inspection.FieldOffice{{Code: "NOL", Name: "New Orleans"}, {Code: "SEA", Name: "Seattle"}}
	if err := w.service.LoadUsers(ctx, inspection.System(), offices, nil); err != nil {
		w.t.Fatal(err)
	}
	err = w.service.ChangeRoster(ctx, inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{
			{ID: w.facility, Name: "PINE RIVER PROCESSING CENTER", City: "PINE RIVER", State: "LA", FieldOffice: "NOL", Type: inspection.TypeCDF, Source: "test"},
			{ID: w.other, Name: "CEDAR COUNTY JAIL", City: "CEDAR", State: "WA", FieldOffice: "SEA", Type: inspection.TypeIGSA, Source: "test"},
		}}, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	users := []inspection.Actor{
		{Email: lead, Role: inspection.RoleLead}, {Email: inspector, Role: inspection.RoleInspector},
		{Email: second, Role: inspection.RoleInspector}, {Email: reviewer, Role: inspection.RoleReviewer},
		{Email: fieldOffice, Role: inspection.RoleFieldOffice, FieldOffice: "NOL"},
		{Email: facility, Role: inspection.RoleFacility, FacilityID: w.facility},
		{Email: elsewhere, Role: inspection.RoleFacility, FacilityID: w.other},
		{Email: analyst, Role: inspection.RoleAnalyst}, {Email: auditor, Role: inspection.RoleAuditor},
		{Email: privacy, Role: inspection.RolePrivacy}, {Email: admin, Role: inspection.RoleAdmin},
	}
	for n := range users {
		users[n].ID, users[n].Name = inspection.NewID(), string(users[n].Role)
		w.users[users[n].Email] = users[n]
	}
	if err := w.service.LoadUsers(ctx, inspection.System(), nil, users); err != nil {
		w.t.Fatal(err)
	}
}

// ask sends an operation as a user and returns the data; errors fail the test.
func (w *world) ask(as, query string, variables map[string]any) map[string]any {
	w.t.Helper()
	data, errs := w.send(as, query, variables)
	if len(errs) > 0 {
		w.t.Fatalf("as %s: %v\n%s", as, errs, query)
	}
	return data
}

func (w *world) send(as, query string, variables map[string]any) (map[string]any, []any) {
	w.t.Helper()
	body := w.raw(as, query, variables)
	var answer struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		w.t.Fatalf("%v: %s", err, body)
	}
	return answer.Data, answer.Errors
}

func (w *world) raw(as, query string, variables map[string]any) []byte {
	w.t.Helper()
	document, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		w.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL, bytes.NewReader(document))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Test-User", as)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return body
}

const problemFields = "problems { __typename code message path subjectId }"

// do runs a mutation with one input and returns its payload; problems fail the test.
func (w *world) do(as, mutation, inputType, selection string, input map[string]any) map[string]any {
	w.t.Helper()
	payload := w.try(as, mutation, inputType, selection, input)
	if problems := payload["problems"].([]any); len(problems) > 0 {
		w.t.Fatalf("%s as %s: %v", mutation, as, problems)
	}
	return payload
}

// try runs a mutation with one input and returns its payload, problems and all.
func (w *world) try(as, mutation, inputType, selection string, input map[string]any) map[string]any {
	w.t.Helper()
	data := w.ask(as, "mutation M($input: "+inputType+"!) { "+mutation+"(input: $input) { "+selection+" "+problemFields+" } }", map[string]any{"input": input})
	return data[mutation].(map[string]any)
}

// refused asserts that a mutation is refused with the kind of problem, and returns its message.
func (w *world) refused(kind string, payload map[string]any) string {
	w.t.Helper()
	problems := payload["problems"].([]any)
	if len(problems) == 0 {
		w.t.Fatalf("not refused; want %s", kind)
	}
	first := problems[0].(map[string]any)
	if first["__typename"] != kind {
		w.t.Fatalf("refused with %v, want %s", problems, kind)
	}
	return first["message"].(string)
}

const header = "inspection { id state revision }"

// step runs a lifecycle step from the inspection's present revision and returns the new state.
func (w *world) step(as, mutation, inputType string, inspectionID string, more map[string]any) string {
	w.t.Helper()
	payload := w.do(as, mutation, inputType, header, w.stepInput(inspectionID, more))
	return payload["inspection"].(map[string]any)["state"].(string)
}

func (w *world) stepInput(inspectionID string, more map[string]any) map[string]any {
	w.t.Helper()
	seen := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { revision } }", map[string]any{"id": inspectionID})
	input := map[string]any{"inspectionId": inspectionID, "revision": seen["inspection"].(map[string]any)["revision"]}
	for k, v := range more {
		input[k] = v
	}
	return input
}

// plan plans an inspection of the given standards, by number, with lead and inspector on the team.
func (w *world) plan(numbers ...string) string {
	w.t.Helper()
	input := map[string]any{"facilityId": w.facility, "editionId": w.edition.ID, "origin": "LIVE", "scope": "FULL", "announced": false,
		"plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": w.users[lead].ID, "teamIds": []any{w.users[inspector].ID, w.users[second].ID}}
	if len(numbers) > 0 {
		var ids []inspection.ID
		for _, n := range numbers {
			ids = append(ids, inspection.StandardID(w.edition.ID, n))
		}
		input["standardIds"] = ids
	}
	payload := w.do(lead, "planInspection", "PlanInspectionInput", header, input)
	return payload["inspection"].(map[string]any)["id"].(string)
}

// started plans and starts.
func (w *world) started(numbers ...string) string {
	w.t.Helper()
	id := w.plan(numbers...)
	w.step(lead, "startInspection", "StepInput", id, nil)
	return id
}

// standard returns a standard of the edition by number.
func (w *world) standard(number string) *inspection.Standard {
	for _, st := range w.edition.Standards() {
		if st.Number == number {
			return st
		}
	}
	w.t.Fatalf("no standard %s", number)
	return nil
}

// answerAll answers every requirement of the standards with the rating, and records them in chunks.
func (w *world) answerAll(as, inspectionID, rating string, numbers ...string) {
	w.t.Helper()
	var entries []any
	for _, number := range numbers {
		for _, r := range w.standard(number).Requirements {
			entries = append(entries, map[string]any{"requirementId": r.ID, "revision": 0, "rating": rating, "methods": []any{"DOCUMENT", "OBSERVATION"}, "reason": "tested", "remarks": "seen in the log"})
		}
	}
	for len(entries) > 0 {
		n := min(350, len(entries))
		w.do(as, "recordAnswers", "RecordAnswersInput", "answers { id revision }", map[string]any{"inspectionId": inspectionID, "answers": entries[:n]})
		entries = entries[n:]
	}
}

// onLine returns the one requirement that a worksheet line rests on.
func (w *world) onLine(code string) *inspection.Requirement {
	w.t.Helper()
	var of []*inspection.Requirement
	for _, st := range w.edition.Standards() {
		for n := range st.Requirements {
			if slices.Contains(st.Requirements[n].Lines, code) {
				of = append(of, &st.Requirements[n])
			}
		}
	}
	if len(of) != 1 {
		w.t.Fatalf("line %s rests on %d requirements", code, len(of))
	}
	return of[0]
}

// adopt makes a deficiency of every draft, as it stands.
func (w *world) adopt(id string) {
	w.t.Helper()
	w.adoptAs(lead, id)
}

func (w *world) adoptAs(as, id string) {
	w.t.Helper()
	var entries []any
	data := w.ask(as, "query($id: ID!) { inspection(id: $id) { deficiencyDrafts { requirementId correctedOnSite } } }", map[string]any{"id": id})
	for _, d := range fields(data, "inspection", "deficiencyDrafts").([]any) {
		entries = append(entries, map[string]any{"requirementId": fields(d, "requirementId"), "correctionNote": "tested"})
	}
	if len(entries) > 0 {
		w.do(as, "adoptDrafts", "AdoptDraftsInput", "findings { id }", map[string]any{"inspectionId": id, "drafts": entries})
	}
}

// issue takes an inspection whose items are answered through review to ISSUED. What is not met and has
// no deficiency yet gets the one of its draft.
func (w *world) issue(id string) {
	w.t.Helper()
	w.adopt(id)
	w.step(lead, "finishFieldwork", "FinishFieldworkInput", id, nil)
	w.step(lead, "recommendRating", "RatingInput", id, map[string]any{"rating": "Meets Standard", "reason": "as scored"})
	w.step(lead, "submitForReview", "StepInput", id, nil)
	w.acceptExclusions(id)
	w.step(reviewer, "approveInspection", "StepInput", id, nil)
	w.step(reviewer, "setFinalRating", "RatingInput", id, map[string]any{"rating": "Meets Standard", "reason": "agreed"})
	if state := w.step(reviewer, "issueInspection", "StepInput", id, nil); state != "ISSUED" {
		w.t.Fatalf("state is %s after issue", state)
	}
}

// acceptExclusions has the reviewer accept what was not rated.
func (w *world) acceptExclusions(id string) {
	w.t.Helper()
	w.do(reviewer, "reviewExclusions", "ReviewExclusionsInput", header, map[string]any{"inspectionId": id, "verdict": "ACCEPTED"})
}

// someDay is any day.
var someDay = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

func contains(text, part string) bool { return strings.Contains(text, part) }
