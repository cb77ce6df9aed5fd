package inspection

import (
	"context"
	"errors"
	"time"
)

// Service holds the use cases. Every method takes the acting person first; refusals are Problems.
type Service struct {
	store    Store
	blobs    Blobs
	now      func() time.Time
	settings Settings
	files    editionFiles
}

// Settings are the service's durations. The zero value of a field takes its default.
type Settings struct {
	// UploadWithin is how long an upload plan holds: 15 minutes.
	UploadWithin time.Duration
	// ViewWithin is how long a link to an original holds: 5 minutes.
	ViewWithin time.Duration
	// FirstRetention locks a verified original until its inspection is issued: 30 days.
	FirstRetention time.Duration
	// Retention locks the originals of an issued inspection: 7 years.
	Retention time.Duration
	// Action is how long a facility has to correct a deficiency.
	Action ActionSettings
	// PrivateWebhooks admits webhooks of this machine and of private networks.
	PrivateWebhooks bool
	// DeviceSignIn is how long after a sign-in the user's devices get tokens: 30 days.
	DeviceSignIn time.Duration
	// Feed tells of changes to those who subscribe. Nil serves no subscriptions.
	Feed Feed
	// VaultKeys are the keys to which interview notes are sealed: the first is published, notes sealed
	// to any of them are taken. None: no notes are.
	VaultKeys []VaultKey
	// Fault is told what failed beside a request that is answered all the same. Nil fails the request.
	Fault func(ctx context.Context, err error)
}

// NewService returns the use cases over a store and an object store. now is the clock.
func NewService(store Store, blobs Blobs, now func() time.Time, settings Settings) *Service {
	fill := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	fill(&settings.UploadWithin, 15*time.Minute)
	fill(&settings.ViewWithin, 5*time.Minute)
	fill(&settings.FirstRetention, 30*24*time.Hour)
	fill(&settings.Retention, 7*365*24*time.Hour)
	fill(&settings.DeviceSignIn, 30*24*time.Hour)
	settings.Action = settings.Action.withDefaults()
	return &Service{store: store, blobs: blobs, settings: settings,
		now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// change loads and locks an inspection, checks that the actor may act and that the state allows it,
// applies f, and saves inspection and audit event in one transaction. f may add to detail. If f finds
// everything as asked, errUnchanged, nothing is written and nothing audited: nothing happened.
func (s *Service) change(ctx context.Context, actor Actor, id ID, step step, f func(Tx, *Inspection, map[string]any) error) (*Inspection, error) {
	var changed *Inspection
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		i, err := tx.LockInspection(ctx, id)
		if err != nil {
			return err
		}
		subject, err := subjectOf(ctx, tx, actor, i)
		if err != nil {
			return err
		}
		if err := Allow(actor, step.action, subject); err != nil {
			return err
		}
		if err := step.check(i); err != nil {
			return err
		}
		detail := map[string]any{}
		before := i.State
		switch err := f(tx, i, detail); {
		case errors.Is(err, errUnchanged):
			changed = i
			return nil
		case err != nil:
			return err
		}
		if step.header {
			i.Revision++
		}
		if i.State != before {
			detail["from"], detail["to"] = before, i.State
		}
		event := AuditEvent{ID: NewID(), InspectionID: &i.ID, At: s.now(), Actor: actor,
			Action: step.action, Outcome: Done, TargetType: "Inspection", TargetID: i.ID, Detail: detail}
		if err := tx.Audit(ctx, event); err != nil {
			return err
		}
		changed = i
		return tx.SaveInspection(ctx, i, step.parts)
	})
	return changed, err
}

// errUnchanged ends a change that has nothing to change.
var errUnchanged = errors.New("unchanged")

// step is what a change needs beside its own rule.
type step struct {
	action Action
	// states are those in which the change is possible.
	states []State
	// revision is the header revision the caller read; nil asks for no comparison.
	revision *int
	// header is true if the change is one of the header, so that its revision rises.
	header bool
	// parts is true if the change touches team, assignments or milestones.
	parts bool
}

func (st step) check(i *Inspection) error {
	ok := false
	for _, s := range st.states {
		ok = ok || s == i.State
	}
	if !ok {
		return Refuse(Locked, "", "the inspection is %s; this is possible while it is %s", i.State, either(st.states))
	}
	if st.revision != nil && *st.revision != i.Revision {
		return Refuse(Stale, "input.revision", "the inspection has changed since you read it (you read revision %d, it is %d): read it again", *st.revision, i.Revision)
	}
	return nil
}

func either(states []State) string {
	text := ""
	for n, s := range states {
		switch {
		case n == 0:
		case n == len(states)-1:
			text += " or "
		default:
			text += ", "
		}
		text += string(s)
	}
	return text
}

// subjectOf adds the area of responsibility, which only the field office's grants ask for.
func subjectOf(ctx context.Context, tx Tx, actor Actor, i *Inspection) (Subject, error) {
	subject := Subject{Inspection: i}
	if actor.Role == RoleFieldOffice {
		f, err := tx.Facility(ctx, i.FacilityID)
		if err != nil {
			return subject, err
		}
		subject.FieldOffice = f.FieldOffice
	}
	return subject, nil
}

// lookAt runs f over an inspection that was loaded before, if the actor may read it in this way.
// Row-level security decides again on everything f loads.
func (s *Service) lookAt(ctx context.Context, actor Actor, i *Inspection, action Action, f func(Tx) error) error {
	return s.store.View(ctx, actor, func(tx Tx) error {
		subject, err := subjectOf(ctx, tx, actor, i)
		if err != nil {
			return err
		}
		if err := Allow(actor, action, subject); err != nil {
			return err
		}
		return f(tx)
	})
}

// look runs f over an inspection the actor may read in the given way.
func (s *Service) look(ctx context.Context, actor Actor, id ID, action Action, f func(Tx, *Inspection) error) error {
	return s.store.View(ctx, actor, func(tx Tx) error {
		i, err := tx.Inspection(ctx, id)
		if err != nil {
			return err
		}
		subject, err := subjectOf(ctx, tx, actor, i)
		if err != nil {
			return err
		}
		if err := Allow(actor, action, subject); err != nil {
			return err
		}
		return f(tx, i)
	})
}
