package inspection_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"

	"plumbline/inspection"
)

// What is one's own is nobody else's, and nothing is the own of nobody.
func TestTheGrantOwn(t *testing.T) {
	t.Parallel()
	actor := inspection.Actor{ID: theMember, Role: inspection.RoleInspector}
	for what, c := range map[string]struct {
		actor inspection.Actor
		owner inspection.ID
		want  bool
	}{
		"their own":              {actor, theMember, true},
		"a colleague's":          {actor, theLead, false},
		"nobody's":               {actor, inspection.ID{}, false},
		"nobody's, to nobody":    {inspection.Actor{Role: inspection.RoleInspector}, inspection.ID{}, false},
		"an administrator":       {inspection.Actor{ID: theLead, Role: inspection.RoleAdmin}, theMember, true},
		"everybody's":            {inspection.Actor{ID: theLead, Role: inspection.RoleAdmin}, inspection.ID{}, true},
		"one of the inspected's": {inspection.Actor{ID: theMember, Role: inspection.RoleFacility}, theMember, false},
	} {
		err := inspection.Allow(c.actor, inspection.ManageDevices, inspection.Subject{Owner: c.owner})
		if (err == nil) != c.want || (err != nil && !inspection.Refused(err, inspection.Forbidden)) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Which keys a device may have, and what counts as signed by one.
func TestWhichKeysADeviceMayHave(t *testing.T) {
	t.Parallel()
	der := func(public crypto.PublicKey) []byte {
		t.Helper()
		text, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	off := der(&p256.PublicKey)
	off[len(off)-1] ^= 1 // no point of the curve
	for what, c := range map[string]struct {
		der  []byte
		want bool
	}{
		"P-256": {der(&p256.PublicKey), true}, "Ed25519": {der(public), true},
		"P-384": {der(&p384.PublicKey), false}, "RSA": {der(&long.PublicKey), false}, "off the curve": {off, false},
		"nothing": {nil, false}, "more than a key": {append(der(public), 0), false}, "half a key": {der(public)[:20], false},
		"a large one": {make([]byte, 1<<20), false},
	} {
		key, err := inspection.ParseDeviceKey(c.der)
		if (err == nil) != c.want || (err != nil && !inspection.Refused(err, inspection.Invalid)) {
			t.Errorf("%s: %v", what, err)
		}
		if c.want && string(key.DER()) != string(c.der) {
			t.Errorf("%s is written in another form", what)
		}
	}
	message := []byte("7Q2MD-K0XWR")
	digest := sha256.Sum256(message)
	r, s, err := ecdsa.Sign(rand.Reader, p256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	raw := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	asn1, err := ecdsa.SignASN1(rand.Reader, p256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		public    crypto.PublicKey
		message   []byte
		signature []byte
		want      bool
	}{
		"by ECDSA":               {&p256.PublicKey, message, raw, true},
		"by Ed25519":             {public, message, ed25519.Sign(private, message), true},
		"in another form":        {&p256.PublicKey, message, asn1, false},
		"of another message":     {&p256.PublicKey, message[1:], raw, false},
		"by another key":         {public, message, raw, false},
		"by nobody":              {&p256.PublicKey, message, nil, false},
		"of zeros":               {&p256.PublicKey, message, make([]byte, 64), false},
		"by Ed25519, cut short":  {public, message, ed25519.Sign(private, message)[:63], false},
		"by Ed25519, of another": {public, message[1:], ed25519.Sign(private, message), false},
	} {
		key, err := inspection.ParseDeviceKey(der(c.public))
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Signed(c.message, c.signature); got != c.want {
			t.Errorf("signed %s: %t", what, got)
		}
	}
}
