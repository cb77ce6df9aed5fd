package graph_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"plumbline/graph/auth"
	"plumbline/graph/download"
	"plumbline/inspection"
)

// press serves the reports of a world, as a user.
func (w *world) press() func(as, path string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	handler, err := download.Report(w.service, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /inspections/{id}/report", handler)
	return func(as, path string, headers ...string) (*http.Response, string) {
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
		mux.ServeHTTP(recorder, r)
		body, err := io.ReadAll(recorder.Result().Body)
		if err != nil {
			w.t.Fatal(err)
		}
		return recorder.Result(), string(body)
	}
}

func reportPath(id, form string) string { return "/inspections/" + id + "/report?form=" + form }

// Who reads which form of the report, at which stage of the inspection. 404 is also what the facility
// gets for the internal form, and everybody for an inspection that is not theirs.
func TestWhoReadsWhichReport(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	const read, none, later = http.StatusOK, http.StatusNotFound, http.StatusConflict
	opr := map[string][2]int{"internal": {later, read}, "facility": {later, read}, "public": {later, read}}
	analysts := map[string][2]int{"internal": {none, read}, "facility": {none, read}, "public": {none, read}}
	inspected := map[string][2]int{"internal": {none, none}, "facility": {none, read}, "public": {none, read}}
	nobody := map[string][2]int{"internal": {none, none}, "facility": {none, none}, "public": {none, none}}
	for as, wants := range map[string]map[string][2]int{lead: opr, inspector: opr, second: opr, reviewer: opr, auditor: opr, analyst: analysts,
		facility: inspected, fieldOffice: inspected, elsewhere: nobody, privacy: nobody, admin: nobody} {
		for form, want := range wants {
			for stage, id := range []string{p.running, p.issued} {
				response, body := get(as, reportPath(id, form))
				if response.StatusCode != want[stage] {
					t.Errorf("%s reads the %s form at stage %d: %d, want %d\n%s", as, form, stage, response.StatusCode, want[stage], body)
				}
				if response.StatusCode != read && (!strings.Contains(response.Header.Get("Content-Type"), "json") || strings.Contains(body, "PINE")) {
					t.Errorf("%s is refused with %s", as, body)
				}
			}
		}
	}
	_, hidden := get(facility, reportPath(p.issued, "internal"))
	_, missing := get(facility, reportPath(inspection.NewID().String(), "internal"))
	if hidden != missing {
		t.Errorf("the facility can tell a hidden report from a missing one:\n%s\n%s", hidden, missing)
	}
	for path, want := range map[string]int{reportPath(p.issued, "secret"): http.StatusBadRequest, reportPath("x", "public"): none, "/inspections/" + p.issued + "/report": read,
		reportPath(p.issued, "PUBLIC"): read, reportPath(p.issued, ""): http.StatusBadRequest} {
		if response, body := get(facility, path); response.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, response.StatusCode, want, body)
		}
	}
}

// Nothing that is OPR's own is in what the inspected read, nor in the rows that they may see.
func TestTheReportOfTheInspectedTellsNothingOfTheFieldwork(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	_, internal := get(reviewer, reportPath(p.issued, "internal"))
	if !strings.Contains(internal, secretWord) {
		t.Error("the internal form does not hold the words that the others must not")
	}
	for _, as := range []string{facility, fieldOffice} {
		for _, form := range []string{"facility", "public"} {
			_, page := get(as, reportPath(p.issued, form))
			if !strings.Contains(page, "Something is not as it must be.") {
				t.Errorf("the %s form lacks the deficiency", form)
			}
			page = strings.Replace(page, "present: "+secretWord, "", 1) // the role at the briefing, which the facility form names
			for _, word := range []string{secretWord, "DETAINEE_INTERVIEW", "LEAD_INSPECTOR", "INSPECTOR", p.users[lead].ID.String(), p.users[inspector].ID.String()} {
				if strings.Contains(page, word) {
					t.Errorf("as %s, the %s form tells %q", as, form, word)
				}
			}
		}
		p.asRole(as, func(ctx context.Context, tx pgx.Tx) {
			rows, err := tx.Query(ctx, "select form, convert_from(body, 'UTF8') from report order by form")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			for rows.Next() {
				var form, body string
				if err := rows.Scan(&form, &body); err != nil {
					t.Fatal(err)
				}
				body = strings.Replace(body, `"rolesPresent":["`+secretWord+`"]`, "", 1)
				for _, word := range []string{secretWord, "DETAINEE_INTERVIEW", "methods\":[", p.users[lead].ID.String(), p.users[reviewer].ID.String()} {
					if strings.Contains(body, word) {
						t.Errorf("as %s, the row %s tells %q", as, form, word)
					}
				}
			}
		})
	}
	if _, page := get(facility, reportPath(p.issued, "public")); strings.Contains(page, secretWord) {
		t.Error("the public form names the roles at the briefing")
	}
}

// A browser keeps a report and asks whether it may still use it.
func TestAReportIsKeptByItsReaderOnly(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	first, body := get(facility, reportPath(p.issued, "facility"))
	header := first.Header
	if !strings.HasPrefix(header.Get("Cache-Control"), "private") || header.Get("Vary") != "Authorization" ||
		header.Get("Content-Disposition") != `inline; filename="inspection-`+p.issued+`-facility.html"` || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("the headers are %v", header)
	}
	if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
	if again, rest := get(facility, reportPath(p.issued, "facility"), "If-None-Match", header.Get("ETag")); again.StatusCode != http.StatusNotModified || rest != "" {
		t.Errorf("asked again: %d %q", again.StatusCode, rest)
	}
	other, page := get(facility, reportPath(p.issued, "public"), "If-None-Match", header.Get("ETag"))
	if other.StatusCode != http.StatusOK || other.Header.Get("ETag") == header.Get("ETag") || page == body {
		t.Error("two forms are taken for one")
	}
	if stranger, _ := get(elsewhere, reportPath(p.issued, "facility"), "If-None-Match", header.Get("ETag")); stranger.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger who knows the tag gets %d", stranger.StatusCode)
	}
}

func TestAnIssuedInspectionLinksItsReports(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	for as, want := range map[string]string{reviewer: "[INTERNAL FACILITY PUBLIC]", analyst: "[INTERNAL FACILITY PUBLIC]", facility: "[FACILITY PUBLIC]", fieldOffice: "[FACILITY PUBLIC]"} {
		data := p.ask(as, "query($id: ID!) { inspection(id: $id) { reports { form path } } }", map[string]any{"id": p.issued})
		var forms []string
		for _, link := range fields(data, "inspection", "reports").([]any) {
			forms = append(forms, fields(link, "form").(string))
			if response, _ := get(as, fields(link, "path").(string)); response.StatusCode != http.StatusOK {
				t.Errorf("as %s, %v leads to %d", as, link, response.StatusCode)
			}
		}
		if fmt.Sprint(forms) != want {
			t.Errorf("%s is shown %v, want %s", as, forms, want)
		}
	}
	data := p.ask(reviewer, "query($id: ID!) { inspection(id: $id) { reports { form } } }", map[string]any{"id": p.running})
	if links := fields(data, "inspection", "reports").([]any); len(links) > 0 {
		t.Errorf("a running inspection links %v", links)
	}
}

// body is the snapshot's body as the API gives it.
func (w *world) body(id string) []byte {
	w.t.Helper()
	data := w.ask(reviewer, "query($id: ID!) { inspection(id: $id) { snapshot { body } } }", map[string]any{"id": id})
	return []byte(fields(data, "inspection", "snapshot", "body").(string))
}

// Out of the snapshot alone come the same tally, score and document, to the byte; and out of the
// rows the same snapshot.
func TestAnIssuedInspectionIsRecomputedToTheByte(t *testing.T) {
	t.Parallel()
	p := play(t)
	body := p.body(p.issued)
	result, err := inspection.Recompute(body)
	if err != nil || !result.Agrees() || len(result.Parts) != 6 || result.Format != inspection.SnapshotFormat {
		t.Fatalf("recomputed: %v, %d parts, agrees %v", err, len(result.Parts), result.Agrees())
	}
	for n, stored := range p.rows(p.behind(), "select body::text from score_body where inspection_id = $1 order by policy", p.issued) {
		if part := result.Parts[n+2]; string(part.Recomputed) != stored {
			t.Errorf("the stored score is\n%s\n%s, recomputed\n%s", stored, part.Name, part.Recomputed)
		}
	}
	p.do(facility, "respondToDeficiency", "RespondToDeficiencyInput", "response { stance }", map[string]any{"inspectionId": p.issued, "findingId": p.standing, "stance": "CONTESTED", "reason": "x"})
	p.do(reviewer, "ruleOnContest", "RuleOnContestInput", "response { ruling }", map[string]any{"inspectionId": p.issued, "findingId": p.standing, "ruling": "WITHDRAWN", "reason": "x"})
	again, err := p.service.Resnapshot(t.Context(), p.users[auditor], uuidOf(t, p.issued))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Body, body) {
		t.Errorf("built again it differs (stored, built again):\n%s", cmp.Diff(string(body), string(again.Body)))
	}
	for as, want := range map[string]inspection.Code{facility: inspection.Forbidden, elsewhere: inspection.NotFound, admin: inspection.NotFound} {
		if _, err := p.service.Resnapshot(t.Context(), p.users[as], uuidOf(t, p.issued)); !inspection.Refused(err, want) {
			t.Errorf("%s builds the snapshot again: %v", as, err)
		}
	}
	if _, err := p.service.Resnapshot(t.Context(), p.users[reviewer], uuidOf(t, p.running)); !inspection.Refused(err, inspection.Locked) {
		t.Errorf("a running inspection's snapshot: %v", err)
	}
}

// So it is where the past has a say: a repeat, a carried action, a trend.
func TestAnInspectionWithAPastIsRecomputedToTheByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unmet := w.standard("5.8").Requirements[0].ID
	w.visited("2024-03-05", nil, []string{"5.8"}, unmet)
	id := w.visited("2025-03-04", nil, []string{"5.8"}, unmet)
	body := w.body(id)
	for _, part := range []string{`"outcome":"REPEATED"`, `"repeatDerived":"`, `"trend":{"lastInspectionId"`} {
		if !bytes.Contains(body, []byte(part)) {
			t.Fatalf("the snapshot has no %s", part)
		}
	}
	if result, err := inspection.Recompute(body); err != nil || !result.Agrees() {
		t.Errorf("recomputed: %v, agrees %v", err, result.Agrees())
	}
	again, err := w.service.Resnapshot(t.Context(), w.users[auditor], uuidOf(t, id))
	if err != nil || !bytes.Equal(again.Body, body) {
		t.Errorf("built again it differs (stored, built again): %v\n%s", err, cmp.Diff(string(body), string(again.Body)))
	}
	_, page := w.press()(facility, reportPath(id, "facility"))
	if !strings.Contains(page, "Since the last inspection") || strings.Contains(page, "Age in days") {
		t.Error("the facility is to see the trend and not what was carried over")
	}
}

// The outsider's script agrees with what was issued, and finds what was changed afterwards.
func TestTheScriptOfAnOutsiderRecomputesTheScore(t *testing.T) {
	t.Parallel()
	p := play(t)
	script, err := os.ReadFile("../docs/recompute.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(script, []byte("\n")); lines > 40 {
		t.Errorf("the script has %d lines", lines)
	}
	body := p.body(p.issued)
	items := len(p.standard("5.8").Requirements) - 1 // one does not apply
	agrees := fmt.Sprintf("5.8: %d/%d MEETS: agrees\noverall: %d/%d MEETS: agrees\n", items, items, items, items)
	differs := fmt.Sprintf("5.8: %d/%d NOT_RATED: DIFFERS\noverall: %d/%d NOT_RATED: DIFFERS\n", items-1, items, items-1, items)
	for _, c := range []struct {
		name, body string
		code       int
		says       string
	}{
		{"issued", string(body), 0, agrees},
		{"an answer changed", strings.Replace(string(body), `"rating":"MEETS"`, `"rating":"DOES_NOT_MEET"`, 1), 1, differs},
		{"a result changed", strings.ReplaceAll(string(body), `"result":"MEETS"`, `"result":"DOES_NOT_MEET"`), 1, strings.ReplaceAll(agrees, "agrees", "DIFFERS")},
		{"a count changed", strings.ReplaceAll(string(body), fmt.Sprintf(`"numerator":%d`, items), `"numerator":1`), 1, strings.ReplaceAll(agrees, "agrees", "DIFFERS")},
		{"no answers", `{"answers":null,"score":{"policy":{"id":"g324a","version":1},"standards":[{}],"overall":{"result":"MEETS","all":{"score":{}},"mandatoryOrPriority":{"score":{}},"other":{"score":{}}}}}`, 1,
			"standards: 0/0 NOT_RATED: DIFFERS\noverall: 0/0 NOT_RATED: DIFFERS\n"},
		{"another policy", strings.Replace(string(body), `"id":"g324a"`, `"id":"guess"`, 1), 2, ""},
		{"no snapshot", "{}", 2, ""},
	} {
		path := filepath.Join(t.TempDir(), "snapshot.json")
		if err := os.WriteFile(path, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "node", "../docs/recompute.mjs", path)
		out, err := command.Output()
		if command.ProcessState == nil {
			t.Fatalf("node cannot be run: %v", err)
		}
		if code := command.ProcessState.ExitCode(); code != c.code || string(out) != c.says {
			t.Errorf("%s: code %d, want %d, and it says\n%s", c.name, code, c.code, out)
		}
	}
}

// Inspections that were issued before there were forms get theirs from their snapshot, once.
func TestFormsAreMadeForWhatWasIssuedBefore(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	_, before := get(facility, reportPath(p.issued, "facility"))
	db := p.behind()
	if n := len(p.rows(db, "delete from report returning form")); n != 2 {
		t.Fatalf("%d forms were stored", n)
	}
	if response, _ := get(facility, reportPath(p.issued, "facility")); response.StatusCode != http.StatusNotFound {
		t.Errorf("without a form: %d", response.StatusCode)
	}
	if _, err := p.service.MakeMissingForms(t.Context(), p.users[reviewer]); !inspection.Refused(err, inspection.Forbidden) {
		t.Errorf("a reviewer makes forms: %v", err)
	}
	for _, want := range []int{1, 0} {
		if n, err := p.service.MakeMissingForms(t.Context(), inspection.System()); n != want || err != nil {
			t.Errorf("made for %d inspections, want %d: %v", n, want, err)
		}
	}
	if _, after := get(facility, reportPath(p.issued, "facility")); after != before {
		t.Error("the form made later is another")
	}
	if n := p.count(db, "select count(*) from audit_event where action = 'MAKE_REPORT' and inspection_id = $1", p.issued); n != 1 {
		t.Errorf("%d events", n)
	}
	for _, row := range p.rows(db, "select encode(sha256, 'hex') || ' ' || encode(snapshot_sha256, 'hex') from report where inspection_id = $1", p.issued) {
		sum := sha256.Sum256(p.body(p.issued))
		if _, of, _ := strings.Cut(row, " "); of != hex.EncodeToString(sum[:]) {
			t.Errorf("the form is of the snapshot %s", of)
		}
	}
}

// A report is read by a fixed number of statements: sign-in, inspection, form; for the field office
// the facility too.
func TestWhatAReportCosts(t *testing.T) {
	t.Parallel()
	p := play(t)
	get := p.press()
	for _, c := range []struct {
		as, form   string
		statements int
	}{{facility, "facility", 3}, {facility, "public", 3}, {fieldOffice, "facility", 4}, {reviewer, "internal", 3}} {
		p.statements.Reset()
		get(c.as, reportPath(p.issued, c.form))
		if n := p.statements.Count(); n != c.statements {
			t.Errorf("the %s form takes %s %d statements, want %d: %q", c.form, c.as, n, c.statements, p.statements.SQL())
		}
	}
}
