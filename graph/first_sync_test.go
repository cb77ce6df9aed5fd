package graph_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"plumbline/graph/auth"
	"plumbline/graph/download"
	"plumbline/graph/edge"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
)

// fetched is an answer of the server's to a request for a file: as it came, and unpacked.
type fetched struct {
	status     int
	header     http.Header
	body       []byte
	compressed int
}

// shop serves the files of a first sync over a service, compressed as the server does it.
func (w *world) shop(service *inspection.Service) func(as, path string, headers ...string) fetched {
	mux := http.NewServeMux()
	log := slog.New(slog.DiscardHandler)
	mux.Handle("GET /sync/editions/{sha256}", download.Editions(service, log))
	mux.Handle("GET /sync/inspections/{id}", download.Assignments(service, log))
	mux.Handle("GET /sync/inspections/{id}/{sha256}", download.Assignments(service, log))
	handler := edge.Compress(mux)
	return func(as, path string, headers ...string) fetched {
		w.t.Helper()
		actor, err := w.store.ActorByEmail(w.t.Context(), as)
		if err != nil {
			w.t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, path, nil).WithContext(auth.WithActor(w.t.Context(), actor))
		for n := 0; n < len(headers); n += 2 {
			r.Header.Set(headers[n], headers[n+1])
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return unpacked(w.t, recorder.Result())
	}
}

func unpacked(t testing.TB, response *http.Response) fetched {
	t.Helper()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	f := fetched{response.StatusCode, response.Header, raw, len(raw)}
	switch response.Header.Get("Content-Encoding") {
	case "zstd":
		r, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if f.body, err = r.DecodeAll(raw, nil); err != nil {
			t.Fatal(err)
		}
	case "gzip":
		r, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if f.body, err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

type syncFile struct {
	url, sha256 string
	size        int
}

// firstSync is what the API says of an inspection's, the editions first; nil for null.
func (w *world) firstSync(as, id string) []syncFile {
	w.t.Helper()
	const query = `query($id: ID!) { inspection(id: $id) { firstSync { editions { url sha256 size } assignment { url sha256 size } } } }`
	first := fields(w.ask(as, query, map[string]any{"id": id}), "inspection", "firstSync")
	if first == nil {
		return nil
	}
	var files []syncFile
	for _, f := range append(slices.Clone(fields(first, "editions").([]any)), fields(first, "assignment")) {
		files = append(files, syncFile{fields(f, "url").(string), fields(f, "sha256").(string), int(fields(f, "size").(float64))})
	}
	return files
}

// newestPBNDS loads the second version of PBNDS 2011 and makes it the world's.
func (w *world) newestPBNDS() {
	w.t.Helper()
	editions, err := catalog.Embedded()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range editions {
		if e.Key == "pbnds-2011-r2016-v2" {
			w.edition = e
		}
	}
	if _, err := w.service.LoadEdition(w.t.Context(), inspection.System(), w.edition); err != nil {
		w.t.Fatal(err)
	}
}

// mostFirstSync is what a first sync may take of a bad link, in bytes.
const mostFirstSync = 1_000_000

// unmetPerVisit is how many deficiencies each visit of a bad past found: more than any published report lists.
const unmetPerVisit = 40

// badPast has five visits behind the facility that found the same deficiencies each time.
func (w *world) badPast() (unmet []inspection.ID) {
	w.t.Helper()
	const standard = "4.3"
	for _, r := range w.standard(standard).Requirements[:unmetPerVisit] {
		unmet = append(unmet, r.ID)
	}
	for n := range 5 {
		id := w.visit(fmt.Sprintf("202%d-03-05", n), nil, standard)
		w.answerAll(inspector, id, "MEETS", standard)
		var entries []map[string]any
		for _, r := range unmet {
			entries = append(entries, answer(r, 1, "DOES_NOT_MEET", map[string]any{"remarks": "of twelve files read, four held no record of it, and nobody could say why"}))
		}
		w.recorded(inspector, id, entries...)
		w.issue(id)
	}
	return unmet
}

// A full inspection by the newest PBNDS 2011 with five bad visits behind it fits through a bad link, and
// every form of every file unpacks to the bytes that its address names.
func TestAFirstSyncOfAFullInspectionIsSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newestPBNDS()
	w.badPast()
	id := w.started()
	fetch := w.shop(w.service)
	files := w.firstSync(inspector, id)
	if len(files) != 2 {
		t.Fatalf("%d files", len(files))
	}
	totals := map[string]int{}
	for _, file := range files {
		for _, encoding := range []string{"", "gzip", "zstd", "gzip, zstd;q=0.5", "br"} {
			f := fetch(inspector, file.url, "Accept-Encoding", encoding)
			if sum := sha256.Sum256(f.body); f.status != http.StatusOK || hex.EncodeToString(sum[:]) != file.sha256 || len(f.body) != file.size {
				t.Fatalf("%s as %q: %d, %d bytes of %s", file.url, encoding, f.status, len(f.body), hex.EncodeToString(sum[:]))
			}
			if f.header.Get("Cache-Control") != "private, max-age=31536000, immutable" || f.header.Get("ETag") != `W/"`+file.sha256+`"` ||
				f.header.Get("Content-Type") != "application/json" || !slices.Contains(f.header.Values("Vary"), "Accept-Encoding") || !slices.Contains(f.header.Values("Vary"), "Authorization") {
				t.Errorf("%s as %q: %v", file.url, encoding, f.header)
			}
			totals[encoding] += f.compressed
			have := fetch(inspector, file.url, "Accept-Encoding", encoding, "If-None-Match", f.header.Get("ETag"))
			if have.status != http.StatusNotModified || len(have.body) != 0 {
				t.Errorf("%s as %q: who has it is answered %d with %d bytes", file.url, encoding, have.status, len(have.body))
			}
			if other := fetch(inspector, file.url, "Accept-Encoding", encoding, "If-None-Match", `W/"x"`, "Range", "bytes=0-9"); other.status != http.StatusOK || !bytes.Equal(other.body, f.body) {
				t.Errorf("%s as %q: who has another is answered %d", file.url, encoding, other.status)
			}
		}
	}
	t.Logf("a full first sync: %d bytes as JSON, %d by gzip, %d by zstd", totals[""], totals["gzip"], totals["zstd"])
	for _, encoding := range []string{"gzip", "zstd"} {
		if totals[encoding] >= mostFirstSync || totals[encoding]*4 >= totals[""] {
			t.Errorf("%d bytes by %s, want under %d and under a quarter of %d", totals[encoding], encoding, mostFirstSync, totals[""])
		}
	}
	var edition struct {
		Key   string
		Parts []struct {
			Standards []struct {
				Requirements []struct {
					ID, Key, Citation, Text, Strength string
					CitationSeen                      bool
				}
			}
		}
	}
	var visit struct {
		Inspection    map[string]any
		Team          []any
		Items         []struct{ ID, RequirementID, StandardID string }
		Assignments   []any
		PriorFindings []struct{ Code, EndedOn, RequirementID string }
		Population    any
	}
	for n, into := range []any{&edition, &visit} {
		if err := json.Unmarshal(fetch(inspector, files[n].url).body, into); err != nil {
			t.Fatal(err)
		}
	}
	cited := map[string]*inspection.Requirement{}
	for _, st := range w.edition.Standards() {
		for n := range st.Requirements {
			cited[st.Requirements[n].ID.String()] = &st.Requirements[n]
		}
	}
	told := 0
	for _, p := range edition.Parts {
		for _, st := range p.Standards {
			for _, r := range st.Requirements {
				told++
				if c := cited[r.ID]; c == nil || r.Text != c.Text || r.Citation != c.CitationLabel() || strings.Contains(r.Citation, "(unconfirmed)") == r.CitationSeen && r.Citation != "" {
					t.Errorf("the file says %+v", r)
				}
			}
		}
	}
	if told != 787 || len(visit.Items) != 787 || len(visit.Assignments) != 43 || len(visit.Team) != 3 || visit.Inspection["state"] != "IN_PROGRESS" || visit.Population != nil {
		t.Errorf("%d requirements, %d items, %d standards, %d people, %v", told, len(visit.Items), len(visit.Assignments), len(visit.Team), visit.Inspection)
	}
	for _, item := range visit.Items {
		r := cited[item.RequirementID]
		if r == nil || item.ID != inspection.AnswerID(uuidOf(t, id), r.ID).String() {
			t.Fatalf("item %+v", item)
		}
	}
	if past := visit.PriorFindings; len(past) != 5*unmetPerVisit || past[0].EndedOn != "2024-03-07" || past[len(past)-1].EndedOn != "2020-03-07" {
		t.Errorf("the past is %d findings: %+v", len(past), past)
	}
}

// The same content has the same address, whichever process made it and however often.
func TestAddressesAreTheSameFromEveryProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.started("4.3", "5.8")
	other, err := storage.Open(t.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	elsewhere := w.shop(inspection.NewService(other, w.blobs, w.now, inspection.Settings{}))
	files := w.firstSync(inspector, id)
	for _, file := range files {
		f := elsewhere(second, file.url) // a process that has addressed nothing yet
		if sum := sha256.Sum256(f.body); f.status != http.StatusOK || hex.EncodeToString(sum[:]) != file.sha256 {
			t.Errorf("%s from another process: %d, %x", file.url, f.status, sum)
		}
	}
	w.pass(36 * time.Hour)
	if diff := cmp.Diff(files, w.firstSync(second, id), cmp.AllowUnexported(syncFile{})); diff != "" {
		t.Errorf("a day later, for another person:\n%s", diff)
	}
	w.answerAll(inspector, id, "MEETS", "5.8")
	if diff := cmp.Diff(files, w.firstSync(second, id), cmp.AllowUnexported(syncFile{})); diff != "" {
		t.Errorf("answers are no part of it:\n%s", diff)
	}
	w.do(lead, "assignStandards", "AssignStandardsInput", header, map[string]any{"inspectionId": id, "standardIds": []any{w.standard("4.3").ID}, "userId": w.users[second].ID})
	w.do(lead, "recordPopulation", "RecordPopulationInput", header, counted(id, 0, "ICE_DETAINEES", 4, "WOMEN", 0))
	moved := w.firstSync(inspector, id)
	if moved[0] != files[0] || moved[1] == files[1] {
		t.Errorf("an assignment moves %v to %v", files, moved)
	}
	fetch := w.shop(w.service)
	if old := fetch(inspector, files[1].url); old.status != http.StatusNotFound || !contains(string(old.body), "moved on") || old.header.Get("ETag") != "" {
		t.Errorf("what it was is answered %d %s", old.status, old.body)
	}
	now := fetch(inspector, "/sync/inspections/"+id)
	if now.status != http.StatusOK || now.header.Get("Content-Location") != moved[1].url || now.header.Get("Cache-Control") != "private, no-cache" || !contains(string(now.body), `"WOMEN":0`) {
		t.Errorf("what it is now is answered %d %v", now.status, now.header)
	}
	if have := fetch(inspector, "/sync/inspections/"+id, "If-None-Match", now.header.Get("ETag")); have.status != http.StatusNotModified {
		t.Errorf("who has it is answered %d", have.status)
	}
}

// Only its team takes an inspection along, and only while it is worked on.
func TestWhoTakesAnInspectionAlong(t *testing.T) {
	t.Parallel()
	p := play(t)
	fetch := p.shop(p.service)
	const read, forbidden, none, late = http.StatusOK, http.StatusForbidden, http.StatusNotFound, http.StatusConflict
	want := map[string][3]int{lead: {read, read, late}, inspector: {read, read, late}, second: {read, read, late}, reviewer: {forbidden, forbidden, forbidden},
		auditor: {forbidden, forbidden, forbidden}, analyst: {none, none, forbidden}, facility: {none, none, forbidden}, fieldOffice: {none, none, forbidden},
		elsewhere: {none, none, none}, privacy: {none, none, none}, admin: {none, none, none}}
	for _, as := range everybody {
		for n, id := range []string{p.planned, p.running, p.issued} {
			f := fetch(as, "/sync/inspections/"+id)
			if f.status != want[as][n] {
				t.Errorf("%s is answered %d for stage %d, want %d: %s", as, f.status, n, want[as][n], f.body)
			}
			if f.status != read && (contains(string(f.body), "PINE") || f.header.Get("ETag") != "") {
				t.Errorf("%s is refused with %s", as, f.body)
			}
			seen := p.ask(as, "query($id: ID!) { inspection(id: $id) { firstSync { assignment { url } } } }", map[string]any{"id": id})
			if got := fields(seen, "inspection", "firstSync") != nil; got != (f.status == read) {
				t.Errorf("%s is told of files at stage %d: %v", as, n, got)
			}
		}
	}
	p.do(lead, "removeTeamMember", "TeamMemberInput", header, map[string]any{"inspectionId": p.running, "userId": p.users[second].ID})
	if f := fetch(second, "/sync/inspections/"+p.running); f.status != none {
		t.Errorf("who left the team is answered %d", f.status)
	}
	url := p.firstSync(lead, p.running)[0].url
	for _, as := range everybody { // the standards are everybody's
		if f := fetch(as, url); f.status != read {
			t.Errorf("%s is answered %d for an edition", as, f.status)
		}
	}
	sha := url[strings.LastIndex(url, "/")+1:]
	for _, path := range []string{"/sync/editions/" + strings.Repeat("0", 64), "/sync/editions/" + sha[:63], "/sync/editions/" + strings.ToUpper(sha), "/sync/editions/x",
		"/sync/inspections/x", "/sync/inspections/" + inspection.NewID().String(), "/sync/inspections/" + p.running + "/" + sha, "/sync/inspections/" + p.running + "/x"} {
		f := fetch(lead, path)
		if f.status != none || !contains(string(f.body), "NOT_FOUND") || contains(f.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s is answered %d %s", path, f.status, f.body)
		}
	}
}

// The files take the same few statements however many items there are, and an edition that is kept
// compressed takes none.
func TestWhatAFirstSyncCosts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fetch := w.shop(w.service)
	for _, numbers := range [][]string{{"1.1"}, {"1.1", "4.3", "5.8"}} {
		id := w.started(numbers...)
		files := w.firstSync(inspector, id)
		fetch(inspector, files[0].url, "Accept-Encoding", "zstd")
		for what, cost := range map[string]struct {
			ask  func()
			want int
		}{
			"the query":         {func() { w.firstSync(inspector, id) }, 10},
			"the assignment":    {func() { fetch(inspector, files[1].url) }, 9},
			"an edition again":  {func() { fetch(inspector, files[0].url, "Accept-Encoding", "zstd") }, 1},
			"an edition anew":   {func() { fetch(inspector, files[0].url, "Accept-Encoding", "") }, 1},
			"no edition at all": {func() { fetch(inspector, "/sync/editions/"+strings.Repeat("0", 64)) }, 2},
		} {
			w.statements.Reset()
			cost.ask()
			if n := w.statements.Count(); n != cost.want {
				t.Errorf("%s takes %d statements, want %d: %q", what, n, cost.want, w.statements.SQL())
			}
		}
	}
}

// BenchmarkFirstSync loads edition and assignment of a full inspection by PBNDS 2011 with five bad visits
// behind it, compressed by zstd.
func BenchmarkFirstSync(b *testing.B) {
	w := newWorld(b)
	w.newestPBNDS()
	w.badPast()
	id := w.started()
	fetch := w.shop(w.service)
	var bytesOnTheWay int
	b.ReportAllocs()
	for b.Loop() {
		bytesOnTheWay = 0
		for _, file := range w.firstSync(inspector, id) {
			bytesOnTheWay += fetch(inspector, file.url, "Accept-Encoding", "zstd").compressed
		}
	}
	b.ReportMetric(float64(bytesOnTheWay), "bytes/sync")
	persecond(b, "syncs", 1)
}

// BenchmarkPullChecklist pulls the 787 items of a full inspection in one page.
func BenchmarkPullChecklist(b *testing.B) {
	w := newWorld(b)
	w.newestPBNDS()
	w.started()
	body := operation(b, `query { pullChecklistItem(limit: 1000) { documents { `+selections["ChecklistItem"]+` } checkpoint { seq } } }`, nil)
	b.SetBytes(int64(w.read(body, inspector).Body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		w.read(body, inspector)
	}
	persecond(b, "items", 787)
}
