package report

import (
	"fmt"
	"strconv"
	"strings"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

// facts are the lines of the report's head. A fact that nobody knows has no line.
func (b *builder) facts(form inspection.Form) []Fact {
	h, f := b.doc.Inspection, b.doc.Facility
	var facts []Fact
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			facts = append(facts, Fact{name, value, webAddress(value)})
		}
	}
	add("Place", strings.Trim(f.City+", "+f.State, ", "))
	add("Code", f.Detloc)
	add("Facility type", strings.ReplaceAll(unlessUnknown(f.Type), "_", " "))
	add("Operator", f.Operator)
	if f.Capacity != nil {
		add("Capacity", strconv.Itoa(*f.Capacity))
	}
	add("ERO field office", orElse(f.FieldOfficeName, f.FieldOffice))
	add("Facts of the facility as of", b.day(f.FactsAsOf))
	add("Type of inspection", word(h.Scope)+announced(h.Announced))
	if c := b.doc.Scope.CoreSet; c != nil {
		add("Core set", fmt.Sprintf("%s, version %d", c.Name, c.Version))
	}
	add("Dates", days(h.PlannedStart, h.PlannedEnd))
	add("Standards", strings.Join(b.editionNames(), "; "))
	add("Published report that this follows", h.Source)
	add(ours(h.Origin, "Issued"), date(b.doc.TakenAt))
	if h.Final != nil {
		add(ours(h.Origin, "Final rating"), h.Final.Rating)
	}
	if form == inspection.FormInternal {
		if h.Recommended != nil {
			add(ours(h.Origin, "Recommended rating"), h.Recommended.Rating)
		}
		add(ours(h.Origin, "Team"), b.team())
		add(ours(h.Origin, "Rated and signed by"), b.signers())
	}
	for _, m := range h.Milestones {
		if m.Kind == inspection.EntranceBriefing || m.Kind == inspection.ExitBriefing {
			add(word(m.Kind), briefing(m))
		}
	}
	for _, s := range b.doc.Statements {
		if s.Name == "interviews" {
			add("People interviewed, whole inspection", s.Value)
		}
	}
	return facts
}

func (b *builder) day(day string) string {
	if day == "" {
		return ""
	}
	return days(day, day)
}

func (b *builder) editionNames() []string {
	var names []string
	for _, e := range b.doc.Editions {
		name := editionName(e)
		if e.Partial {
			name += " (known in part)"
		}
		names = append(names, name)
	}
	return names
}

// team names the people who were on the team when the inspection was issued, the lead first.
func (b *builder) team() string {
	names := []string{b.person(b.doc.Inspection.LeadID) + " (lead)"}
	for _, m := range b.doc.Inspection.Team {
		if m.RemovedAt == nil && m.UserID != b.doc.Inspection.LeadID {
			names = append(names, b.person(m.UserID))
		}
	}
	return strings.Join(names, ", ")
}

func (b *builder) signers() string {
	h := b.doc.Inspection
	signers := []inspection.ID{h.IssuedBy}
	if h.ApprovedBy != nil {
		signers = append(signers, *h.ApprovedBy)
	}
	if h.Final != nil {
		signers = append(signers, h.Final.By)
	}
	var names []string
	seen := map[inspection.ID]bool{}
	for _, id := range signers {
		if !seen[id] {
			seen[id] = true
			names = append(names, b.person(id))
		}
	}
	return strings.Join(names, ", ")
}

// person is a person's name, else their id.
func (b *builder) person(id inspection.ID) string {
	for _, p := range b.doc.People {
		if p.ID == id {
			return p.Name
		}
	}
	return id.String()
}

func briefing(m inspection.Milestone) string {
	text := date(m.OccurredAt)
	if len(m.RolesPresent) > 0 {
		text += "; present: " + strings.Join(m.RolesPresent, ", ")
	}
	if m.PreliminaryListHandedOver != nil {
		text += map[bool]string{true: "; preliminary list of findings handed over", false: "; no preliminary list of findings handed over"}[*m.PreliminaryListHandedOver]
	}
	return text
}

func announced(a *bool) string {
	if a == nil {
		return ""
	}
	return map[bool]string{true: ", announced", false: ", unannounced"}[*a]
}

func unlessUnknown(facilityType string) string {
	if facilityType == string(inspection.TypeUnknown) {
		return ""
	}
	return facilityType
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// overview counts standards and findings. Every figure is derived.
func (b *builder) overview() []Count {
	by := b.byStatus()
	t := b.doc.Tally
	refused := 0
	for _, f := range b.fixed {
		if f.Mark == "" {
			refused++
		}
	}
	counts := []Count{
		{"Standards in scope", strconv.Itoa(b.inScope), ""},
		{"Standards reviewed", strconv.Itoa(b.inScope - by[Unreviewed]), b.beside("wholly or in part, or found deficient", "standards_reviewed")},
		{"Compliant standards", strconv.Itoa(by[Compliant]), b.beside("every applicable requirement reviewed and met", "standards_compliant")},
		{"Deficient standards", strconv.Itoa(t.DeficientStandards), b.outOfScope()},
		{"Standards reviewed in part", strconv.Itoa(by[Unsettled]), "no deficiency, and not everything known to be met; never counted as compliant"},
		{"Standards not applicable", strconv.Itoa(by[Inapplicable]), ""},
		{"Standards not reviewed", strconv.Itoa(by[Unreviewed]), b.definitions()},
		{"Deficiencies", strconv.Itoa(t.Deficiencies), ""},
		{"Priority components", strconv.Itoa(b.priority()), b.beside(fmt.Sprintf("known from a source: %d; declared by the inspectors: %d; each counted once", t.PriorityDerived, t.PriorityDeclared),
			"priority_component_deficiencies")},
		{"Repeat deficiencies, declared", strconv.Itoa(t.RepeatDeclared), b.beside("as the inspectors declare them", "repeat_deficiencies")},
		{"Repeat deficiencies, derived", strconv.Itoa(t.RepeatDerived), fmt.Sprintf("by Plumbline's record of earlier inspections; probable besides: %d", t.RepeatProbable)},
		{"Corrected on site", strconv.Itoa(t.CorrectedOnSite), b.beside(fmt.Sprintf("wholly or in part; they still count. Judged premature: %d", refused),
			"corrective_actions_during_inspection")},
		{"Areas of concern", strconv.Itoa(t.AreasOfConcern), b.beside("", "areas_of_concern")},
		{"Notes", strconv.Itoa(t.Notes), ""},
		{"Best practices", strconv.Itoa(t.BestPractices), ""},
	}
	return counts
}

// definitions says how many of the standards have nothing to review.
func (b *builder) definitions() string {
	n := 0
	for _, st := range b.standards[:b.inScope] {
		if st.defines() {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of them with nothing to review: definitions", n)
}

func (b *builder) byStatus() map[Status]int {
	by := map[Status]int{}
	for _, st := range b.standards[:b.inScope] {
		by[st.Status]++
	}
	return by
}

// outOfScope says how many deficient standards are known by a source's words only.
func (b *builder) outOfScope() string {
	n := 0
	for _, st := range b.standards[b.inScope:] {
		if len(st.Deficiencies) > 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of them named by the source and in no edition", n)
}

func (b *builder) priority() int {
	n := 0
	for _, d := range b.deficiencies {
		if d.finding.PriorityDerived || d.finding.PriorityDeclared {
			n++
		}
	}
	return n
}

// scores are those of every policy, the main one first. A snapshot of the first format has only that.
func (b *builder) scores() []Score {
	scores := []Score{b.score(b.doc.Score)}
	for _, other := range b.doc.Scores {
		if other.Policy.ID != b.doc.Score.Policy.ID {
			scores = append(scores, b.score(other))
		}
	}
	for n := range scores {
		scores[n].Anchor = fmt.Sprint("score-", n+1)
	}
	return scores
}

func (b *builder) score(of scoring.Score) Score {
	s := Score{Score: of, Corroborated: of.Overall.Corroboration != nil}
	if of.Policy.ID != b.doc.Score.Policy.ID {
		return s // one table of the standards is enough
	}
	for _, section := range of.Standards {
		line := ScoreLine{Section: section}
		if st := b.sections[section.Standard]; st != nil {
			line.Name, line.Under = titleOf(st), st.Under
		}
		s.Lines = append(s.Lines, line)
	}
	return s
}

// conclusion sums up in sentences what the tables say.
func (b *builder) conclusion() []string {
	t, by := b.doc.Tally, b.byStatus()
	first := fmt.Sprintf("Of %s in scope, %s found compliant, %s reviewed in part without a deficiency, and %s not reviewed.",
		plural(b.inScope, "standard", "standards"), plural(by[Compliant], "was", "were"), plural(by[Unsettled], "was", "were"),
		plural(by[Unreviewed], "was", "were"))
	second := "The inspection found no deficiencies."
	if t.Deficiencies > 0 {
		second = fmt.Sprintf("The inspection found %s in %s: %s, %s, and %s on site.",
			plural(t.Deficiencies, "deficiency", "deficiencies"), plural(t.DeficientStandards, "standard", "standards"),
			plural(b.priority(), "priority component", "priority components"),
			plural(t.RepeatDeclared, "declared repeat", "declared repeats"), plural(t.CorrectedOnSite, "correction", "corrections"))
	}
	text := []string{first, second}
	if reviewed, compliant := b.figure("standards_reviewed"), b.figure("standards_compliant"); reviewed != "" && compliant != "" {
		text = append(text, fmt.Sprintf("The source itself states: standards reviewed, %s; compliant, %s.", reviewed, compliant))
	}
	return append(text, b.standing()...)
}

// standing says how the score and the rating stand.
func (b *builder) standing() []string {
	o := b.doc.Score.Overall
	text := []string{fmt.Sprintf("By policy %s the result is %s: %s.", b.doc.Score.Policy.ID, strings.ToLower(resultWord(o.Result)), o.Because)}
	if f := b.doc.Inspection.Final; f != nil {
		text = append(text, fmt.Sprintf("The final rating is %s.", f.Rating))
	}
	return text
}

func resultWord(r scoring.Result) string {
	switch r {
	case scoring.ResultMeets:
		return "Meets"
	case scoring.ResultDoesNotMeet:
		return "Does not meet"
	}
	return word(r)
}
