package tablet_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// collection is one that tablets pull.
type collection struct {
	name   string
	fields string
	stated []string // the fields that a tablet states
	added  []string // those that the server adds to what a tablet wrote
	author string   // the field that says whose a document is
}

// held are the fields of the collection that the tablet keeps.
func (c collection) held(d *tablet) []string {
	fields := append([]string{"id"}, strings.Fields(c.fields)...)
	if c.name == "answer" && d.printed {
		fields = slices.DeleteFunc(fields, func(field string) bool { return field == "methods" })
	}
	return fields
}

var collections = []collection{
	{"answer", "inspectionId requirementId standardId rating reason remarks methods correctedOnSite revision seq authorId deviceId deviceTime recordedAt",
		[]string{"rating", "reason", "remarks", "methods", "correctedOnSite", "deviceTime"}, []string{"revision", "seq", "authorId", "deviceId", "recordedAt"}, "authorId"},
	{"evidence", "inspectionId requirementId findingId sha256 size mediaType class capturedFrom capturedTo place device caption state deviceId declaredBy declaredAt seq",
		[]string{"inspectionId", "requirementId", "sha256", "size", "mediaType", "class", "capturedFrom", "capturedTo", "place", "device", "caption"},
		[]string{"state", "deviceId", "declaredBy", "declaredAt", "seq"}, "declaredBy"},
	{"finding", "inspectionId kind standardId standardText requirementId code citation text responsibleParty priority repeat correctedOnSite correctionNote " +
		"condition likelihood spread immediateThreat removedReason revision seq authorId deviceId deviceTime recordedAt",
		[]string{"inspectionId", "kind", "requirementId", "text", "deviceTime"},
		[]string{"standardId", "standardText", "code", "citation", "responsibleParty", "priority", "repeat", "correctedOnSite", "correctionNote", "condition", "immediateThreat",
			"removedReason", "revision", "seq", "authorId", "deviceId", "recordedAt"}, "authorId"},
	{"observation", "inspectionId standardId requirementId text place observedAt revision seq authorId deviceId deviceTime recordedAt",
		[]string{"inspectionId", "requirementId", "text", "place", "observedAt", "deviceTime"},
		[]string{"standardId", "revision", "seq", "authorId", "deviceId", "recordedAt"}, "authorId"},
	{name: "inspection", fields: "inspectionId facilityName state leadId revision changedAt seq"},
	{name: "checklistItem", fields: "inspectionId requirementId standardId key citation position seq"},
	{name: "assignment", fields: "inspectionId standardId standardNumber assignedTo position seq"},
	{name: "priorFinding", fields: "inspectionId findingId code text repeatTimes endedOn actionId seq"},
}

// record is what the server holds of an inspection, read through the API.
type record struct {
	documents map[string][]document            // as a new tablet pulls them, by collection, ordered by id
	revisions map[string][]document            // by answer
	disputes  map[string][]dispute             // by answer
	kept      map[string][]kept                // by document
	notes     map[string][]byte                // sealed, by id
	written   map[string]map[string][]document // versions of findings and observations, by collection and document
}

// kept is a write that did not become part of the record.
type kept struct {
	Collection, DocumentID, Document, Code, UserID string
	pushed                                         document
}

// dispute is a dispute over an answer.
type dispute struct {
	AnswerID                      string
	FirstRevision, SecondRevision int
	Fields                        []string
	Agreed                        bool
	RuledAt                       *time.Time
}

// disputed reports whether a dispute over the field has the version by which the author said what the row says.
func (r record) disputed(answer, author, field string, row row) bool {
	return slices.ContainsFunc(r.disputes[answer], func(d dispute) bool {
		return slices.Contains(d.Fields, field) && slices.ContainsFunc(r.revisions[answer], func(version document) bool {
			return version["revision"].(float64) >= float64(min(d.FirstRevision, d.SecondRevision)) && version.text("authorId") == author && same(version[field], row.Document[field])
		})
	})
}

// fetchRecord reads everything as the lead.
func (f *fleet) fetchRecord(t *testing.T) record {
	t.Helper()
	r := record{documents: map[string][]document{}, revisions: map[string][]document{}, disputes: map[string][]dispute{}, kept: map[string][]kept{}}
	for _, c := range collections {
		r.documents[c.name] = f.pull(t, c)
	}
	for _, a := range r.documents["answer"] {
		var data struct{ AnswerRevisions []document }
		f.ask(t, f.tokens[0], `query($i: ID!, $a: ID!) { answerRevisions(inspectionId: $i, answerId: $a) {
			revision rating reason remarks methods correctedOnSite authorId deviceTime recordedAt } }`, map[string]any{"i": f.inspection, "a": a["id"]}, &data)
		r.revisions[a.text("id")] = data.AnswerRevisions
	}
	r.notes = f.sealedNotes(t)
	r.written = map[string]map[string][]document{"finding": f.written(t, "finding"), "observation": f.written(t, "observation")}
	var data struct {
		Inspection struct {
			Disputes      []dispute
			RefusedWrites []kept
		}
	}
	f.ask(t, f.tokens[0], `query($i: ID!) { inspection(id: $i) { disputes { answerId firstRevision secondRevision fields agreed ruledAt }
		refusedWrites { collection documentId document code userId } } }`, map[string]any{"i": f.inspection}, &data)
	for _, d := range data.Inspection.Disputes {
		r.disputes[d.AnswerID] = append(r.disputes[d.AnswerID], d)
	}
	for _, k := range data.Inspection.RefusedWrites {
		if err := json.Unmarshal([]byte(k.Document), &k.pushed); err != nil {
			t.Fatalf("a refused write is %s: %v", k.Document, err)
		}
		r.kept[k.DocumentID] = append(r.kept[k.DocumentID], k)
	}
	return r
}

// pull fetches every document of a collection as a new tablet would.
func (f *fleet) pull(t *testing.T, c collection) []document {
	t.Helper()
	const limit = 300
	name := strings.ToUpper(c.name[:1]) + c.name[1:]
	query := fmt.Sprintf(`query($c: %sInputCheckpoint, $limit: Int!) { page: pull%s(checkpoint: $c, limit: $limit) {
		documents { id %s deleted } checkpoint { seq } } }`, name, name, c.fields)
	var all []document
	for checkpoint := any(nil); ; {
		var data struct {
			Page struct {
				Documents  []document
				Checkpoint document
			}
		}
		f.ask(t, f.tokens[0], query, map[string]any{"c": checkpoint, "limit": limit}, &data)
		all = append(all, data.Page.Documents...)
		if len(data.Page.Documents) < limit {
			break
		}
		checkpoint = data.Page.Checkpoint
	}
	slices.SortFunc(all, func(a, b document) int {
		return strings.Compare(a.text("id"), b.text("id"))
	})
	return all
}

// said is whether a version holds what a pushed row said: each field that the row changed.
func said(version document, row row) bool { return len(unsaid(version, row)) == 0 }

// unsaid are the fields that the row changed and the version does not hold.
func unsaid(version document, row row) []string {
	var fields []string
	for _, field := range []string{"rating", "reason", "remarks", "methods"} {
		if pushed, there := row.Document[field]; there && !same(pushed, row.Assumed[field]) && !same(pushed, version[field]) {
			fields = append(fields, field)
		}
	}
	return fields
}

// same compares two values of a document; nothing, an empty list and an empty text are the same, and so
// are two lists of the same in another order, and two ways to write a time.
func same(a, b any) bool {
	return written(a) == written(b)
}

func written(v any) string {
	if list, is := v.([]any); is {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		v = list
	}
	if text, is := v.(string); is {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			v = at.UTC()
		}
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if s := string(text); s != "null" && s != "[]" {
		return s
	}
	return `""`
}
