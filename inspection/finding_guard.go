package inspection

import (
	"cmp"
	"fmt"
	"time"
)

// contradictions names where ratings and deficiencies do not go together: an item that is not met
// without a deficiency, and a deficiency of an item that is met or does not apply. A deficiency that
// rests on its standard alone contradicts nothing. Nothing is taken back by itself: whoever changes an
// answer sees here what no longer fits.
func (m memory) contradictions(answers []Answer, findings []Finding) Problems {
	var gaps Problems
	covered := m.covered(findings)
	rated := map[ID]Rating{}
	for _, a := range answers {
		rated[a.RequirementID] = a.Rating
		if a.Rating == DoesNotMeet && !covered[a.RequirementID] {
			gaps = append(gaps, Problem{Code: Unmet, Subject: a.ID, Message: fmt.Sprintf(
				"item %s: rated DOES_NOT_MEET without a deficiency; adopt its draft or record one", m.requirements[a.RequirementID].Key)})
		}
	}
	for _, f := range findings {
		if !f.Standing() || f.RequirementID == nil {
			continue
		}
		if rating := rated[*f.RequirementID]; rating == Meets || rating == NotApplicable {
			gaps = append(gaps, Problem{Code: Unmet, Subject: f.ID, Message: fmt.Sprintf(
				"deficiency %s of item %s: the item is rated %s; take the deficiency back or correct the rating",
				cmp.Or(f.Code, f.ID.String()), m.requirements[*f.RequirementID].Key, rating)})
		}
	}
	return gaps
}

// stillOpen says, by requirement, what came along with the inspection and is not settled.
func stillOpen(carried []CarriedAction) map[ID]string {
	notes := map[ID]string{}
	for _, c := range carried {
		if c.RequirementID != nil && !c.State.Settled() && notes[*c.RequirementID] == "" {
			notes[*c.RequirementID] = fmt.Sprintf(" (a corrective action is open on it since %s)", c.EndedOn.Format(time.DateOnly))
		}
	}
	return notes
}
