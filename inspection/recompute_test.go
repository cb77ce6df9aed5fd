package inspection_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// anySnapshot draws a snapshot of the present format, with answers and findings of any kind.
func anySnapshot(t *rapid.T) inspection.Frozen {
	doc := inspection.Frozen{Format: inspection.SnapshotFormat, TakenAt: noon}
	edition := inspection.EditionID("test")
	for n := range rapid.IntRange(1, 4).Draw(t, "standards") {
		number := fmt.Sprintf("%d.%d", n/2+1, n%2+9)
		st := inspection.FrozenStandard{ID: inspection.StandardID(edition, number), Number: number, Section: number, Edition: "test", Part: n/2 + 1, Name: rapid.SampledFrom([]string{number, "MC", "FS"}).Draw(t, "name")}
		doc.Standards = append(doc.Standards, st)
		for range rapid.IntRange(0, 8).Draw(t, "answers") {
			doc.Answers = append(doc.Answers, inspection.FrozenAnswer{Standard: number, StandardID: st.ID,
				Rating: rapid.SampledFrom(inspection.Ratings()).Draw(t, "rating"), Reason: rapid.String().Draw(t, "reason"), RecordedAt: noon,
				Methods:         rapid.SliceOfNDistinct(rapid.SampledFrom(inspection.Methods()), 0, 3, rapid.ID[inspection.Method]).Draw(t, "methods"),
				SourcedPriority: rapid.Bool().Draw(t, "priority"),
				Mandatory:       rapid.SampledFrom([]scoring.Mandatory{scoring.MandatoryUnknown, scoring.MandatoryYes, scoring.MandatoryNo}).Draw(t, "mandatory")})
		}
		for range rapid.IntRange(0, 5).Draw(t, "findings") {
			f := inspection.Finding{ID: inspection.NewID(), StandardID: &st.ID, Text: rapid.String().Draw(t, "text"), RecordedAt: noon, RevisedAt: noon,
				Kind:            rapid.SampledFrom([]inspection.FindingKind{inspection.Deficiency, inspection.AreaOfConcern, inspection.Note, inspection.BestPractice}).Draw(t, "kind"),
				CorrectedOnSite: rapid.SampledFrom(inspection.Corrections()).Draw(t, "corrected"), RepeatDeclared: rapid.Bool().Draw(t, "repeat")}
			if rapid.Bool().Draw(t, "unknown standard") {
				f.StandardID, f.StandardText = nil, "SRC"
			}
			if rapid.Bool().Draw(t, "removed") {
				f.RemovedAt = &noon
			}
			doc.Findings = append(doc.Findings, f)
		}
	}
	return doc
}

func sealed(t interface{ Fatal(...any) }, doc inspection.Frozen) []byte {
	body, err := inspection.Seal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestRecomputingASnapshotGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		body := sealed(t, anySnapshot(t))
		result, err := inspection.Recompute(body)
		if err != nil {
			t.Fatal(err)
		}
		if want := 3 + len(scoring.Newest(scoring.Policies())); len(result.Parts) != want || !result.Agrees() {
			t.Fatalf("%d parts, agrees %v", len(result.Parts), result.Agrees())
		}
		for _, p := range result.Parts {
			if !bytes.Equal(p.Stored, p.Recomputed) {
				t.Fatalf("%s:\n%s\n%s", p.Name, p.Stored, p.Recomputed)
			}
		}
		read, err := inspection.ReadSnapshot(body)
		if err != nil {
			t.Fatal(err)
		}
		if again := sealed(t, read); !bytes.Equal(again, body) {
			t.Fatal("read and sealed again, the document is another")
		}
	})
}

// Whoever changes an answer's rating in the document, or a count of the score, is found out.
func TestAChangedSnapshotDoesNotAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := anySnapshot(t)
		read, err := inspection.ReadSnapshot(sealed(t, doc))
		if err != nil {
			t.Fatal(err)
		}
		switch n := rapid.IntRange(0, 2).Draw(t, "what is changed"); {
		case n == 0 && len(read.Answers) > 0:
			a := &read.Answers[rapid.IntRange(0, len(read.Answers)-1).Draw(t, "answer")]
			a.Rating = rapid.SampledFrom(inspection.Ratings()).Filter(func(r inspection.Rating) bool { return r != a.Rating }).Draw(t, "rating")
		case n == 1:
			read.Score.Overall.All.Meets++
		default:
			read.Tally.Deficiencies++
		}
		changed, err := json.Marshal(read)
		if err != nil {
			t.Fatal(err)
		}
		result, err := inspection.Recompute(changed)
		if err != nil {
			t.Fatal(err)
		}
		if result.Agrees() {
			t.Fatal("the change is not found")
		}
	})
}

// A snapshot that the first version of Plumbline issued is read and recomputed.
func TestASnapshotOfTheFirstFormatStaysReadable(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/snapshot-1.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := inspection.ReadSnapshot(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Answers) != 76 || len(doc.Findings) != 3 || doc.Tally.Deficiencies != 2 || doc.Score.Overall.All.Total != 76 || doc.Standards != nil {
		t.Errorf("%d answers, %d findings, %d deficiencies", len(doc.Answers), len(doc.Findings), doc.Tally.Deficiencies)
	}
	result, err := inspection.Recompute(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Parts) != 2 || !result.Agrees() {
		t.Errorf("%d parts, agrees %v", len(result.Parts), result.Agrees())
	}
	for _, change := range [][2]string{{`"rating":"UNDETERMINED"`, `"rating":"MEETS"`}, {`"deficiencies":2`, `"deficiencies":1`}, {`"kind":"AREA_OF_CONCERN"`, `"kind":"DEFICIENCY"`}} {
		changed := strings.Replace(string(body), change[0], change[1], 1)
		if changed == string(body) {
			t.Fatalf("the snapshot has no %s", change[0])
		}
		if result, err := inspection.Recompute([]byte(changed)); err != nil || result.Agrees() {
			t.Errorf("%s for %s: agrees %v, %v", change[1], change[0], result.Agrees(), err)
		}
	}
}

func TestWhatIsNoSnapshotIsRefused(t *testing.T) {
	t.Parallel()
	whole := sealed(t, inspection.Frozen{Format: inspection.SnapshotFormat, TakenAt: noon})
	doc, err := inspection.ReadSnapshot(whole)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile("testdata/snapshot-1.json")
	if err != nil {
		t.Fatal(err)
	}
	part := sealed(t, doc.For(inspection.FormPublic))
	for body, says := range map[string]string{
		"": "not the JSON of one", "[]": "not the JSON of one", "{}": "names no format", `{"format":"plumbline-snapshot/9"}`: "which this version does not know",
		string(part): "PUBLIC form", strings.Replace(string(whole), `"id":"g324a","version":1,"hash"`, `"id":"guess","version":1,"hash"`, 1): "policy guess version 1 of the snapshot is not the one",
		strings.Replace(string(whole), `\"corroboratingMethods\": 2`, `\"corroboratingMethods\": 3`, 1): "policy g324a version 1 of the snapshot is not the one",
		strings.Replace(string(first), `"id":"g324a"`, `"id":"guess"`, 1):                               `by policy "guess" version 1`,
		strings.Replace(string(whole), `"answers":null`, `"answers":[{"rating":"FINE"}]`, 1):            "cannot be scored",
	} {
		if _, err := inspection.Recompute([]byte(body)); !inspection.Refused(err, inspection.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60s: %v, want %q", body, err, says)
		}
	}
}

func TestSmallNumbersOfPeopleInterviewedAreHidden(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "",
		"In 2 out of 12 files the form was missing.":                   "In 2 out of 12 files the form was missing.",
		"ODO interviewed 3 detainees.":                                 "ODO interviewed ▒ detainees.",
		"Both of the two INTERVIEWS agree. In 2 files, not.":           "▒ of the ▒ INTERVIEWS agree. In 2 files, not.",
		"In 4 of 11 units, 12 interviews (Section 4.3) were held.":     "In ▒ of 11 units, 12 interviews (Section 4.3) were held.",
		"One interview?\nOne phone of 1 unit.":                         "▒ interview?\nOne phone of 1 unit.",
		"The interview room has 1.5 m². 4/5 of 04 rooms in 4 May 2023": "The interview room has 1.5 m². 4/5 of 04 rooms in 4 May 2023",
		"interviewed four; of 3 files, two lack it":                    "interviewed ▒; of 3 files, two lack it",
		"2 asked. Interviews: 0":                                       "2 asked. Interviews: ▒",
	} {
		if got := inspection.MaskInterviews(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
