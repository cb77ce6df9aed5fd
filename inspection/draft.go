package inspection

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// DeficiencyDraft is what a DOES_NOT_MEET answer without a deficiency suggests. It is derived on every
// read and never typed; adopting it makes a finding of it.
type DeficiencyDraft struct {
	AnswerID      ID
	RequirementID ID
	StandardID    ID
	// Codes are the requirement's lines in the bound edition. One fact may breach several.
	Codes             []string
	Citation          string
	CitationConfirmed bool
	// Text is the answer's remarks and sample, or what is required where there are none or where the
	// remarks are withheld.
	Text string
	// RemarksWithheld is true if the answer rests on interviews with detainees: its remarks and sample
	// stay where they are, because the inspected read a finding's text.
	RemarksWithheld bool
	PriorityDerived bool
	CorrectedOnSite Correction
	// Repeat is what the facility's past makes of the requirement's lines together.
	Repeat
}

// CitationLabel is the citation as it is shown: marked unconfirmed unless it was confirmed.
func (d DeficiencyDraft) CitationLabel() string {
	return citationLabel(d.Citation, d.CitationConfirmed)
}

// drafts derives the drafts of an inspection from its answers, in checklist order.
func (m memory) drafts(i *Inspection, answers []Answer, findings []Finding, past []PriorDeficiency) []DeficiencyDraft {
	var drafts []DeficiencyDraft
	covered := m.covered(findings)
	for _, a := range answers {
		r := m.requirements[a.RequirementID]
		if a.Rating != DoesNotMeet || covered[a.RequirementID] || r == nil {
			continue
		}
		text, withheld := draftText(a, r)
		drafts = append(drafts, DeficiencyDraft{AnswerID: a.ID, RequirementID: r.ID, StandardID: a.StandardID, Codes: r.Lines,
			Citation: r.Citation, CitationConfirmed: r.CitationSeen, Text: text, RemarksWithheld: withheld,
			PriorityDerived: r.Priority == PrioritySourced, CorrectedOnSite: a.CorrectedOnSite,
			Repeat: m.repeatOn(r, m.sets[a.StandardID], past, i)})
	}
	return drafts
}

// covered says on which requirements a standing deficiency rests, by itself or by its line.
func (m memory) covered(findings []Finding) map[ID]bool {
	covered := map[ID]bool{}
	for _, f := range findings {
		if !f.Standing() {
			continue
		}
		if f.RequirementID != nil {
			covered[*f.RequirementID] = true
			continue
		}
		if f.LineID != nil && f.StandardID != nil && m.standards[*f.StandardID] != nil {
			for _, r := range m.standards[*f.StandardID].onLine(f.Code) {
				covered[r.ID] = true
			}
		}
	}
	return covered
}

// repeatOn is the surest repeat of the requirement's lines; of those that are equally sure the oldest.
func (m memory) repeatOn(r *Requirement, set string, past []PriorDeficiency, i *Inspection) Repeat {
	surest := repeatOf(Provision{Set: set, Lineage: r.Lineage}, past, i.PlannedEnd)
	for _, code := range r.Lines {
		of := repeatOf(Provision{Set: set, Line: code, Lineage: r.Lineage}, past, i.PlannedEnd)
		if of.RepeatDerived == RepeatCertain &&
			(surest.RepeatDerived != RepeatCertain || of.RepeatFirstOn.Before(*surest.RepeatFirstOn)) {
			surest = of
		}
	}
	return surest
}

// draftText words a draft. withheld is true if the answer's own words may tell of an interview.
func draftText(a Answer, r *Requirement) (text string, withheld bool) {
	if slices.Contains(a.Methods, DetaineeInterview) {
		return "Not met: " + r.Text, true
	}
	text = a.Remarks
	if text == "" {
		text = "Not met: " + r.Text
	}
	if sample := a.Sample.sentence(); sample != "" {
		text += " " + sample
	}
	return text, false
}

// sentence words a sample as ODO's reports do: "In 2 out of 12." Empty if it says nothing.
func (s *Sample) sentence() string {
	if s == nil {
		return ""
	}
	var words []string
	if s.Size != nil && s.Nonconforming != nil {
		words = append(words, fmt.Sprintf("In %d out of %d looked at", *s.Nonconforming, *s.Size))
		if s.Population != nil {
			words[0] += fmt.Sprintf(", of %d", *s.Population)
		}
		if t := s.Timeliness(); t != nil {
			words[0] += fmt.Sprintf(", beyond %s", t.Limit)
			if t.OpenBeyond > 0 {
				words[0] += fmt.Sprintf(" (%d of them still open)", t.OpenBeyond)
			}
		}
	}
	if measured := s.rangeText(); measured != "" {
		verb := "measured "
		if len(words) == 0 {
			verb = "Measured "
		}
		words = append(words, verb+measured)
	}
	if len(words) == 0 {
		return ""
	}
	if s.Period != "" {
		words = append(words, s.Period)
	}
	return strings.Join(words, "; ") + "."
}

// rangeText is the measured range with its unit, "" if nothing was measured.
func (s *Sample) rangeText() string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	var text string
	switch {
	case s.Lowest != nil && s.Highest != nil && *s.Lowest != *s.Highest:
		text = number(*s.Lowest) + " to " + number(*s.Highest)
	case s.Lowest != nil:
		text = number(*s.Lowest)
	case s.Highest != nil:
		text = number(*s.Highest)
	default:
		return ""
	}
	if s.Unit != "" {
		text += " " + s.Unit
	}
	return text
}

// DeficiencyDrafts returns what the answers suggest and nobody recorded yet, in checklist order, for
// those who may see fieldwork. There are none once the fieldwork is done.
func (s *Service) DeficiencyDrafts(ctx context.Context, actor Actor, i *Inspection) ([]DeficiencyDraft, error) {
	var drafts []DeficiencyDraft
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) error {
		if i.State != InProgress {
			return nil
		}
		m, err := memoryOf(ctx, tx, i)
		if err != nil {
			return err
		}
		answers, err := tx.Answers(ctx, i.ID)
		if err != nil {
			return err
		}
		findings, err := tx.Findings(ctx, i.ID)
		if err != nil {
			return err
		}
		past, err := tx.PriorDeficiencies(ctx, s.before(i))
		if err != nil {
			return err
		}
		drafts = m.drafts(i, answers, findings, past)
		return nil
	})
	return drafts, err
}

// draftID is the id of the deficiency that a draft makes. It follows from the inspection, the
// requirement and the code, so that a retry makes no second; turn counts those that were taken back.
func draftID(inspection, requirement ID, code string, turn int) ID {
	return uuid.NewSHA1(inspection, fmt.Appendf(nil, "deficiency/%s/%s/%d", requirement, code, turn))
}
