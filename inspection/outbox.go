package inspection

import (
	"context"
	"fmt"
	"time"
)

// OutboxInput is what a device says of what it still holds for an inspection.
type OutboxInput struct {
	InspectionID ID
	// Waiting is how many writes are not acknowledged yet.
	Waiting int
	// DeviceTime is the device's clock at sending; nil if it does not say.
	DeviceTime *time.Time
}

// DeviceContact is what was heard of a device about an inspection.
type DeviceContact struct {
	InspectionID   ID
	DeviceID       ID
	UserID         ID
	FirstContactAt time.Time
	LastContactAt  time.Time
	// Outbox is nil until the device reported it.
	Outbox   *int
	OutboxAt *time.Time
}

type contactTx interface {
	// DeviceContact loads what was heard of a device, nil if nothing was.
	DeviceContact(ctx context.Context, inspection, device ID) (*DeviceContact, error)
	// SaveDeviceContact writes what was heard of an actor's own device, and the device's clock if it said.
	SaveDeviceContact(ctx context.Context, c DeviceContact, offset *time.Duration) error
	// NoteContact writes that an actor's own device was heard of about those of the inspections that the
	// actor may read, and the device's clock if it said.
	NoteContact(ctx context.Context, device ID, inspections []ID, now time.Time, offset *time.Duration) error
}

// contactEvery is how long after a device was heard of a pull is no news.
const contactEvery = time.Minute

// mostWaiting bounds what a device can say to hold.
const mostWaiting = 1_000_000

// ReportOutbox records what the actor's device still holds unsent for an inspection on whose team the
// actor is. The log keeps a report that differs from the one before; when it was heard is kept anyway.
func (s *Service) ReportOutbox(ctx context.Context, actor Actor, in OutboxInput) (DeviceContact, error) {
	var heard DeviceContact
	if err := in.check(actor); err != nil {
		return heard, err
	}
	_, err := s.change(ctx, actor, in.InspectionID, step{action: ReportOutbox, states: everyState()},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			now := s.now()
			before, err := tx.DeviceContact(ctx, i.ID, actor.Device.ID)
			if err != nil {
				return err
			}
			heard = DeviceContact{InspectionID: i.ID, DeviceID: actor.Device.ID, UserID: actor.ID, FirstContactAt: now,
				LastContactAt: now, Outbox: &in.Waiting, OutboxAt: &now}
			if before != nil {
				heard.FirstContactAt = before.FirstContactAt
			}
			if err := tx.SaveDeviceContact(ctx, heard, in.offset(actor, now)); err != nil {
				return err
			}
			if before != nil && sameValue(before.Outbox, heard.Outbox) {
				return errUnchanged
			}
			detail["device"], detail["waiting"] = actor.Device.ID, in.Waiting
			return nil
		})
	return heard, err
}

// noteContact notes that the actor's device took what is open, and so may hold work by it from now on: it is
// then waited for. The page was read and is good: if this cannot be kept, the pull goes on and the
// fault is told of.
func (s *Service) noteContact(ctx context.Context, actor Actor, unheard []ID) error {
	if len(unheard) == 0 {
		return nil
	}
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		return tx.NoteContact(ctx, actor.Device.ID, unheard, s.now(), actor.Device.offset())
	})
	if err == nil || s.settings.Fault == nil || ctx.Err() != nil {
		return err
	}
	s.settings.Fault(ctx, fmt.Errorf("inspection: contact of device %s: %w", actor.Device.ID, err))
	return nil
}

func (in OutboxInput) check(actor Actor) error {
	switch {
	case actor.Device.ID == ID{}:
		return Refuse(Invalid, "", "the request names no device; sign in as one, or name it in the header Plumbline-Device")
	case actor.Device.Revoked:
		return Refuse(Forbidden, "", "this device was revoked")
	case in.Waiting < 0 || in.Waiting > mostWaiting:
		return Refuse(Invalid, "input.waiting", "a device holds 0 to %d writes", mostWaiting)
	case in.DeviceTime != nil:
		return refusal(checkTime("input.deviceTime", *in.DeviceTime))
	}
	return nil
}

// offset is how far the device's clock is ahead, as this report says or its request said; nil if
// neither does.
func (in OutboxInput) offset(actor Actor, now time.Time) *time.Duration {
	switch {
	case in.DeviceTime != nil:
		ahead := in.DeviceTime.Sub(now)
		return &ahead
	case actor.Device.OffsetKnown:
		return &actor.Device.Offset
	}
	return nil
}
