package inspection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// notebook is an inspection's answers as the server keeps them, without a database.
type notebook struct {
	inspection *inspection.Inspection
	masters    map[inspection.ID]inspection.Answer
	versions   map[inspection.ID][]inspection.Answer
	disputes   []inspection.Dispute
}

func requirement(n int) inspection.ID {
	return inspection.RequirementID(inspection.EditionID("test"), fmt.Sprint(n))
}

func newNotebook(items int) *notebook {
	n := &notebook{inspection: &inspection.Inspection{ID: inspection.EditionID("inspection"), LeadID: theLead},
		masters: map[inspection.ID]inspection.Answer{}, versions: map[inspection.ID][]inspection.Answer{}}
	for item := range items {
		id := inspection.AnswerID(n.inspection.ID, requirement(item))
		n.masters[id] = inspection.Answer{ID: id, InspectionID: n.inspection.ID, RequirementID: requirement(item),
			Rating: inspection.NotReviewed, CorrectedOnSite: inspection.NotCorrected, Seq: n.inspection.Reserve(1)}
	}
	return n
}

// standpoints are the newest version by each author, as storage loads them.
func (n *notebook) standpoints() map[inspection.ID][]inspection.Answer {
	points := map[inspection.ID][]inspection.Answer{}
	for id, versions := range n.versions {
		newest := map[inspection.ID]inspection.Answer{}
		for _, v := range versions {
			newest[v.AuthorID] = v
		}
		for _, v := range newest {
			points[id] = append(points[id], v)
		}
	}
	return points
}

func (n *notebook) record(author inspection.ID, inputs ...inspection.AnswerInput) (inspection.Judged, error) {
	j, err := inspection.Judge(n.inspection, inspection.Actor{ID: author}, inputs, n.masters, n.standpoints(), n.disputes, noon)
	for _, m := range j.Masters {
		n.masters[m.ID] = m
	}
	for _, v := range j.Versions {
		n.versions[v.ID] = append(n.versions[v.ID], v)
	}
	n.disputes = append(n.disputes, j.Disputes...)
	return j, err
}

// rule lets a version stand, as a lead would.
func (n *notebook) rule(dispute int, revision int) {
	d := &n.disputes[dispute]
	d.RuledAt = &noon
	chosen := n.versions[d.AnswerID][revision-1]
	chosen.Revision, chosen.Seq = d.SecondRevision+1, n.inspection.Reserve(1)
	n.masters[d.AnswerID] = chosen
	n.versions[d.AnswerID] = append(n.versions[d.AnswerID], chosen)
}

func rate(item, revision int, rating inspection.Rating, remarks string) inspection.AnswerInput {
	return inspection.AnswerInput{RequirementID: requirement(item), Revision: revision, Rating: rating, Remarks: remarks, CorrectedOnSite: inspection.NotCorrected}
}

func must(t *testing.T, j inspection.Judged, err error) inspection.Judged {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestTheSameContentAgainChangesNothing(t *testing.T) {
	t.Parallel()
	n := newNotebook(1)
	a, b := theLead, theMember
	in := rate(0, 0, inspection.Meets, " seen ")
	j, err := n.record(a, in)
	first := must(t, j, err)
	if len(first.Versions) != 1 || first.Results[0].Revision != 1 || first.Results[0].Remarks != "seen" {
		t.Fatalf("the first version is %+v", first)
	}
	head := n.inspection.Head
	for _, author := range []inspection.ID{a, b} {
		for _, revision := range []int{0, 1, 99, -1} {
			in.Revision = revision
			j, err := n.record(author, in)
			again := must(t, j, err)
			if len(again.Versions) != 0 || len(again.Disputes) != 0 || n.inspection.Head != head {
				t.Errorf("revision %d: the same content made %d versions", revision, len(again.Versions))
			}
			if diff := cmp.Diff(first.Results, again.Results); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestAStaleRevisionIsRefusedByName(t *testing.T) {
	t.Parallel()
	n := newNotebook(2)
	j, err := n.record(theLead, rate(0, 0, inspection.Meets, ""))
	must(t, j, err)
	_, err = n.record(theLead, rate(1, 0, inspection.Meets, ""), rate(0, 0, inspection.Meets, "more"))
	ps := inspection.ProblemsOf(err)
	if len(ps) != 1 || ps[0].Code != inspection.Stale || strings.Join(ps[0].Path, ".") != "input.answers.1.revision" ||
		ps[0].Subject != inspection.AnswerID(n.inspection.ID, requirement(0)) || !strings.Contains(ps[0].Message, "read revision 0, it is 1") {
		t.Errorf("refused with %+v", ps)
	}
}

func TestAnUnknownRequirementIsRefusedByName(t *testing.T) {
	t.Parallel()
	_, err := newNotebook(1).record(theLead, rate(0, 0, inspection.Meets, ""), rate(7, 0, inspection.Meets, ""))
	if ps := inspection.ProblemsOf(err); len(ps) != 1 || ps[0].Code != inspection.NotFound || strings.Join(ps[0].Path, ".") != "input.answers.1.requirementId" {
		t.Errorf("refused with %+v", ps)
	}
}

func TestADifferentRatingByAnotherPersonOpensADispute(t *testing.T) {
	t.Parallel()
	a, b, c := theLead, theMember, theOutside
	n := newNotebook(1)
	j, err := n.record(a, rate(0, 0, inspection.Meets, "fine"))
	must(t, j, err)
	j, err = n.record(b, rate(0, 1, inspection.DoesNotMeet, "not fine"))
	second := must(t, j, err)
	if len(second.Disputes) != 1 || second.Disputes[0].FirstRevision != 1 || second.Disputes[0].SecondRevision != 2 {
		t.Fatalf("disputes: %+v", second.Disputes)
	}
	if got := second.Results[0]; got.Rating != inspection.Meets || got.AuthorID != a || got.Revision != 2 {
		t.Errorf("the first answer does not stand: %+v", got)
	}
	if got := second.Versions[0]; got.Rating != inspection.DoesNotMeet || got.AuthorID != b || got.Revision != 2 {
		t.Errorf("the second version is not kept: %+v", got)
	}
	t.Run("the same request again", func(t *testing.T) {
		j, err := n.record(b, rate(0, 1, inspection.DoesNotMeet, "not fine"))
		again := must(t, j, err)
		if diff := cmp.Diff(second.Results, again.Results); diff != "" || len(again.Versions) != 0 {
			t.Errorf("a retry is no retry: %s", diff)
		}
	})
	t.Run("a third opinion waits", func(t *testing.T) {
		for _, author := range []inspection.ID{a, b, c} {
			if _, err := n.record(author, rate(0, 2, inspection.Undetermined, "hm")); !inspection.Refused(err, inspection.Conflict) {
				t.Errorf("answered during a dispute: %v", err)
			}
		}
	})
	t.Run("after the ruling it is the item's answer", func(t *testing.T) {
		n.rule(0, 2)
		j, err := n.record(b, rate(0, 3, inspection.DoesNotMeet, "not fine at all"))
		if after := must(t, j, err); len(after.Disputes) != 0 {
			t.Error("what was ruled on is disputed again")
		}
		j, err = n.record(a, rate(0, 4, inspection.Meets, "still fine"))
		if after := must(t, j, err); len(after.Disputes) != 1 || after.Disputes[0].FirstRevision != 4 {
			t.Errorf("a new contradiction opens %+v", after.Disputes)
		}
	})
}

// A remark does not make another's rating one's own to overturn.
func TestARemarkDoesNotTakeARatingOver(t *testing.T) {
	t.Parallel()
	n := newNotebook(1)
	for _, step := range []struct {
		author   inspection.ID
		in       inspection.AnswerInput
		disputes int
	}{
		{theLead, rate(0, 0, inspection.Meets, ""), 0},
		{theMember, rate(0, 1, inspection.Meets, "I agree"), 0},
		{theMember, rate(0, 2, inspection.DoesNotMeet, "I do not"), 1},
	} {
		j, err := n.record(step.author, step.in)
		if got := must(t, j, err); len(got.Disputes) != step.disputes {
			t.Errorf("revision %d opens %d disputes, want %d", step.in.Revision, len(got.Disputes), step.disputes)
		}
	}
	if d := n.disputes[0]; d.FirstRevision != 2 || d.SecondRevision != 3 {
		t.Errorf("the dispute is between %d and %d, want 2 and 3", d.FirstRevision, d.SecondRevision)
	}
	if m := n.masters[n.disputes[0].AnswerID]; m.Rating != inspection.Meets || m.Remarks != "I agree" {
		t.Errorf("the answer is %+v", m)
	}
}

// Who left an item out contradicts nobody, and is no party to what others dispute later.
func TestLeavingAnItemOutIsNoOpinion(t *testing.T) {
	t.Parallel()
	n := newNotebook(1)
	later := rate(0, 0, inspection.NotReviewed, "later")
	for _, step := range []struct {
		author   inspection.ID
		in       inspection.AnswerInput
		disputes int
	}{
		{theOutside, later, 0},
		{theLead, rate(0, 1, inspection.Meets, ""), 0},
		{theMember, rate(0, 2, inspection.DoesNotMeet, ""), 1},
	} {
		j, err := n.record(step.author, step.in)
		if got := must(t, j, err); len(got.Disputes) != step.disputes {
			t.Errorf("revision %d opens %d disputes, want %d", step.in.Revision, len(got.Disputes), step.disputes)
		}
	}
	if _, err := n.record(theOutside, later); !inspection.Refused(err, inspection.Conflict) {
		t.Errorf("an old version sent again during a dispute: %v", err)
	}
}

func TestOnesOwnMindMayChange(t *testing.T) {
	t.Parallel()
	n := newNotebook(1)
	for revision, rating := range []inspection.Rating{inspection.Meets, inspection.DoesNotMeet, inspection.NotReviewed, inspection.Undetermined} {
		j, err := n.record(theLead, rate(0, revision, rating, fmt.Sprint(revision)))
		if got := must(t, j, err); len(got.Disputes) != 0 || got.Results[0].Rating != rating {
			t.Errorf("revision %d: %+v", revision, got)
		}
	}
}

// What may come in whatever order and from whomever: no number of the inspection is skipped or given
// twice, every version is kept under the next revision, and a disputed rating never becomes the
// item's without a ruling.
func TestLawsOfRecording(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := newNotebook(3)
		start := n.inspection.Head
		authors := []inspection.ID{theLead, theMember, theOutside}
		kept := 0
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			item := rapid.IntRange(0, 2).Draw(t, "item")
			id := inspection.AnswerID(n.inspection.ID, requirement(item))
			before := n.masters[id]
			author := rapid.SampledFrom(authors).Draw(t, "author")
			in := rate(item, before.Revision-rapid.IntRange(0, 1).Draw(t, "stale"), rapid.SampledFrom(inspection.Ratings()).Draw(t, "rating"),
				rapid.SampledFrom([]string{"", "one", "two"}).Draw(t, "remarks"))
			head := n.inspection.Head
			j, err := n.record(author, in)
			if err != nil && (n.inspection.Head != head || len(j.Versions) > 0) {
				t.Fatalf("a refusal took numbers or kept versions")
			}
			kept += len(j.Versions)
			if len(j.Disputes) > 0 && n.masters[id].Rating != before.Rating {
				t.Fatalf("a disputed rating replaced %s", before.Rating)
			}
			again, err := n.record(author, in)
			if j.Results != nil && (err != nil || len(again.Versions) > 0 || again.Results[0].Revision != j.Results[0].Revision) {
				t.Fatalf("sent again: %v, %d versions", err, len(again.Versions))
			}
		}
		if got := n.inspection.Head - start; got != int64(kept) {
			t.Fatalf("%d numbers for %d versions", got, kept)
		}
		for _, versions := range n.versions {
			for k, v := range versions {
				if v.Revision != k+1 {
					t.Fatalf("version %d has revision %d", k+1, v.Revision)
				}
			}
		}
	})
}

func TestWhatARequestOfAnswersMayHold(t *testing.T) {
	t.Parallel()
	ten, two := 10, 2
	minus := -1
	high, low := 2.0, 1.0
	long := strings.Repeat("ä", 10_000)
	for _, c := range []struct {
		what string
		in   []inspection.AnswerInput
		path string // of the first problem; empty if it is fine
	}{
		{"10,000 characters", []inspection.AnswerInput{{Remarks: long, Reason: long}}, ""},
		{"10,001 characters of remarks", []inspection.AnswerInput{{Remarks: long + "x"}}, "input.answers.0.remarks"},
		{"10,001 characters of reason", []inspection.AnswerInput{{Reason: long + "x"}}, "input.answers.0.reason"},
		{"a NUL", []inspection.AnswerInput{{}, {RequirementID: requirement(1), Remarks: "a\x00b"}}, "input.answers.1.remarks"},
		{"a NUL in a unit", []inspection.AnswerInput{{Sample: &inspection.Sample{Unit: "\x00"}}}, "input.answers.0.sample.unit"},
		{"the same item twice", []inspection.AnswerInput{{}, {}}, "input.answers.1.requirementId"},
		{"a device clock of the year 1", []inspection.AnswerInput{{DeviceTime: time.Date(1, 2, 3, 0, 0, 0, 0, time.UTC)}}, "input.answers.0.deviceTime"},
		{"no device clock", []inspection.AnswerInput{{}}, ""},
		{"a device clock at its epoch", []inspection.AnswerInput{{DeviceTime: time.Unix(0, 0)}}, ""},
		{"a fine sample", []inspection.AnswerInput{{Sample: &inspection.Sample{Population: &ten, Size: &two, Nonconforming: &two, Lowest: &low, Highest: &high}}}, ""},
		{"a sample beyond its population", []inspection.AnswerInput{{Sample: &inspection.Sample{Population: &two, Size: &ten}}}, "input.answers.0.sample.size"},
		{"more nonconforming than sampled", []inspection.AnswerInput{{Sample: &inspection.Sample{Size: &two, Nonconforming: &ten}}}, "input.answers.0.sample.nonconforming"},
		{"a negative count", []inspection.AnswerInput{{Sample: &inspection.Sample{Size: &minus}}}, "input.answers.0.sample"},
		{"a range upside down", []inspection.AnswerInput{{Sample: &inspection.Sample{Lowest: &high, Highest: &low}}}, "input.answers.0.sample.highest"},
	} {
		got := ""
		if ps := inspection.ProblemsOf(inspection.CheckAnswers(c.in)); len(ps) > 0 {
			got = strings.Join(ps[0].Path, ".")
		}
		if got != c.path {
			t.Errorf("%s: refused at %q, want %q", c.what, got, c.path)
		}
	}
}
