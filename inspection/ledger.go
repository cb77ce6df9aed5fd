package inspection

import (
	"context"
	"fmt"
	"time"
)

// LedgerCounts is what the server holds of what was brought. The five counts of originals that follow
// EvidenceDeclared add up to it.
type LedgerCounts struct {
	EvidenceDeclared int
	// EvidenceStored counts originals that arrived and were not compared with their declaration yet.
	EvidenceStored int
	// EvidenceVerified counts originals that are what was declared.
	EvidenceVerified    int
	EvidenceQuarantined int
	// EvidenceMissing counts originals of which no byte arrived and whose absence nobody accepted.
	EvidenceMissing int
	// EvidenceAccepted counts those whose absence the lead accepted.
	EvidenceAccepted int
	// Answers, Findings and Observations count the versions that were acknowledged.
	Answers      int
	Findings     int
	Observations int
	// Late counts what was kept aside because it came late, Undecided what of it waits for a decision.
	Late      int
	Undecided int
	// Refused counts what was kept and is no part of the record.
	Refused int
}

// LedgerEntry is what one device brought to an inspection, or what came from no named device.
type LedgerEntry struct {
	// DeviceID is nil for the entry of work that named no device; Name and the user are then empty.
	DeviceID *ID
	Name     string
	UserID   *ID
	UserName string
	// OnTeam says whether the device's user is on the team now.
	OnTeam    bool
	RevokedAt *time.Time
	Counts    LedgerCounts
	// Outbox is how much the device still holds unsent, as it last said; nil if it never said.
	Outbox   *int
	OutboxAt *time.Time
	// FirstContactAt and LastContactAt bound what was heard of the device about this inspection;
	// LastWorkAt is when it last brought something. All by the server's clock; nil if never.
	FirstContactAt *time.Time
	LastContactAt  *time.Time
	LastWorkAt     *time.Time
	// LastSeenAt is when the device was last heard about anything.
	LastSeenAt *time.Time
	// ClockOffset is how far the device's clock was ahead when last heard; nil if it never said.
	ClockOffset *time.Duration
	// Statement is the newest statement of the lead about the device, nil if there is none.
	Statement *DeviceStatement
}

// Ledger is what is known to be there and what is known to be missing, device by device.
type Ledger struct {
	InspectionID ID
	AsOf         time.Time
	// Entries are in the order of users' and devices' names; work that named no device comes last.
	Entries []LedgerEntry
	Totals  LedgerCounts
}

type ledgerTx interface {
	// LedgerEntries loads the ledger of an inspection, in one statement.
	LedgerEntries(ctx context.Context, inspection ID) ([]LedgerEntry, error)
}

// Ledger returns who brought what and what is missing, for those who may see fieldwork.
func (s *Service) Ledger(ctx context.Context, actor Actor, id ID) (*Ledger, error) {
	var ledger *Ledger
	err := s.look(ctx, actor, id, ReadFieldwork, func(tx Tx, i *Inspection) (err error) {
		ledger, err = s.ledgerOf(ctx, tx, i)
		return err
	})
	return ledger, err
}

func (s *Service) ledgerOf(ctx context.Context, tx Tx, i *Inspection) (*Ledger, error) {
	entries, err := tx.LedgerEntries(ctx, i.ID)
	if err != nil {
		return nil, err
	}
	ledger := &Ledger{InspectionID: i.ID, AsOf: s.now(), Entries: entries}
	for n := range entries {
		e := &entries[n]
		e.OnTeam = e.UserID != nil && i.OnTeam(*e.UserID)
		ledger.Totals.add(e.Counts)
	}
	return ledger, nil
}

func (c *LedgerCounts) add(d LedgerCounts) {
	c.EvidenceDeclared += d.EvidenceDeclared
	c.EvidenceStored += d.EvidenceStored
	c.EvidenceVerified += d.EvidenceVerified
	c.EvidenceQuarantined += d.EvidenceQuarantined
	c.EvidenceMissing += d.EvidenceMissing
	c.EvidenceAccepted += d.EvidenceAccepted
	c.Answers += d.Answers
	c.Findings += d.Findings
	c.Observations += d.Observations
	c.Late += d.Late
	c.Undecided += d.Undecided
	c.Refused += d.Refused
}

// ClockOffsetMs is ClockOffset in milliseconds, nil if the device never said.
func (e LedgerEntry) ClockOffsetMs() *int64 { return millisecondsOf(e.ClockOffset) }

// Empty reports whether the device was heard to hold nothing since it last brought something.
func (e LedgerEntry) Empty() bool {
	return e.Outbox != nil && *e.Outbox == 0 && (e.LastWorkAt == nil || !e.OutboxAt.Before(*e.LastWorkAt))
}

// Gap says why the fieldwork is not done as far as the device goes, "" if it is: what a present
// member's device holds is unknown, and the lead has not said why that may be. A statement holds until
// the device is heard again; of a revoked device and of one whose user left, work that comes is late.
func (e LedgerEntry) Gap() string {
	stated := e.Statement != nil && (e.LastContactAt == nil || !e.Statement.StatedAt.Before(*e.LastContactAt))
	if e.DeviceID == nil || !e.OnTeam || e.RevokedAt != nil || e.Empty() || stated {
		return ""
	}
	what := "has not said whether it still holds work"
	switch {
	case e.Outbox != nil && *e.Outbox > 0:
		what = fmt.Sprintf("still held %d unsent on %s", *e.Outbox, e.OutboxAt.Format("2006-01-02 15:04 UTC"))
	case e.Outbox != nil:
		what = "brought work after it reported an empty outbox, and has not reported since"
	}
	return fmt.Sprintf("device %s of %s %s; bring it online, or name it in deviceStatements with a reason", e.Name, e.UserName, what)
}

// lateGap says that late work waits for a decision, "" if none does.
func (e LedgerEntry) lateGap() string {
	if e.Counts.Undecided == 0 {
		return ""
	}
	from := "without a named device"
	if e.DeviceID != nil {
		from = fmt.Sprintf("from device %s of %s", e.Name, e.UserName)
	}
	return fmt.Sprintf("late work %s awaits a decision (%d); adopt or dismiss it, see lateWork", from, e.Counts.Undecided)
}

// deviceGaps are the devices whose work may be missing, as gaps.
func (l *Ledger) deviceGaps() Problems {
	return l.gaps(LedgerEntry.Gap)
}

// lateGaps are the late writes that nobody decided on, as gaps.
func (l *Ledger) lateGaps() Problems {
	return l.gaps(LedgerEntry.lateGap)
}

func (l *Ledger) gaps(of func(LedgerEntry) string) Problems {
	var gaps Problems
	for _, e := range l.Entries {
		if gap := of(e); gap != "" {
			p := Problem{Code: Unmet, Message: gap}
			if e.DeviceID != nil {
				p.Subject = *e.DeviceID
			}
			gaps = append(gaps, p)
		}
	}
	return gaps
}
