package inspection

import (
	"strings"
	"time"
)

// EventKind is what an event tells of.
type EventKind string

const (
	ActionPlannedEvent      EventKind = "ACTION_PLANNED"
	ActionReportedDoneEvent EventKind = "ACTION_REPORTED_DONE"
	ActionEndorsedEvent     EventKind = "ACTION_ENDORSED"
	ActionVerifiedEvent     EventKind = "ACTION_VERIFIED"
	ActionReopenedEvent     EventKind = "ACTION_REOPENED"
	ActionOverdue           EventKind = "ACTION_OVERDUE"
	ActionEscalated         EventKind = "ACTION_ESCALATED"
	WaiverGrantedEvent      EventKind = "WAIVER_GRANTED"
	WaiverExpiredEvent      EventKind = "WAIVER_EXPIRED"
	InspectionIssuedEvent   EventKind = "INSPECTION_ISSUED"
)

// EventKinds lists every kind.
func EventKinds() []EventKind {
	return []EventKind{ActionPlannedEvent, ActionReportedDoneEvent, ActionEndorsedEvent, ActionVerifiedEvent, ActionReopenedEvent,
		ActionOverdue, ActionEscalated, WaiverGrantedEvent, WaiverExpiredEvent, InspectionIssuedEvent}
}

// Type is the event's type as webhooks name it: "action.reported_done".
func (k EventKind) Type() string { return strings.ToLower(strings.Replace(string(k), "_", ".", 1)) }

// Event tells other systems of a change. It is kept if and only if the change is, and delivered at
// least once to every webhook that asks for its kind. It holds ids, states and dates: never a free
// text, and nothing of a detainee.
type Event struct {
	ID   ID
	Kind EventKind
	At   time.Time
	Data map[string]any
}

func newEvent(kind EventKind, at time.Time, data map[string]any) Event {
	return Event{ID: NewID(), Kind: kind, At: at, Data: data}
}

// eventTx takes events.
type eventTx interface {
	// Notify keeps an event with the transaction.
	Notify(e Event)
}

// stepEvents are the kinds of event that steps of an action cause.
var stepEvents = map[StepKind]EventKind{StepPlan: ActionPlannedEvent, StepReport: ActionReportedDoneEvent, StepEndorse: ActionEndorsedEvent,
	StepVerify: ActionVerifiedEvent, StepReopen: ActionReopenedEvent, StepEndWaiver: ActionReopenedEvent}

// eventData is what an event says of an action.
func (a CorrectiveAction) eventData() map[string]any {
	data := map[string]any{"actionId": a.ID, "inspectionId": a.InspectionID, "findingId": a.FindingID, "facilityId": a.Facility.ID, "origin": a.Origin,
		"state": a.State, "revision": a.Revision, "planDue": a.PlanDue, "proofDue": a.ProofDue}
	if a.AbatementDue != nil {
		data["abatementDue"] = *a.AbatementDue
	}
	return data
}

// eventData is what an event says of a waiver.
func (w Waiver) eventData() map[string]any {
	data := map[string]any{"waiverId": w.ID, "facilityId": w.FacilityID, "state": w.State, "startsOn": day(w.StartsOn), "endsOn": day(w.EndsOn)}
	for name, id := range map[string]*ID{"actionId": w.ActionID, "requirementId": w.RequirementID, "standardId": w.StandardID} {
		if id != nil {
			data[name] = *id
		}
	}
	return data
}

// eventData is what an event says of an inspection.
func (i *Inspection) eventData() map[string]any {
	return map[string]any{"inspectionId": i.ID, "facilityId": i.FacilityID, "origin": i.Origin, "scope": i.Scope, "state": i.State,
		"plannedStart": day(i.PlannedStart), "plannedEnd": day(i.PlannedEnd)}
}
