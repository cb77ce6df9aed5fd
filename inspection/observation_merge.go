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

// version is a kept version of the observation by whoever revised it last.
func (o Observation) version() sync.Version {
	return sync.Version{Author: o.RevisedBy, Revision: o.Revision, Content: o.content(), DeviceTime: o.Written.DeviceTime}
}

// writtenOver is what an actor makes of an older version by writing this one.
func (o Observation) writtenOver(old Observation, actor Actor, deviceTime, now time.Time) Written {
	some := observationRules.Differ(old.content(), o.content(), observationRules.All())
	return writtenNow(observationRules, old.hands(), actor, deviceTime, now, some)
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
	whole.RemovedAt, whole.Revision, whole.Seq, whole.Written = o.RemovedAt, o.Revision, o.Seq, o.Written
	whole.AuthorID, whole.RecordedAt, whole.RevisedBy, whole.RevisedAt = o.AuthorID, o.RecordedAt, o.RevisedBy, o.RevisedAt
	return whole, nil
}
