package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"plumbline/inspection"
)

// wholeInspection asks for everything a tablet shows of an inspection.
const wholeInspection = `query($id: ID!) { inspection(id: $id) { id state revision origin team { userId name }
	checklist { total rated items { standardId
		requirement { id key citation citationSeen text numbersSeen evidence applies strength priority lines thresholds { op value unit } }
		answer { id rating reason remarks methods correctedOnSite revision seq authorId recordedAt sample { size population } }
		evidence { id } } }
	evidence { total outstanding items { id answerId sha256 size mediaType class state capturedFrom capturedTo caption versionId } } } }`

// full is an inspection of the whole edition, every item answered and photographed.
func (w *world) full() string {
	w.t.Helper()
	id := w.started()
	var numbers []string
	for _, st := range w.edition.Standards() {
		numbers = append(numbers, st.Number)
	}
	w.answerAll(inspector, id, "MEETS", numbers...)
	var entries []any
	for n, st := range w.edition.Standards() {
		for _, r := range st.Requirements {
			entries = append(entries, declaration(inspection.NewID().String(), picture(n), map[string]any{"requirementId": r.ID, "caption": "Posted schedule"}))
		}
	}
	for len(entries) > 0 {
		n := min(350, len(entries))
		w.do(inspector, "declareEvidence", "DeclareEvidenceInput", "evidence { id }", map[string]any{"inspectionId": id, "evidence": entries[:n]})
		entries = entries[n:]
	}
	return id
}

// read answers one request through the handler itself, without a network between.
func (w *world) read(body []byte, as string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Test-User", as)
	recorder := httptest.NewRecorder()
	w.server.Config.Handler.ServeHTTP(recorder, request)
	return recorder
}

func operation(t testing.TB, query string, variables map[string]any) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// persecond reports how often the measured operation ran in a second.
func persecond(b *testing.B, unit string, each int) {
	b.ReportMetric(float64(b.N*each)/b.Elapsed().Seconds(), unit+"/s")
}

// BenchmarkReadWhole reads 700 requirements, answers and originals through the API.
func BenchmarkReadWhole(b *testing.B) {
	w := newWorld(b)
	body := operation(b, wholeInspection, map[string]any{"id": w.full()})
	size := w.read(body, inspector).Body.Len()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		w.read(body, inspector)
	}
	persecond(b, "reads", 1)
}

// BenchmarkReadWholeAsPlainJSON loads the same rows by the same use cases and writes them with
// encoding/json: what the API is measured against.
func BenchmarkReadWholeAsPlainJSON(b *testing.B) {
	w := newWorld(b)
	id := inspection.ID{}
	if err := id.UnmarshalText([]byte(w.full())); err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	type item struct {
		Requirement *inspection.Requirement
		Answer      *inspection.Answer
		Evidence    []*inspection.Evidence
	}
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		actor, err := w.store.ActorByEmail(ctx, inspector)
		if err != nil {
			b.Fatal(err)
		}
		i, err := w.service.Inspection(ctx, actor, id)
		if err != nil {
			b.Fatal(err)
		}
		fw, err := w.service.Fieldwork(ctx, actor, i)
		if err != nil {
			b.Fatal(err)
		}
		requirements := map[inspection.ID]*inspection.Requirement{}
		for _, st := range fw.Editions[0].Standards() {
			for n := range st.Requirements {
				requirements[st.Requirements[n].ID] = &st.Requirements[n]
			}
		}
		shown := map[inspection.ID][]*inspection.Evidence{}
		for n := range fw.Evidence {
			shown[*fw.Evidence[n].AnswerID] = append(shown[*fw.Evidence[n].AnswerID], &fw.Evidence[n])
		}
		items := make([]item, len(fw.Answers))
		for n := range fw.Answers {
			items[n] = item{requirements[fw.Answers[n].RequirementID], &fw.Answers[n], shown[fw.Answers[n].ID]}
		}
		document, err := json.Marshal(struct {
			Inspection *inspection.Inspection
			Items      []item
		}{i, items})
		if err != nil {
			b.Fatal(err)
		}
		size = len(document)
	}
	b.SetBytes(int64(size))
	persecond(b, "reads", 1)
}

// BenchmarkListFacilities lists 100 facilities with last inspection, score and last external rating.
func BenchmarkListFacilities(b *testing.B) {
	w := newWorld(b)
	w.manyFacilities(300)
	body := operation(b, `{ facilities(first: 100) { edges { node { id name city state type population lastInspection { state score { result perMille } } lastRating { rating endedOn } } } pageInfo { endCursor } } }`, nil)
	b.ReportAllocs()
	for b.Loop() {
		w.read(body, analyst)
	}
	persecond(b, "reads", 1)
}

// manyFacilities adds facilities with an external rating each.
func (w *world) manyFacilities(count int) {
	w.t.Helper()
	err := w.service.ChangeRoster(w.t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		var change inspection.RosterChange
		for n := range count {
			f := inspection.Facility{ID: inspection.NewID(), Name: fmt.Sprintf("COUNTY JAIL %03d", n), City: "TOWN", State: "TX", Type: inspection.TypeIGSA, Source: "test"}
			change.NewFacilities = append(change.NewFacilities, f)
			change.NewRatings = append(change.NewRatings, inspection.ExternalRating{ID: inspection.NewID(), FacilityID: f.ID, Rating: "PASS", EndedOn: someDay, SourceDate: someDay})
		}
		return change, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// BenchmarkRecordAnswers records 350 answers in one request, each a new version.
func BenchmarkRecordAnswers(b *testing.B) {
	w := newWorld(b)
	id := w.started()
	var requirements []inspection.ID
	for _, st := range w.edition.Standards() {
		for _, r := range st.Requirements {
			requirements = append(requirements, r.ID)
		}
	}
	requirements = requirements[:350]
	const mutation = `mutation($input: RecordAnswersInput!) { recordAnswers(input: $input) { answers { revision } problems { message } } }`
	revision := 0
	b.ReportAllocs()
	for b.Loop() {
		entries := make([]any, len(requirements))
		for n, r := range requirements {
			entries[n] = map[string]any{"requirementId": r, "revision": revision, "rating": "MEETS", "methods": []string{"DOCUMENT"}, "remarks": fmt.Sprintf("round %d", revision)}
		}
		revision++
		answer := w.read(operation(b, mutation, map[string]any{"input": map[string]any{"inspectionId": id, "answers": entries}}), inspector)
		if bytes.Contains(answer.Body.Bytes(), []byte("message")) {
			b.Fatal(answer.Body.String())
		}
	}
	persecond(b, "answers", len(requirements))
}
