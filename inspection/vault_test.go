package inspection_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plumbline/inspection"
)

func publicPEM(t *testing.T, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func vaultPair(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What the server publishes is all that a tablet needs to seal, and only the private half opens it:
// for its own inspection and under its own id.
func TestANoteSealedToThePublishedKeyOpensWithThePrivateHalfAlone(t *testing.T) {
	t.Parallel()
	private, stranger := vaultPair(t, elliptic.P256()), vaultPair(t, elliptic.P256())
	keys, err := inspection.ReadVaultKeys([]byte(publicPEM(t, private.Public())))
	if err != nil || len(keys) != 1 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	published, err := base64.StdEncoding.DecodeString(keys[0].PublicText())
	if err != nil {
		t.Fatal(err)
	}
	kem, kdf, aead := hpke.DHKEM(ecdh.P256()), hpke.HKDFSHA256(), hpke.AES256GCM()
	public, err := kem.NewPublicKey(published)
	if err != nil {
		t.Fatal(err)
	}
	visit, note := inspection.NewID(), inspection.NewID()
	sealed, err := hpke.Seal(public, kdf, aead, inspection.NoteInfo(visit, note), []byte("what was said"))
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != 65+len("what was said")+16 {
		t.Errorf("%d bytes", len(sealed))
	}
	open := func(with *ecdsa.PrivateKey, info []byte) (string, error) {
		half, err := with.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		key, err := hpke.NewDHKEMPrivateKey(half)
		if err != nil {
			t.Fatal(err)
		}
		text, err := hpke.Open(key, kdf, aead, info, sealed)
		return string(text), err
	}
	if text, err := open(private, inspection.NoteInfo(visit, note)); err != nil || text != "what was said" {
		t.Errorf("opened: %q, %v", text, err)
	}
	for what, attempt := range map[string]func() (string, error){
		"another key":        func() (string, error) { return open(stranger, inspection.NoteInfo(visit, note)) },
		"another inspection": func() (string, error) { return open(private, inspection.NoteInfo(inspection.NewID(), note)) },
		"another note's id":  func() (string, error) { return open(private, inspection.NoteInfo(visit, inspection.NewID())) },
	} {
		if text, err := attempt(); err == nil {
			t.Errorf("%s opens it: %q", what, text)
		}
	}
}

// The worked example of docs/interview-notes.md, with the key pair of RFC 6979, appendix A.2.5.
func TestTheWorkedExampleOfTheManualOpens(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../docs/interview-notes.md")
	if err != nil {
		t.Fatal(err)
	}
	example := func(what string) string {
		_, rest, found := strings.Cut(string(manual), "\n"+what+": ")
		line, _, ended := strings.Cut(rest, "\n")
		if !found || !ended {
			t.Fatalf("the manual's example has no line %q", what)
		}
		return line
	}
	scalar, err := hex.DecodeString(example("private key"))
	if err != nil {
		t.Fatal(err)
	}
	private, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	key := inspection.NewVaultKey(private.PublicKey())
	if key.ID != example("id") || key.Algorithm() != example("algorithm") || key.PublicText() != example("publicKey") {
		t.Errorf("the key is %s %s %s", key.ID, key.Algorithm(), key.PublicText())
	}
	info := inspection.NoteInfo(uuid.MustParse(example("inspectionId")), uuid.MustParse(example("note id")))
	if string(info) != example("info") {
		t.Errorf("info %q", info)
	}
	sealed, err := base64.StdEncoding.DecodeString(example("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	opener, err := hpke.NewDHKEMPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := hpke.Open(opener, hpke.HKDFSHA256(), hpke.AES256GCM(), info, sealed); err != nil || string(text) != example("text") {
		t.Errorf("opened: %q, %v", text, err)
	}
}

func TestVaultKeysAreReadFromPublicKeysAlone(t *testing.T) {
	t.Parallel()
	first, second := vaultPair(t, elliptic.P256()), vaultPair(t, elliptic.P256())
	both := publicPEM(t, first.Public()) + "\n" + publicPEM(t, second.Public())
	keys, err := inspection.ReadVaultKeys([]byte(both))
	if err != nil || len(keys) != 2 || keys[0].ID == keys[1].ID {
		t.Fatalf("%v, %v", keys, err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(first)
	if err != nil {
		t.Fatal(err)
	}
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{
		"holds a private key":                          string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		"is not one or more public keys in PEM":        "swordfish",
		"is not one or more public keys in PEM ":       both + "swordfish",
		"a block that is no public key":                string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")})),
		"a public key that is not of the curve P-256":  publicPEM(t, edwards),
		"a public key that is not of the curve P-256 ": publicPEM(t, vaultPair(t, elliptic.P384()).Public()),
	} {
		_, err := inspection.ReadVaultKeys([]byte(text))
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) {
			t.Errorf("want %q, got %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "swordfish") {
			t.Errorf("repeats the text: %v", err)
		}
	}
}
