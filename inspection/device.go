package inspection

import (
	"context"
	"time"
)

// Device is a tablet that was registered in its user's hands. It is known by the public half of a key
// that never leaves it.
type Device struct {
	ID     ID
	UserID ID
	Name   string
	// Key is the public key; nil where it was not asked for.
	Key          *DeviceKey
	RegisteredAt time.Time
	// LastSeenAt is when it was last heard of, to about a minute; nil if it never was.
	LastSeenAt *time.Time
	// ClockOffset is how far its clock was ahead of the server's when it last said what it shows; nil if
	// it never did.
	ClockOffset *time.Duration
	// Outbox is what it last said of each inspection whose fieldwork the actor may see, the newest word
	// first; the older ones are left out where they are many.
	Outbox    []DeviceOutbox
	RevokedAt *time.Time
	RevokedBy *ID
	// RevokedReason is empty while it is not revoked.
	RevokedReason string
	Revision      int
	// LastSignInAt is when the user last signed in, to about an hour; nil if never. SignInDueAt is when
	// the device gets no more tokens unless the user has signed in again.
	LastSignInAt *time.Time
	SignInDueAt  *time.Time
}

// DeviceOutbox is how many writes for an inspection a device last said that it holds unsent.
type DeviceOutbox struct {
	InspectionID ID
	Waiting      int
	ReportedAt   time.Time
}

// ClockOffsetMs is ClockOffset in milliseconds.
func (d *Device) ClockOffsetMs() *int64 {
	if d.ClockOffset == nil {
		return nil
	}
	ms := d.ClockOffset.Milliseconds()
	return &ms
}

// DeviceQuery selects devices, the last registered first.
type DeviceQuery struct {
	// UserID is whose; zero is the actor's own, or everybody's if that is asked for.
	UserID    ID
	Everybody bool
	After     *DeviceCursor
	Limit     int
}

// DeviceCursor is a place in the list: after the device with this registration and id.
type DeviceCursor struct {
	RegisteredAt time.Time
	ID           ID
}

// DevicePage is a page of devices; More says whether others follow.
type DevicePage struct {
	Devices []Device
	More    bool
}

// deviceTx keeps devices and the codes they register under.
type deviceTx interface {
	// Device loads a device; LockDevice also holds its row until the transaction ends.
	Device(ctx context.Context, id ID) (*Device, error)
	LockDevice(ctx context.Context, id ID) (*Device, error)
	ListDevices(ctx context.Context, q DeviceQuery) (DevicePage, error)
	// CountDevices counts a person's devices that are not revoked.
	CountDevices(ctx context.Context, user ID) (int, error)
	// AddDevice adds a device unless its key is another's.
	AddDevice(ctx context.Context, d Device) (added bool, err error)
	// SaveDevice writes name, revocation and revision.
	SaveDevice(ctx context.Context, d *Device) error
	// SaveRegistration puts a code in the place of the user's last.
	SaveRegistration(ctx context.Context, r Registration) error
	// UseRegistration marks a valid and unused code as used for the device.
	UseRegistration(ctx context.Context, hash [32]byte, device ID, now time.Time) (used bool, err error)
}

// Devices lists the actor's own devices, or those that an administrator asks for, revoked ones among
// them.
func (s *Service) Devices(ctx context.Context, actor Actor, q DeviceQuery) (DevicePage, error) {
	switch {
	case q.UserID != ID{}:
		q.Everybody = false
	case !q.Everybody:
		q.UserID = actor.ID
	}
	var page DevicePage
	if err := Allow(actor, ReadDevices, Subject{Owner: q.UserID}); err != nil {
		return page, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		page, err = tx.ListDevices(ctx, q)
		return err
	})
	for n := range page.Devices {
		s.signInDue(&page.Devices[n])
	}
	return page, err
}

// Device returns a device to its owner or an administrator.
func (s *Service) Device(ctx context.Context, actor Actor, id ID) (*Device, error) {
	var d *Device
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		if d, err = tx.Device(ctx, id); err != nil {
			return err
		}
		return Allow(actor, ReadDevices, Subject{Owner: d.UserID})
	})
	if err != nil {
		return nil, err
	}
	return s.signInDue(d), nil
}

func (s *Service) signInDue(d *Device) *Device {
	if d.LastSignInAt != nil {
		due := d.LastSignInAt.Add(s.settings.DeviceSignIn)
		d.SignInDueAt = &due
	}
	return d
}

// RenameDevice gives a device another name. The same name again changes nothing.
func (s *Service) RenameDevice(ctx context.Context, actor Actor, id ID, name string) (*Device, error) {
	name, err := deviceName("input.name", name)
	if err != nil {
		return nil, err
	}
	return s.changeDevice(ctx, actor, id, map[string]any{"renamed": true}, func(d *Device) bool {
		changed := d.Name != name
		d.Name = name
		return changed
	})
}

// RevokeDevice revokes a device for good: it gets no more tokens, reads nothing, and what it still
// brings is kept aside. One that is revoked already stays as it is.
func (s *Service) RevokeDevice(ctx context.Context, actor Actor, id ID, reason string) (*Device, error) {
	reason, err := given("input.reason", reason, "say why the device is revoked")
	if err != nil {
		return nil, err
	}
	return s.changeDevice(ctx, actor, id, map[string]any{"revoked": true}, func(d *Device) bool {
		if d.RevokedAt != nil {
			return false
		}
		now := s.now()
		d.RevokedAt, d.RevokedBy, d.RevokedReason = &now, &actor.ID, reason
		return true
	})
}

// changeDevice locks a device that the actor may manage, applies f, and saves it with its audit event
// if f changed it.
func (s *Service) changeDevice(ctx context.Context, actor Actor, id ID, detail map[string]any, f func(*Device) bool) (*Device, error) {
	var d *Device
	if err := needSignIn(actor); err != nil {
		return nil, err
	}
	err := s.store.InTx(ctx, actor, func(tx Tx) (err error) {
		if d, err = tx.LockDevice(ctx, id); err != nil {
			return err
		}
		if err := Allow(actor, ManageDevices, Subject{Owner: d.UserID}); err != nil {
			return err
		}
		if !f(d) {
			return nil
		}
		d.Revision++
		if err := tx.SaveDevice(ctx, d); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageDevices, Outcome: Done,
			TargetType: "Device", TargetID: d.ID, Detail: detail})
	})
	if err != nil {
		return nil, err
	}
	return s.signInDue(d), nil
}

// needSignIn refuses a device's own token: whoever holds a tablet must not make another one trusted,
// or shut out those of its user.
func needSignIn(actor Actor) error {
	if actor.Device.ByKey {
		return Refuse(Forbidden, "", "devices are managed after a sign-in, and not with a device's own token: sign in")
	}
	return nil
}

// deviceName returns a name without the space around it.
func deviceName(path, name string) (string, error) {
	name, err := given(path, name, "give the device a name that its user knows it by")
	if err != nil {
		return "", err
	}
	return name, refusal(checkText(path, name, mostWord))
}
