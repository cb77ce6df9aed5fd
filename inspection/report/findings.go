package report

import (
	"fmt"
	"strings"

	"plumbline/inspection"
)

// findings puts every standing finding under its standard and numbers deficiencies, footnotes,
// corrections and repeats through the report.
func (b *builder) findings() {
	for n, f := range b.doc.Findings {
		if f.RemovedAt != nil {
			continue
		}
		st := b.standardOf(f)
		remark := Remark{Anchor: fmt.Sprint("finding-", n+1), Text: f.Text, Condition: f.Condition, Severity: severity(f)}
		switch f.Kind {
		case inspection.AreaOfConcern:
			st.Concerns = append(st.Concerns, remark)
		case inspection.Note:
			st.Notes = append(st.Notes, remark)
		case inspection.BestPractice:
			st.Practices = append(st.Practices, remark)
		case inspection.Deficiency:
			st.Deficiencies = append(st.Deficiencies, &Deficiency{ID: f.ID, Code: f.Code, Text: f.Text, standard: st, finding: f})
		}
	}
	var refused []Fixed
	for _, st := range b.standards {
		st.Status = statusOf(st)
		for _, d := range st.Deficiencies {
			b.deficiencies = append(b.deficiencies, d)
			d.Number = len(b.deficiencies)
			d.Anchor = fmt.Sprint("deficiency-", d.Number)
			refused = append(refused, b.mark(d)...)
			d.Footnote = b.footnote(d)
		}
	}
	b.fixed = append(b.fixed, refused...)
}

// mark gives a deficiency its marks. A correction that was refused is returned: it has no number.
func (b *builder) mark(d *Deficiency) (refused []Fixed) {
	f := d.finding
	d.Immediate, d.Note = f.ImmediateThreat, f.CorrectionNote
	if s := severity(f); s != "" {
		d.Marks = append(d.Marks, s)
	}
	if f.ResponsibleParty != inspection.PartyFacility {
		d.Party = word(f.ResponsibleParty)
	}
	if f.PriorityDeclared || f.PriorityDerived {
		d.Marks = append(d.Marks, "Priority component")
	}
	if f.RepeatDeclared {
		b.repeats++
		d.Marks = append(d.Marks, fmt.Sprintf("Repeat (R-%d)", b.repeats))
	}
	switch f.RepeatDerived {
	case inspection.RepeatCertain:
		d.Marks = append(d.Marks, "Found before")
	case inspection.RepeatProbable:
		d.Marks = append(d.Marks, "Probably found before")
	}
	switch f.CorrectedOnSite {
	case inspection.CorrectedFully, inspection.CorrectedPartially:
		fixed := Fixed{Mark: fmt.Sprintf("C-%d", len(b.fixed)+1), Deficiency: d, Outcome: corrections[f.CorrectedOnSite]}
		b.fixed = append(b.fixed, fixed)
		d.Correction = fixed.Outcome + " (" + fixed.Mark + ")"
	case inspection.CorrectionRefused:
		d.Correction = corrections[f.CorrectedOnSite]
		return []Fixed{{Deficiency: d, Outcome: d.Correction}}
	}
	return nil
}

func (b *builder) footnote(d *Deficiency) Footnote {
	f := d.finding
	note := Footnote{Number: d.Number, See: see(d.standard, f.Citation), Unconfirmed: f.Citation != "" && !f.CitationConfirmed}
	switch {
	case f.PriorityDerived:
		note.Remarks = append(note.Remarks, "This is a priority component.")
	case f.PriorityDeclared:
		note.Remarks = append(note.Remarks, "This is a priority component, as the inspector cites the standard.")
	}
	if f.RepeatDeclared {
		note.Remarks = append(note.Remarks, "This is a repeat deficiency.")
	}
	if history := history(f.Repeat); history != "" {
		note.Remarks = append(note.Remarks, history)
	}
	if f.RequirementID == nil {
		note.Remarks = append(note.Remarks, "The requirement is not known; the deficiency rests on the standard.")
		return note
	}
	if r, known := b.requirements[*f.RequirementID]; known {
		note.Requirement, note.Known = r.Text, b.provenance(r)
	}
	return note
}

// severity is what likelihood and spread come to; empty where nobody judged them, and of an immediate
// threat, which has a mark of its own.
func severity(f inspection.Finding) string {
	if f.Severity == "" || f.ImmediateThreat {
		return ""
	}
	text := "Severity: " + word(f.Severity)
	if f.Likelihood != "" {
		text += fmt.Sprintf(" (harm %s, %s)", word(f.Likelihood), word(f.Spread))
	}
	return text
}

// history says in a sentence what Plumbline derives from earlier inspections.
func history(r inspection.Repeat) string {
	certainty := map[inspection.RepeatKind]string{inspection.RepeatCertain: "Found before", inspection.RepeatProbable: "Probably found before"}[r.RepeatDerived]
	if certainty == "" {
		return ""
	}
	text := fmt.Sprintf("%s, by Plumbline's record: at %s", certainty, plural(r.RepeatTimes, "earlier inspection", "earlier inspections"))
	if r.RepeatFirstOn != nil {
		text += ", first on " + date(*r.RepeatFirstOn)
	}
	if r.RepeatDaysOpen != nil {
		text += fmt.Sprintf(", %s unverified", plural(*r.RepeatDaysOpen, "day", "days"))
	}
	return text + "."
}

// see names a provision as ODO's footnotes do.
func see(st *Standard, citation string) string {
	if st.Edition == "" {
		return "See " + titleOf(st) + ", as the source calls it; no edition here knows it."
	}
	words := []string{st.Edition, "Standard", titleOf(st)}
	if citation != "" {
		words = append(words, "Section "+section(citation))
	}
	return "See " + strings.Join(words, ", ") + "."
}

func titleOf(st *Standard) string {
	switch {
	case st.Title != "":
		return st.Title
	case st.Code != "":
		return st.Code
	}
	return st.Number
}

// section writes "V.G.5" as ODO does: "(V)(G)(5)".
func section(citation string) string {
	if strings.ContainsAny(citation, "( ") {
		return citation
	}
	return "(" + strings.Join(strings.Split(citation, "."), ")(") + ")"
}

// provenance says how well a requirement is known, and from where.
func (b *builder) provenance(r inspection.FrozenRequirement) string {
	if c := r.Confirmation; c != nil {
		return strings.TrimSuffix(fmt.Sprintf("Checked against the official text: %s, %s", c.Title, c.Page), ", ")
	}
	known := strings.Join(append([]string{word(r.Strength)}, doubts(r)...), "; ")
	if r.Strength == inspection.Recalled || r.Verified == "" {
		return known
	}
	return known + ": " + b.source(r.Verified)
}

// doubts says what is not certain of the line that a requirement was built from.
func doubts(r inspection.FrozenRequirement) []string {
	var doubts []string
	if r.CodeDoubtful {
		doubts = append(doubts, "the line's code could not be read with confidence")
	}
	if r.EditionInferred {
		doubts = append(doubts, "its edition was inferred")
	}
	return doubts
}

// source says what a source's key stands for; what is no key is shown as it is.
func (b *builder) source(verified string) string {
	for _, e := range b.doc.Editions {
		for _, s := range e.Sources {
			if s.Key == verified {
				return s.What
			}
		}
	}
	return verified
}

func (b *builder) plan() []PlanLine {
	var plan []PlanLine
	for _, d := range b.deficiencies {
		for _, a := range b.doc.Actions {
			if a.FindingID != d.ID {
				continue
			}
			line := PlanLine{Deficiency: d, Party: word(d.finding.ResponsibleParty), Plan: date(a.PlanDue), Proof: date(a.ProofDue)}
			if a.AbatementDue != nil {
				line.Abatement = moment(*a.AbatementDue)
			}
			plan = append(plan, line)
		}
	}
	return plan
}
