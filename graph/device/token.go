package device

import (
	"errors"
	"net/http"
	"time"

	"plumbline/graph/auth"
	"plumbline/graph/edge"
)

// challenged is the answer of /device/challenge. Lengths of time are in seconds, since the clock of a
// tablet may be years off.
type challenged struct {
	Challenge  string    `json:"challenge"`
	ServerTime time.Time `json:"serverTime"`
	ExpiresIn  int       `json:"expiresIn"`
}

// challenge gives a challenge to whoever asks.
func (d *Door) challenge(w http.ResponseWriter, _ *http.Request) {
	text, _ := d.tokens.Challenge()
	write(w, challenged{Challenge: text, ServerTime: d.now().UTC(), ExpiresIn: int(auth.ChallengeLifetime / time.Second)})
}

// issued is the answer of /device/token.
type issued struct {
	Token      string    `json:"token"`
	TokenType  string    `json:"tokenType"`
	ExpiresIn  int       `json:"expiresIn"`
	ExpiresAt  time.Time `json:"expiresAt"`
	ServerTime time.Time `json:"serverTime"`
	// ClockOffsetMs is how far the device's clock is ahead of the server's.
	ClockOffsetMs int64 `json:"clockOffsetMs"`
	// SignInDueIn is after how many seconds the user must have signed in again.
	SignInDueIn int64 `json:"signInDueIn"`
}

// token gives a token to a device that has signed a challenge.
func (d *Door) token(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Assertion string `json:"assertion"`
	}
	if !read(w, r, &in) {
		return
	}
	assertion, err := d.tokens.ReadAssertion(r.Context(), in.Assertion, d.service.CredentialOf)
	var bad *auth.Error
	if errors.As(err, &bad) {
		d.log.InfoContext(r.Context(), "device assertion refused", "reason", bad.Reason)
		edge.Refuse(w, r, http.StatusUnauthorized, codeAssertion, bad.Reason)
		return
	}
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	device := assertion.Device
	if !d.within(w, r, d.devices, device.DeviceID.String()) {
		return
	}
	grant, err := d.service.GrantToken(r.Context(), device, assertion.Challenge, assertion.Shown)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	text, expires, err := d.tokens.Issue(device.User.ID, device.DeviceID, grant.Offset)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	now := d.now().UTC()
	write(w, issued{Token: text, TokenType: "Bearer", ExpiresIn: int(auth.TokenLifetime / time.Second), ExpiresAt: expires, ServerTime: now,
		ClockOffsetMs: grant.Offset.Milliseconds(), SignInDueIn: int64(grant.SignInDue.Sub(now) / time.Second)})
}
