package inspection

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// KeptWrite is what was pushed and did not become part of the record. It is never dropped; what came
// late becomes part of the record when somebody adopts it.
type KeptWrite struct {
	ID           ID
	InspectionID ID
	Collection   Collection
	DocumentID   ID
	// Document is the pushed state as JSON, Assumed what the device held for the server's; empty if it
	// held none.
	Document string
	Assumed  string
	// SHA256 is of collection and document, and where no device time is stated of assumed: the same write
	// sent again is kept once.
	SHA256      SHA256
	Code        Code
	Reason      string
	Late        bool
	UserID      ID
	DeviceID    ID
	DeviceTime  time.Time
	ClockOffset *time.Duration
	ReceivedAt  time.Time
	// Decision is ADOPTED, DISMISSED, or empty while nobody has decided.
	Decision       string
	DecidedBy      *ID
	DecidedAt      *time.Time
	DecisionReason string
}

// CollectionName is the collection's name.
func (w KeptWrite) CollectionName() string { return string(w.Collection) }

// CodeText is the code as text.
func (w KeptWrite) CodeText() string { return string(w.Code) }

// DocumentGiven is the document it concerns, nil if its own id was none.
func (w KeptWrite) DocumentGiven() *ID { return idOrNil(w.DocumentID) }

// DeviceGiven is the device it came from, nil if it named none.
func (w KeptWrite) DeviceGiven() *ID { return idOrNil(w.DeviceID) }

// DeviceTimeGiven is the device's clock as stated, nil if it was not.
func (w KeptWrite) DeviceTimeGiven() *time.Time { return timeOrNil(w.DeviceTime) }

// ClockOffsetMs is how far the device's clock was ahead, in milliseconds; nil if it is not known.
func (w KeptWrite) ClockOffsetMs() *int64 { return millisecondsOf(w.ClockOffset) }

// DecisionGiven is what was decided, nil if nothing was.
func (w KeptWrite) DecisionGiven() *string { return textOrNil(w.Decision) }

func idOrNil(id ID) *ID {
	if id == (ID{}) {
		return nil
	}
	return &id
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func textOrNil(t string) *string {
	if t == "" {
		return nil
	}
	return &t
}

func millisecondsOf(d *time.Duration) *int64 {
	if d == nil {
		return nil
	}
	ms := d.Milliseconds()
	return &ms
}

// RefusedWrites lists what was pushed to an inspection and did not become part of the record, the first
// received first.
func (s *Service) RefusedWrites(ctx context.Context, actor Actor, i *Inspection) ([]KeptWrite, error) {
	var kept []KeptWrite
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		kept, err = tx.KeptWrites(ctx, i.ID)
		return err
	})
	return kept, err
}

// keep makes kept writes of the group's refused rows, each once.
func (p *pusher[R, D]) keep(id ID, now time.Time) ([]KeptWrite, error) {
	var kept []KeptWrite
	seen := map[SHA256]bool{}
	for _, n := range p.groups[id] {
		refused := p.verdicts[n].refused
		if refused == nil {
			continue
		}
		row := p.of.row(p.rows[n])
		document, assumed, sum, err := p.of.written(row)
		if err != nil {
			return nil, err
		}
		of, _ := readID(row.id) // the zero id where the row's is none: the document has it as it came
		w := KeptWrite{ID: NewID(), InspectionID: id, Collection: p.of.name, DocumentID: of, Document: document, Assumed: assumed,
			SHA256: sum, Code: refused.Code, Reason: refused.Message, Late: refused.Code.Late(),
			UserID: p.actor.ID, DeviceID: p.actor.Device.ID, DeviceTime: row.deviceTime, ClockOffset: p.actor.Device.offset(), ReceivedAt: now}
		if !seen[w.SHA256] {
			seen[w.SHA256] = true
			kept = append(kept, w)
		}
	}
	return kept, nil
}

// written is a row as it is kept, and its sum.
func (of pushed[R, D]) written(row pushRow) (document, assumed string, sum SHA256, err error) {
	state, err := json.Marshal(row.document)
	if err != nil {
		return "", "", sum, fmt.Errorf("inspection: keep a refused %s: %w", of.name, err)
	}
	held, err := json.Marshal(row.assumed)
	if err != nil {
		return "", "", sum, fmt.Errorf("inspection: keep a refused %s: %w", of.name, err)
	}
	if string(held) == "null" {
		held = nil
	}
	basis := string(held)
	if !row.deviceTime.IsZero() {
		basis = "" // the time tells one writing from another, whatever it is pushed against the next time
	}
	return string(state), string(held), sumOf(string(of.name), string(state), basis), nil
}

// superseded tells rows that were kept as superseded, reading what was when it is first asked.
func (p *pusher[R, D]) superseded(ctx context.Context, tx Tx, id ID) func(R) (bool, error) {
	var sums map[SHA256]bool
	return func(r R) (bool, error) {
		if sums == nil {
			var err error
			if sums, err = tx.SupersededWrites(ctx, id); err != nil {
				return false, err
			}
		}
		_, _, sum, err := p.of.written(p.of.row(r))
		return sums[sum], err
	}
}

// sumOf is the SHA-256 of texts, none of which may run into the next.
func sumOf(texts ...string) SHA256 {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return SHA256(h.Sum(nil))
}
