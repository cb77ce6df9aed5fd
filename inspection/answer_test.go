package inspection_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"plumbline/inspection"
)

func TestWhenAnAnswerIsUnfinished(t *testing.T) {
	t.Parallel()
	staff, both := []inspection.Method{inspection.StaffInterview}, []inspection.Method{inspection.StaffInterview, inspection.Observed}
	for _, c := range []struct {
		what     string
		answer   inspection.Answer
		priority bool
		want     string
	}{
		{"untouched", inspection.Answer{Rating: inspection.NotReviewed}, false, "not rated; rate it, or say why it was not reviewed"},
		{"left out with a reason", inspection.Answer{Rating: inspection.NotReviewed, Reason: "no night visit"}, true, ""},
		{"not applicable without a reason", inspection.Answer{Rating: inspection.NotApplicable}, false, "NOT_APPLICABLE needs a reason"},
		{"not applicable with a reason", inspection.Answer{Rating: inspection.NotApplicable, Reason: "no women held"}, false, ""},
		{"undetermined without a reason", inspection.Answer{Rating: inspection.Undetermined}, false, "UNDETERMINED needs a reason"},
		{"undetermined with a reason", inspection.Answer{Rating: inspection.Undetermined, Reason: "log missing"}, false, ""},
		{"met without a method", inspection.Answer{Rating: inspection.Meets}, false, "say how it is known: name at least one method"},
		{"not met without a method", inspection.Answer{Rating: inspection.DoesNotMeet}, false, "say how it is known: name at least one method"},
		{"met, by staff alone", inspection.Answer{Rating: inspection.Meets, Methods: staff}, false, ""},
		{"priority met, by staff alone", inspection.Answer{Rating: inspection.Meets, Methods: staff}, true, "a priority component cannot rest on a staff interview alone"},
		{"priority met, by staff and observation", inspection.Answer{Rating: inspection.Meets, Methods: both}, true, ""},
		{"priority met, by detainees alone", inspection.Answer{Rating: inspection.Meets, Methods: []inspection.Method{inspection.DetaineeInterview}}, true, ""},
		{"priority not met, by staff alone", inspection.Answer{Rating: inspection.DoesNotMeet, Methods: staff}, true, ""},
	} {
		if got := c.answer.Gap(c.priority); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// A finished answer stays finished when it is known by one more method, and nothing becomes
// unfinished by losing priority.
func TestLawMoreMethodsAndLessPriorityNeverUnfinish(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := inspection.Answer{Rating: rapid.SampledFrom(inspection.Ratings()).Draw(t, "rating"),
			Reason:  rapid.SampledFrom([]string{"", "because"}).Draw(t, "reason"),
			Methods: rapid.SliceOfNDistinct(rapid.SampledFrom(inspection.Methods()), 0, 6, rapid.ID).Draw(t, "methods")}
		priority := rapid.Bool().Draw(t, "priority")
		if a.Gap(priority) != "" {
			return
		}
		if gap := a.Gap(false); gap != "" {
			t.Fatalf("unfinished without priority: %s", gap)
		}
		more := rapid.SampledFrom(inspection.Methods()).Draw(t, "more")
		if !slices.Contains(a.Methods, more) {
			a.Methods = append(slices.Clone(a.Methods), more)
		}
		if gap := a.Gap(priority); gap != "" {
			t.Fatalf("unfinished with one more method: %s", gap)
		}
	})
}
