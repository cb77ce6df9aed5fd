package inspection

import "time"

// Outcome of an audited action.
type Outcome string

const (
	Done   Outcome = "DONE"
	Denied Outcome = "REFUSED"
)

// AuditEvent says who did what to what, when and with what outcome. Events form hash chains: one per
// inspection, one per other aggregate.
type AuditEvent struct {
	ID           ID
	InspectionID *ID
	At           time.Time
	Actor        Actor
	Action       Action
	Outcome      Outcome
	TargetType   string
	TargetID     ID
	// Detail holds what changed, as JSON-encodable values. Never free text that may name a person.
	Detail map[string]any
}

// Chain names the hash chain the event belongs to.
func (e AuditEvent) Chain() string {
	if e.InspectionID != nil {
		return "inspection:" + e.InspectionID.String()
	}
	return e.TargetType + ":" + e.TargetID.String()
}
