package inspection

import (
	"strconv"
	"time"

	"plumbline/inspection/sync"
)

// observationRules are an observation's fields as they are compared and merged.
var observationRules = sync.Rules{
	{Name: "standardId"},
	{Name: "requirementId"},
	{Name: "text"},
	{Name: "place"},
	{Name: "observedAt"},
	{Name: "deleted"},
}

// content is what the observation says, in the order of observationRules.
func (o Observation) content() sync.Content {
	at := ""
	if o.ObservedAt != nil {
		at = o.ObservedAt.UTC().Format(time.RFC3339Nano)
	}
	return sync.Content{idText(o.StandardID), idText(o.RequirementID), o.Text, o.Place, at, strconv.FormatBool(o.RemovedAt != nil)}
}

// withFields returns the observation with the given fields of another.
func (o Observation) withFields(p Observation, some sync.Fields) Observation {
	for n, set := range []func(){
		func() { o.StandardID = p.StandardID }, func() { o.RequirementID = p.RequirementID }, func() { o.Text = p.Text },
		func() { o.Place = p.Place }, func() { o.ObservedAt = p.ObservedAt }, func() { o.RemovedAt = p.RemovedAt },
	} {
		if some.Has(n) {
			set()
		}
	}
	return o
}

// hands are whose each field of the observation is.
func (o Observation) hands() []sync.Hand {
	return observationRules.Hands(o.Written.By, sync.Hand{By: o.RevisedBy, At: o.RevisedAt})
}

func (o Observation) kept() draftKept {
	return draftKept{id: o.ID, revision: o.Revision, seq: o.Seq, author: o.AuthorID, recordedAt: o.RecordedAt, revisedBy: o.RevisedBy,
		revisedAt: o.RevisedAt, written: o.Written, removed: o.RemovedAt != nil}
}

func (o Observation) withKept(k draftKept) Observation {
	o.Revision, o.Seq, o.Written = k.revision, k.seq, k.written
	o.AuthorID, o.RecordedAt, o.RevisedBy, o.RevisedAt = k.author, k.recordedAt, k.revisedBy, k.revisedAt
	return o
}

// noted is the observation with all that follows from what it says. It is refused if what it says does
// not hold.
func (p places) noted(i *Inspection, o Observation) (Observation, error) {
	in := ObservationInput{ID: o.ID, StandardID: o.StandardID, RequirementID: o.RequirementID, Text: o.Text, Place: o.Place, ObservedAt: o.ObservedAt}
	if err := refusal(in.check("")); err != nil {
		return o, err
	}
	whole, err := p.observation(i, "observation", in)
	if err != nil {
		return o, err
	}
	whole.RemovedAt = o.RemovedAt
	return whole.withKept(o.kept()), nil
}
