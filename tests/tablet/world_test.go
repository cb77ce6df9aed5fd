package tablet_test

import (
	"bytes"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

const auditKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// world is an installation: a database of its own, migrated by the program, two server processes on it,
// an issuer, and one inspection that has started with every item of PBNDS 2011.
type world struct {
	servers    [2]*server
	issuer     string
	clock      *atomic.Pointer[func() time.Time] // the issuer's
	team       []inspection.Actor                // the lead first
	inspection inspection.ID
	vault      hpke.PrivateKey // of the interview notes; in no part of Plumbline
	superuser  string          // the database, as one who may read what nobody may
}

// newWorld builds a world with a team of so many.
func newWorld(t *testing.T, program string, people int) *world {
	t.Helper()
	db, bucket := storagetest.EmptyDatabase(t), storagetest.Bucket(t)
	command(t, program, []string{"PLUMBLINE_MIGRATE_DATABASE_URL=" + db.OwnerURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}, "migrate")
	w := &world{clock: &atomic.Pointer[func() time.Time]{}, superuser: db.SuperuserURL}
	w.setIssuerClock(time.Now)
	var users []issuer.User
	for n := range people {
		role := inspection.RoleInspector
		if n == 0 {
			role = inspection.RoleLead
		}
		user := inspection.Actor{ID: inspection.NewID(), Email: fmt.Sprintf("tablet%d@opr.example", n), Name: fmt.Sprintf("Tablet user %d", n), Role: role}
		w.team, users = append(w.team, user), append(users, issuer.User{Email: user.Email})
	}
	w.issuer = w.startIssuer(t, users)
	w.inspection = w.begin(t, db.AppURL)
	vault := w.newVault(t)
	environ := []string{
		"PLUMBLINE_DATABASE_URL=" + db.AppURL,
		"PLUMBLINE_S3_ENDPOINT=" + bucket.Endpoint,
		"PLUMBLINE_S3_BUCKET=" + bucket.Name,
		"PLUMBLINE_S3_REGION=" + bucket.Region,
		"PLUMBLINE_S3_ACCESS_KEY=" + bucket.AccessKey,
		"PLUMBLINE_S3_SECRET_KEY=" + bucket.SecretKey,
		"PLUMBLINE_S3_RETENTION=GOVERNANCE",
		"PLUMBLINE_OIDC_ISSUER=" + w.issuer,
		"PLUMBLINE_OIDC_AUDIENCE=plumbline",
		"PLUMBLINE_AUDIT_KEY=" + auditKey,
		"PLUMBLINE_TOKEN_KEY=" + auditKey,
		"PLUMBLINE_VAULT_KEY=" + vault,
	}
	for n := range w.servers {
		w.servers[n] = newServer(t, program, environ)
	}
	return w
}

// setIssuerClock changes by which clock tokens are given.
func (w *world) setIssuerClock(now func() time.Time) { w.clock.Store(&now) }

func (w *world) startIssuer(t *testing.T, users []issuer.User) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	handler, err := issuer.New(t.TempDir(), address, "plumbline", users, func() time.Time { return (*w.clock.Load())() })
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return address
}

// begin loads the people and a facility, and starts an inspection of it.
func (w *world) begin(t *testing.T, databaseURL string) inspection.ID {
	t.Helper()
	ctx := t.Context()
	key, err := hex.DecodeString(auditKey)
	if err != nil {
		t.Fatal(err)
	}
	store, err := storage.Open(ctx, storage.Config{URL: databaseURL, AuditKey: key, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	if err := service.LoadUsers(ctx, inspection.System(), nil, w.team); err != nil {
		t.Fatal(err)
	}
	facility := inspection.NewID()
	err = service.ChangeRoster(ctx, inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{{ID: facility, Name: "PINE RIVER PROCESSING CENTER", City: "PINE RIVER",
			State: "LA", FieldOffice: "NOL", Type: inspection.TypeCDF, Source: "test"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	edition, err := service.NewestEdition(ctx, inspection.System(), catalog.EmbeddedKey)
	if err != nil {
		t.Fatal(err)
	}
	var others []inspection.ID
	for _, member := range w.team[1:] {
		others = append(others, member.ID)
	}
	today, announced := time.Now().UTC().Truncate(24*time.Hour), true
	planned, err := service.PlanInspection(ctx, w.team[0], inspection.PlanInput{FacilityID: facility, EditionID: edition.ID, Origin: inspection.Exercise,
		Scope: inspection.ScopeFull, Announced: &announced, PlannedStart: today, PlannedEnd: today.AddDate(0, 0, 2), LeadID: w.team[0].ID, TeamIDs: others})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.StartInspection(ctx, w.team[0], planned.ID, planned.Revision); err != nil {
		t.Fatal(err)
	}
	return planned.ID
}

// token is a token of a member of the team.
func (w *world) token(t *testing.T, user inspection.Actor) string {
	t.Helper()
	response, err := http.PostForm(w.issuer+"/token", url.Values{"user": {user.Email}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.AccessToken == "" {
		t.Fatalf("no token for %s: %s, %v", user.Email, response.Status, err)
	}
	return body.AccessToken
}

// ask sends an operation to the first server, over a good link, and decodes its data.
func (w *world) ask(t *testing.T, token, query string, variables map[string]any, into any) {
	t.Helper()
	if err := w.send(t, token, query, variables, into); err != nil {
		t.Fatal(err)
	}
}

func (w *world) send(t *testing.T, token, query string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.servers[0].address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
		return fmt.Errorf("%s: %v\n%s", query, err, text)
	}
	return json.Unmarshal(answer.Data, into)
}
