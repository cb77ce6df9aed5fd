package inspection_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"plumbline/inspection"
)

// held is a finding as a tablet that was given it holds it.
func held(f inspection.Finding) *inspection.PushedFinding {
	kind, party, correction := string(f.Kind), string(f.ResponsibleParty), string(f.CorrectedOnSite)
	likelihood, spread := string(f.Likelihood), string(f.Spread)
	p := &inspection.PushedFinding{ID: f.ID.String(), InspectionID: f.InspectionID.String(), Kind: &kind, Code: &f.Code, Text: &f.Text, ResponsibleParty: &party,
		CorrectedOnSite: &correction, CorrectionNote: &f.CorrectionNote, Condition: &f.Condition, Likelihood: &likelihood, Spread: &spread,
		ImmediateThreat: &f.ImmediateThreat, RemovedReason: &f.RemovedReason, Deleted: f.RemovedAt != nil}
	if !f.Written.DeviceTime.IsZero() {
		at := f.Written.DeviceTime.Format(time.RFC3339Nano)
		p.DeviceTime = &at
	}
	return p
}

// edited is the document with some of its fields drawn anew.
func edited(rt *rapid.T, p inspection.PushedFinding) inspection.PushedFinding {
	word := func(label string, of ...string) *string {
		w := rapid.SampledFrom(of).Draw(rt, label)
		return &w
	}
	for _, change := range rapid.SliceOfN(rapid.SampledFrom([]string{"text", "kind", "condition", "correction", "harm", "threat", "party", "code", "nothing", "remove", "return"}), 1, 3).Draw(rt, "changes") {
		switch change {
		case "text":
			p.Text = word("text", "one", "two", "three")
		case "kind":
			p.Kind = word("kind", "NOTE", "AREA_OF_CONCERN", "BEST_PRACTICE")
		case "condition":
			p.Condition = word("condition", "", "if full")
		case "correction":
			p.CorrectedOnSite, p.CorrectionNote = word("correction", "NONE", "FULL", "PARTIAL"), word("note", "", "half of it")
		case "harm":
			p.Likelihood, p.Spread = word("likelihood", "", "LIKELY"), word("spread", "", "ISOLATED")
		case "threat":
			threat := rapid.Bool().Draw(rt, "threat")
			p.ImmediateThreat = &threat
		case "party":
			p.ResponsibleParty = word("party", "FACILITY", "ERO")
		case "code":
			p.Code = word("code", "", "MC-1")
		case "remove":
			p.Deleted, p.RemovedReason = true, word("reason", "", "twice")
		case "return":
			p.Deleted = false
		}
	}
	return p
}

// Whatever two people do on three tablets whose clocks go as they like: no field that another changed is
// overwritten unread, what is refused changes nothing, a row sent again changes nothing, what was taken
// back stays so, and every field is its last writer's.
func TestNoPushedFindingOverwritesWhatItsAuthorHadNotRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		desk := &inspection.FindingDesk{Inspection: &inspection.Inspection{ID: inspection.EditionID("visit"), State: inspection.InProgress}, Masters: map[inspection.ID]inspection.Finding{}}
		people := []inspection.Actor{{ID: inspection.EditionID("a")}, {ID: inspection.EditionID("b")}}
		type tablet struct {
			who  inspection.Actor
			held map[inspection.ID]*inspection.PushedFinding
		}
		tablets := []tablet{{people[0], map[inspection.ID]*inspection.PushedFinding{}}, {people[0], map[inspection.ID]*inspection.PushedFinding{}}, {people[1], map[inspection.ID]*inspection.PushedFinding{}}}
		ids := []inspection.ID{inspection.EditionID("f"), inspection.EditionID("g")}
		now := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)
		for step := range rapid.IntRange(1, 25).Draw(rt, "steps") {
			now = now.Add(time.Minute)
			device := tablets[rapid.IntRange(0, len(tablets)-1).Draw(rt, "tablet")]
			id := rapid.SampledFrom(ids).Draw(rt, "finding")
			if rapid.Bool().Draw(rt, "pull") {
				for known, f := range desk.Masters {
					device.held[known] = held(f)
				}
			}
			base := device.held[id]
			next := inspection.PushedFinding{ID: id.String(), InspectionID: desk.Inspection.ID.String()}
			if base != nil {
				next = *base
			} else {
				kind, text := "NOTE", fmt.Sprint("new ", step)
				next.Kind, next.Text = &kind, &text
			}
			at := now.Add(time.Duration(rapid.IntRange(-300, 300).Draw(rt, "clock")) * time.Second).Add(time.Duration(step) * time.Microsecond).Format(time.RFC3339Nano)
			next = edited(rt, next)
			next.DeviceTime = &at
			row := inspection.FindingRow{New: next, Assumed: base}
			before, existed := desk.Masters[id]
			code := desk.Push(device.who, now, row)
			after, exists := desk.Masters[id]
			switch {
			case code != "" && code != inspection.Superseded && (existed != exists || cmp.Diff(before, after) != ""):
				rt.Fatalf("%s changed the finding: %s", code, cmp.Diff(before, after))
			case code == "" && existed:
				was, is := inspection.Said(before), inspection.Said(after)
				whose := inspection.HandsOf(before)
				baseSaid := inspection.Said(inspection.Finding{CorrectedOnSite: inspection.NotCorrected, ResponsibleParty: inspection.PartyFacility})
				if base != nil {
					baseSaid = inspection.Said(*givenOf(base))
				}
				for field := range is {
					if is[field] != was[field] && was[field] != baseSaid[field] && whose[field] != device.who.ID {
						rt.Fatalf("%s: %q of another, unread, became %q", field, was[field], is[field])
					}
				}
			}
			if existed && before.RemovedAt != nil && after.RemovedAt == nil {
				rt.Fatalf("what was taken back came back")
			}
			for field, text := range inspection.Said(after) {
				if existed && text != inspection.Said(before)[field] && inspection.HandsOf(after)[field] != device.who.ID {
					rt.Fatalf("%s was written by %s and is called another's", field, device.who.ID)
				}
			}
			masters := fmt.Sprint(desk.Masters)
			if desk.Push(device.who, now.Add(time.Second), row); fmt.Sprint(desk.Masters) != masters {
				rt.Fatalf("the same row again changed\n%s\nto\n%s", masters, fmt.Sprint(desk.Masters))
			}
		}
	})
}

// givenOf is the finding that a tablet holds.
func givenOf(p *inspection.PushedFinding) *inspection.Finding {
	f := &inspection.Finding{Kind: inspection.FindingKind(*p.Kind), Code: *p.Code, Text: *p.Text, ResponsibleParty: inspection.Party(*p.ResponsibleParty),
		CorrectedOnSite: inspection.Correction(*p.CorrectedOnSite), CorrectionNote: *p.CorrectionNote, Condition: *p.Condition,
		Likelihood: inspection.Likelihood(*p.Likelihood), Spread: inspection.Spread(*p.Spread), ImmediateThreat: *p.ImmediateThreat}
	if p.Deleted {
		f.RemovedAt = &time.Time{}
	}
	return f
}
