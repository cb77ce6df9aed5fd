package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"plumbline/inspection"
)

const (
	// ChallengeLifetime is how long a device may take to answer a challenge, over a bad link.
	ChallengeLifetime = 5 * time.Minute
	challengeVersion  = 1
	nonceSize         = 16
	// challengeSize is version, nonce, expiry in Unix seconds, and HMAC-SHA-256 of these.
	challengeSize = 1 + nonceSize + 8 + sha256.Size
)

// Challenge returns a new challenge for a device to sign, and when it expires. Nothing is kept of it:
// it carries its own proof.
func (t *Tokens) Challenge() (string, time.Time) {
	expires := t.now().UTC().Truncate(time.Second).Add(ChallengeLifetime)
	body := make([]byte, 1+nonceSize, challengeSize)
	body[0] = challengeVersion
	rand.Read(body[1:]) // never fails
	body = binary.BigEndian.AppendUint64(body, uint64(expires.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(body, t.proof(body)...)), expires
}

// readChallenge returns a challenge that is ours and still holds. Whether it was answered before, the
// database knows.
func (t *Tokens) readChallenge(text string) (inspection.Challenge, error) {
	if len(text) != base64.RawURLEncoding.EncodedLen(challengeSize) {
		return inspection.Challenge{}, refused("the challenge is not one of this server: ask for a new one")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || raw[0] != challengeVersion || !hmac.Equal(raw[challengeSize-sha256.Size:], t.proof(raw[:challengeSize-sha256.Size])) {
		return inspection.Challenge{}, refused("the challenge is not one of this server: ask for a new one")
	}
	expires := time.Unix(int64(binary.BigEndian.Uint64(raw[1+nonceSize:])), 0).UTC()
	if !t.now().Before(expires) {
		return inspection.Challenge{}, refused("the challenge is too old: ask for a new one")
	}
	return inspection.Challenge{Nonce: raw[1 : 1+nonceSize], Expires: expires}, nil
}

func (t *Tokens) proof(body []byte) []byte {
	h := hmac.New(sha256.New, t.seal)
	h.Write(body)
	return h.Sum(nil)
}
