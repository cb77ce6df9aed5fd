package inspection

import "context"

// TopicKind is what a change can concern.
type TopicKind string

const (
	// AnswersChanged and the next three: rows of that collection were written. The id is the inspection's.
	AnswersChanged      TopicKind = "answer"
	EvidenceChanged     TopicKind = "evidence"
	FindingsChanged     TopicKind = "finding"
	ObservationsChanged TopicKind = "observation"
	// HeaderChanged: an inspection's header, team or assignments.
	HeaderChanged TopicKind = "header"
	// LedgerChanged: what a device said of an inspection, or a write that was kept aside.
	LedgerChanged TopicKind = "ledger"
	// PriorsChanged: what became of earlier findings. The id is the facility's.
	PriorsChanged TopicKind = "facility"
	// ScopeChanged: which inspections a user works on, and their states. The id is the user's.
	ScopeChanged TopicKind = "scope"
	// UserChanged: the account itself. DeviceChanged: a device was revoked.
	UserChanged   TopicKind = "user"
	DeviceChanged TopicKind = "device"
)

// Topic is one object that a change can concern.
type Topic struct {
	Kind TopicKind
	ID   ID
}

// TopicsOf are the topics of the given kinds for every id.
func TopicsOf(ids []ID, kinds ...TopicKind) []Topic {
	topics := make([]Topic, 0, len(ids)*len(kinds))
	for _, kind := range kinds {
		for _, id := range ids {
			topics = append(topics, Topic{kind, id})
		}
	}
	return topics
}

// Feed wakes those who wait for a change, whichever server process made it.
type Feed interface {
	// Watch returns a channel that holds a value after a change of one of the topics was committed. It
	// holds one at most: however many changes there were, whoever takes it reads anew. It may hold one
	// without cause, and never misses a change that is committed after Watch returned, though one
	// may be late by the feed's interval of polling. The watch ends with ctx; the channel stays open.
	Watch(ctx context.Context, topics ...Topic) (<-chan struct{}, error)
}
