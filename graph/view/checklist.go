package view

import (
	"context"
	"io"
	"strconv"
	"time"

	"plumbline/inspection"
)

// Checklist is an inspection's items. It is the API's hottest tree, so that it is written by hand:
// gqlgen's own way costs some fourteen allocations a field. Its values were permitted before they
// came here; see inspection.Service.Fieldwork.
type Checklist struct {
	items []Item
	rated int
}

// Item is a requirement in the inspection with its answer and the originals that show it.
type Item struct {
	answer      *inspection.Answer
	requirement *inspection.Requirement
	evidence    []*inspection.Evidence
}

func newChecklist(fw inspection.Fieldwork) *Checklist {
	requirements := map[inspection.ID]*inspection.Requirement{}
	for _, e := range fw.Editions {
		for _, st := range e.Standards() {
			for n := range st.Requirements {
				requirements[st.Requirements[n].ID] = &st.Requirements[n]
			}
		}
	}
	shown := make(map[inspection.ID][]*inspection.Evidence, len(fw.Answers))
	for n := range fw.Evidence {
		if e := &fw.Evidence[n]; e.AnswerID != nil {
			shown[*e.AnswerID] = append(shown[*e.AnswerID], e)
		}
	}
	list := &Checklist{items: make([]Item, len(fw.Answers))}
	for n := range fw.Answers {
		a := &fw.Answers[n]
		list.items[n] = Item{a, requirements[a.RequirementID], shown[a.ID]}
		if a.Rating != inspection.NotReviewed {
			list.rated++
		}
	}
	return list
}

// Total is how many items there are.
func (c Checklist) Total() int { return len(c.items) }

// Rated is how many items have a rating other than NOT_REVIEWED.
func (c Checklist) Rated() int { return c.rated }

// Items are the items in checklist order.
func (c Checklist) Items() []Item { return c.items }

// StandardID is the item's standard.
func (i Item) StandardID() inspection.ID { return i.answer.StandardID }

// Requirement is what is required.
func (i Item) Requirement() *inspection.Requirement { return i.requirement }

// Answer is the record on the item.
func (i Item) Answer() *inspection.Answer { return i.answer }

// Evidence lists the originals that show the item.
func (i Item) Evidence() []*inspection.Evidence { return i.evidence }

// ThresholdChecks are what the requirement's thresholds say of what was measured.
func (i Item) ThresholdChecks() []inspection.ThresholdCheck {
	return inspection.CheckThresholds(i.requirement, i.answer.Sample)
}

// MarshalGQLContext writes what the query selected.
func (c Checklist) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return marshal(ctx, w, "Checklist", checklistFields(), c, 1024*len(c.items))
}

// UnmarshalGQLContext is never called: a checklist is no input.
func (c *Checklist) UnmarshalGQLContext(context.Context, any) error { return errNoInput() }

func checklistFields() fields[Checklist] {
	return fields[Checklist]{
		"total": number(func(c Checklist) int64 { return int64(len(c.items)) }),
		"rated": number(func(c Checklist) int64 { return int64(c.rated) }),
		"items": many("ChecklistItem", itemFields(), func(c Checklist) []Item { return c.items }),
	}
}

func itemFields() fields[Item] {
	return fields[Item]{
		"standardId":  id(func(i Item) inspection.ID { return i.answer.StandardID }),
		"requirement": nested("Requirement", requirementFields(), func(i Item) (*inspection.Requirement, bool) { return i.requirement, i.requirement != nil }),
		"answer":      nested("Answer", answerFields(), func(i Item) (*inspection.Answer, bool) { return i.answer, true }),
		"evidence":    many("Evidence", evidenceFields(), func(i Item) []*inspection.Evidence { return i.evidence }),

		"thresholdChecks": many("ThresholdCheck", thresholdCheckFields(), Item.ThresholdChecks),
	}
}

func answerFields() fields[*inspection.Answer] {
	type A = *inspection.Answer
	return fields[A]{
		"id":              id(func(a A) inspection.ID { return a.ID }),
		"inspectionId":    id(func(a A) inspection.ID { return a.InspectionID }),
		"requirementId":   id(func(a A) inspection.ID { return a.RequirementID }),
		"rating":          text(func(a A) string { return string(a.Rating) }),
		"reason":          text(func(a A) string { return a.Reason }),
		"remarks":         text(func(a A) string { return a.Remarks }),
		"methods":         texts(func(a A) []inspection.Method { return a.Methods }),
		"correctedOnSite": text(func(a A) string { return string(a.CorrectedOnSite) }),
		"sample":          nested("Sample", sampleFields(), func(a A) (*inspection.Sample, bool) { return a.Sample, a.Sample != nil }),
		"revision":        number(func(a A) int64 { return int64(a.Revision) }),
		"seq":             number(func(a A) int64 { return a.Seq }),
		"authorId":        idOrNull(func(a A) inspection.ID { return a.AuthorID }),
		"deviceTime":      moment(func(a A) time.Time { return a.DeviceTime }),
		"recordedAt":      moment(func(a A) time.Time { return a.RecordedAt }),
	}
}

func requirementFields() fields[*inspection.Requirement] {
	type R = *inspection.Requirement
	return fields[R]{
		"id":             id(func(r R) inspection.ID { return r.ID }),
		"key":            text(func(r R) string { return r.Key }),
		"citation":       leaf(func(b []byte, r R) []byte { return appendText(b, r.CitationLabel()) }),
		"citationSeen":   boolean(func(r R) bool { return r.CitationSeen }),
		"text":           text(func(r R) string { return r.Text }),
		"thresholds":     many("Threshold", thresholdFields(), func(r R) []inspection.Threshold { return r.Thresholds }),
		"numbersSeen":    boolean(func(r R) bool { return r.NumbersSeen }),
		"evidence":       texts(func(r R) []inspection.EvidenceKind { return r.Evidence }),
		"applies":        text(func(r R) string { return string(r.Applies) }),
		"appliesNote":    text(func(r R) string { return r.AppliesNote }),
		"verified":       text(func(r R) string { return r.Verified }),
		"verifiedUrl":    text(func(r R) string { return r.VerifiedURL }),
		"strength":       text(func(r R) string { return string(r.Strength) }),
		"priority":       text(func(r R) string { return string(r.Priority) }),
		"priorityReason": text(func(r R) string { return r.PriorityReason }),
		"prioritySource": text(func(r R) string { return r.PrioritySource }),
		"timesCited":     number(func(r R) int64 { return int64(r.TimesCited) }),
		"lines":          texts(func(r R) []string { return r.Lines }),
		"lineage":        text(func(r R) string { return r.Lineage }),
		"population":     text(func(r R) string { return r.Population }),
		"sighting": nested("Sighting", sightingFields(), func(r R) (*inspection.Sighting, bool) {
			s := r.SightingSeen()
			return s, s != nil
		}),
		"confirmed": boolean(func(r R) bool { return r.Confirmed() }),
		"confirmation": nested("Confirmation", confirmationFields(), func(r R) (*inspection.Confirmation, bool) {
			c := r.ConfirmationGiven()
			return c, c != nil
		}),
	}
}

func thresholdFields() fields[inspection.Threshold] {
	type T = inspection.Threshold
	return fields[T]{
		"op":    text(func(t T) string { return string(t.Op) }),
		"value": leaf(func(b []byte, t T) []byte { return strconv.AppendFloat(b, t.Value, 'g', -1, 64) }),
		"unit":  text(func(t T) string { return t.Unit }),
		"note":  text(func(t T) string { return t.Note }),
	}
}
