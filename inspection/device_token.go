package inspection

import (
	"context"
	"time"
)

// Why an authentic device gets no token.
const (
	// ChallengeRefused: the challenge was answered before.
	ChallengeRefused Code = "CHALLENGE_REFUSED"
	// DeviceRevoked: the device was revoked.
	DeviceRevoked Code = "DEVICE_REVOKED"
	// UserInactive: the device's user has no active account.
	UserInactive Code = "USER_INACTIVE"
	// SignInRequired: the user's last sign-in is too long ago.
	SignInRequired Code = "SIGN_IN_REQUIRED"
)

// DeviceCredential is what a device's assertion is judged by.
type DeviceCredential struct {
	DeviceID ID
	User     Actor
	Active   bool
	Revoked  bool
	Key      DeviceKey
	// SignedInAt is when the user last signed in; nil if never.
	SignedInAt *time.Time
}

// Challenge is one that a device has answered.
type Challenge struct {
	Nonce   []byte
	Expires time.Time
}

// deviceDoor is what is looked up before there is an actor, one statement each.
type deviceDoor interface {
	Doorkeeper
	// RegistrationOf returns what is known of a code that holds at now, by its hash; else the same
	// CodeRefused problem for every reason.
	RegistrationOf(ctx context.Context, hash [32]byte, now time.Time) (RegistrationOf, error)
	// CredentialOf returns a device's credential, else a NotFound problem.
	CredentialOf(ctx context.Context, device ID) (DeviceCredential, error)
	// TakeChallenge takes a challenge once, across all server processes, and notes that the device was
	// heard of and how far its clock is ahead.
	TakeChallenge(ctx context.Context, c Challenge, device ID, offset time.Duration, now time.Time) (taken bool, err error)
}

// DeviceGrant lets a device have a token.
type DeviceGrant struct {
	// Offset is how far the device's clock is ahead.
	Offset time.Duration
	// SignInDue is when it gets no more tokens unless its user has signed in again.
	SignInDue time.Time
}

// CredentialOf returns what a device's assertion is judged by, else a NotFound problem.
func (s *Service) CredentialOf(ctx context.Context, device ID) (DeviceCredential, error) {
	return s.store.CredentialOf(ctx, device)
}

// GrantToken decides whether a device whose signature was verified gets a token, and takes its
// challenge. shown is what its clock shows.
func (s *Service) GrantToken(ctx context.Context, c DeviceCredential, answered Challenge, shown time.Time) (DeviceGrant, error) {
	now := s.now()
	if err := refusal(checkTime("deviceTime", shown)); err != nil {
		return DeviceGrant{}, err
	}
	switch {
	case c.Revoked:
		return DeviceGrant{}, Refuse(DeviceRevoked, "", "this device was revoked: sign in, and push what it still holds with the header Plumbline-Device; it is kept aside for the lead")
	case !c.Active:
		return DeviceGrant{}, Refuse(UserInactive, "", "the device's user has no active account in Plumbline; ask an administrator")
	case c.SignedInAt == nil || now.Sub(*c.SignedInAt) >= s.settings.DeviceSignIn:
		return DeviceGrant{}, Refuse(SignInRequired, "", "the last sign-in is too long ago: sign in, and then ask for a token again; nothing on the device is lost")
	}
	offset := shown.Sub(now)
	taken, err := s.store.TakeChallenge(ctx, answered, c.DeviceID, offset, now)
	if err != nil {
		return DeviceGrant{}, err
	}
	if !taken {
		return DeviceGrant{}, Refuse(ChallengeRefused, "", "this challenge was answered before: ask for a new one")
	}
	return DeviceGrant{Offset: offset, SignInDue: c.SignedInAt.Add(s.settings.DeviceSignIn)}, nil
}
