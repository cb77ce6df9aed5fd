package inspection

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"
)

const (
	// codeLetters are digits and capitals of which no two look alike (Crockford's base 32).
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	// codeLength gives a code 50 bits.
	codeLength = 10
	// codeWithin is how long a code holds.
	codeWithin = 10 * time.Minute
	// mostDevices is how many devices a person may have that are not revoked.
	mostDevices = 50
)

// The codes of refusals that only devices meet, at the addresses below /device/.
const (
	// CodeRefused: the registration code is wrong, used or too old; which, nobody is told.
	CodeRefused Code = "CODE_REFUSED"
	// KeyTaken: the key is registered already.
	KeyTaken Code = "KEY_TAKEN"
)

// Registration is a code under which one device may register in its user's name.
type Registration struct {
	UserID    ID
	Hash      [32]byte
	Name      string
	AskedAt   time.Time
	ExpiresAt time.Time
}

// RegistrationOf is a valid code's user, and the device that the code was used for, if any.
type RegistrationOf struct {
	User      Actor
	Name      string
	DeviceID  ID
	DeviceDER []byte
}

// DeviceCode is a registration code for the user to type into the tablet: two groups of five.
type DeviceCode struct {
	Code      string
	ExpiresAt time.Time
}

// StartDeviceRegistration gives the actor a code for one device, which holds for ten minutes. A code
// asked for before holds no longer. name may be empty: the device then brings its own.
func (s *Service) StartDeviceRegistration(ctx context.Context, actor Actor, name string) (DeviceCode, error) {
	if err := Allow(actor, RegisterDevice, Subject{}); err != nil {
		return DeviceCode{}, err
	}
	if err := needSignIn(actor); err != nil {
		return DeviceCode{}, err
	}
	name = strings.TrimSpace(name)
	if err := refusal(checkText("input.name", name, mostWord)); err != nil {
		return DeviceCode{}, err
	}
	now, code := s.now(), newCode()
	r := Registration{UserID: actor.ID, Hash: codeHash(code), Name: name, AskedAt: now, ExpiresAt: now.Add(codeWithin)}
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		if err := tx.SaveRegistration(ctx, r); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: now, Actor: actor, Action: RegisterDevice, Outcome: Done,
			TargetType: "DeviceRegistration", TargetID: actor.ID, Detail: map[string]any{"until": r.ExpiresAt}})
	})
	if err != nil {
		return DeviceCode{}, err
	}
	return DeviceCode{Code: code[:codeLength/2] + "-" + code[codeLength/2:], ExpiresAt: r.ExpiresAt}, nil
}

// RegisterDevice registers the holder of a key under a code, whose user's device it then is. The same
// code and key again, while the code holds, return the same device: its first answer may have been
// lost. Whoever calls this has seen the key's signature of the code.
func (s *Service) RegisterDevice(ctx context.Context, code, name string, key DeviceKey) (Device, error) {
	now, hash := s.now(), codeHash(code)
	asked, err := s.store.RegistrationOf(ctx, hash, now)
	if err != nil {
		return Device{}, err
	}
	if asked.DeviceID != (ID{}) {
		return sameDevice(asked, key)
	}
	d := Device{ID: NewID(), UserID: asked.User.ID, Name: name, Key: &key, RegisteredAt: now, Revision: 1}
	if strings.TrimSpace(name) == "" {
		d.Name = asked.Name
	}
	if d.Name, err = deviceName("name", d.Name); err != nil {
		return Device{}, err
	}
	err = s.addDevice(ctx, asked.User, hash, d)
	if Refused(err, CodeRefused) || Refused(err, KeyTaken) {
		// The same request may have come twice at once.
		if again, lost := s.store.RegistrationOf(ctx, hash, now); lost == nil && again.DeviceID != (ID{}) {
			return sameDevice(again, key)
		}
	}
	if err != nil {
		return Device{}, err
	}
	return d, nil
}

func (s *Service) addDevice(ctx context.Context, actor Actor, hash [32]byte, d Device) error {
	if err := Allow(actor, RegisterDevice, Subject{}); err != nil {
		return err
	}
	return s.store.InTx(ctx, actor, func(tx Tx) error {
		n, err := tx.CountDevices(ctx, actor.ID)
		if err != nil {
			return err
		}
		if n >= mostDevices {
			return Refuse(Conflict, "", "this user has %d devices; revoke one that is no longer used", n)
		}
		added, err := tx.AddDevice(ctx, d)
		if err != nil {
			return err
		}
		if !added {
			return Refuse(KeyTaken, "publicKey", "this key is registered already: make a new pair of keys")
		}
		used, err := tx.UseRegistration(ctx, hash, d.ID, d.RegisteredAt)
		if err != nil {
			return err
		}
		if !used {
			return RefuseDeviceCode()
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: d.RegisteredAt, Actor: actor, Action: RegisterDevice, Outcome: Done,
			TargetType: "Device", TargetID: d.ID, Detail: map[string]any{"user": d.UserID}})
	})
}

// sameDevice returns the device that a code was used for to the holder of its key, and to nobody else.
func sameDevice(asked RegistrationOf, key DeviceKey) (Device, error) {
	if string(asked.DeviceDER) != string(key.DER()) {
		return Device{}, RefuseDeviceCode()
	}
	return Device{ID: asked.DeviceID, UserID: asked.User.ID, Key: &key}, nil
}

// RefuseDeviceCode is the one refusal of a code, whatever is wrong with it.
func RefuseDeviceCode() error {
	return Refuse(CodeRefused, "code", "the code is wrong, used or too old: ask for a new one and type it within ten minutes")
}

func newCode() string {
	random := make([]byte, codeLength)
	rand.Read(random) // never fails
	for n, b := range random {
		random[n] = codeLetters[b%32] // 256 is a multiple of 32: no letter is likelier
	}
	return string(random)
}

// codeHash reads a code as people type it: in either case, with hyphens and spaces, O for 0, I and L for
// 1.
func codeHash(code string) [32]byte {
	plain := strings.Map(func(c rune) rune {
		switch c {
		case '-', ' ':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return c
	}, strings.ToUpper(code))
	return sha256.Sum256([]byte(plain))
}
