package report

import (
	"fmt"
	"net/url"
	"strings"

	"plumbline/inspection"
)

// kinds head a report by the scope of its inspection.
var kinds = map[inspection.Scope]string{
	inspection.ScopeFull:          "Compliance inspection report",
	inspection.ScopeCoreSet:       "Compliance inspection report: core standards",
	inspection.ScopeFollowUp:      "Follow-up inspection report",
	inspection.ScopeSpecialReview: "Special review report",
	inspection.ScopePreOccupancy:  "Pre-occupancy inspection report",
}

// kindOf names the kind of a report by its scope.
func kindOf(scope inspection.Scope) string { return orElse(kinds[scope], "Inspection report") }

// lead is what somebody reads who reads two lines: what was found, and how it stands.
func (b *builder) lead() []string {
	t, by := b.doc.Tally, b.byStatus()
	found := "No deficiency was found"
	if t.Deficiencies > 0 {
		found = fmt.Sprintf("%s in %s: %s, %s", plural(t.Deficiencies, "deficiency", "deficiencies"),
			plural(t.DeficientStandards, "standard", "standards"), plural(b.priority(), "priority component", "priority components"), plural(t.RepeatDeclared, "declared repeat", "declared repeats"))
	}
	if figure := b.figure("standards_reviewed"); figure != "" {
		found += fmt.Sprintf("; by the source's count %s standards reviewed", figure)
	} else if n := by[Unreviewed]; n > 0 {
		found += fmt.Sprintf("; %d of %s in scope not reviewed", n, plural(b.inScope, "standard", "standards"))
	}
	o := b.doc.Score.Overall
	share := o.All.Score.String() + " of the components met"
	if o.All.Score.PerMille == nil {
		share = "no component is applicable"
	}
	stands := fmt.Sprintf("Score by policy %s: %s; %s.", b.doc.Score.Policy.ID, strings.ToLower(resultWord(o.Result)), share)
	if f := b.doc.Inspection.Final; f != nil {
		stands += fmt.Sprintf(" Final rating: %s.", f.Rating)
	} else {
		stands += " No final rating is recorded."
	}
	return []string{found + ".", stands}
}

// webAddress is the text if it is an address that a reader may follow, else empty.
func webAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	return text
}
