package tablet_test

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// vaultKey is the key that the server publishes for interview notes.
type vaultKey struct {
	ID        string `json:"id"`
	PublicKey string `json:"publicKey"`
}

// newVault makes a pair of keys for interview notes and returns the public half as the operator sets it.
func (w *world) newVault(t *testing.T) string {
	t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if w.vault, err = hpke.NewDHKEMPrivateKey(private); err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (f *fleet) publishedKey(t *testing.T) vaultKey {
	t.Helper()
	var data struct{ VaultKey vaultKey }
	f.ask(t, f.tokens[0], `{ vaultKey { id publicKey } }`, nil, &data)
	return data.VaultKey
}

// addOne has a tablet record something that is no answer: a declaration, a finding, an observation or an
// interview note in turn, and then revise a finding and an observation.
func (f *fleet) addOne(tablet int, d *tablet, n int, about item) error {
	id, words := inspection.NewID().String(), fmt.Sprintf("tablet %d adds after %d", tablet, n)
	added := document{"id": id, "inspectionId": f.inspection}
	now := time.Now().UTC().Format(time.RFC3339)
	command := map[string]any{"documents": []document{added}}
	f.mu.Lock()
	turn := f.turns[tablet] % 6
	f.turns[tablet]++
	f.mu.Unlock()
	switch turn {
	case 4:
		return f.reviseOne(tablet, d, "finding", words)
	case 5:
		return f.reviseOne(tablet, d, "observation", words)
	case 0:
		sum := sha256.Sum256([]byte(words))
		command["collection"] = "evidence"
		added["requirementId"], added["sha256"], added["size"], added["mediaType"] = about.requirement, hex.EncodeToString(sum[:]), len(words), "image/jpeg"
		added["class"], added["capturedFrom"], added["capturedTo"], added["caption"] = "NONE", now, now, words
		added["place"], added["device"] = "unit B", d.name
	case 1:
		command["collection"] = "finding"
		added["kind"], added["requirementId"], added["text"] = inspection.Note, about.requirement, words
	case 2:
		command["collection"] = "observation"
		added["requirementId"], added["text"], added["place"], added["observedAt"] = about.requirement, words, "unit B", now
	case 3:
		command["collection"], command["key"], added["words"] = "interviewNote", f.key, words
	}
	if err := d.do(nil, "add", command); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.added[command["collection"].(string)] = append(f.added[command["collection"].(string)], added)
	f.words[id] = append(f.words[id], words)
	return nil
}

// reviseOne has a tablet write something else in a document that it holds: one of its user's, or, of the first two
// people, one of either's.
func (f *fleet) reviseOne(tablet int, d *tablet, collection, words string) error {
	documents, err := d.documents(collection)
	if err != nil {
		return err
	}
	var mine []string
	f.mu.Lock()
	for _, held := range documents {
		for by := range tablets {
			if shareOf(by) == shareOf(tablet) && slices.ContainsFunc(f.words[held.text("id")], func(said string) bool { return strings.HasPrefix(said, fmt.Sprintf("tablet %d adds", by)) }) {
				mine = append(mine, held.text("id"))
				break
			}
		}
	}
	f.mu.Unlock()
	if len(mine) == 0 {
		return nil
	}
	id := mine[f.random(tablet, 3).IntN(len(mine))]
	f.mu.Lock()
	f.words[id] = append(f.words[id], words)
	f.mu.Unlock()
	return d.do(nil, "edit", map[string]any{"collection": collection, "documents": []document{{"id": id, "text": words}}})
}

// written reads every version of the findings or observations, by document. Only the database's superuser can.
func (f *fleet) written(t *testing.T, collection string) map[string][]document {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.database.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), fmt.Sprintf(`select %[1]s_id::text, revision::float8, author_id::text, content ->> 'text' from %[1]s_revision
		where inspection_id = $1 order by 1, 2`, collection), f.inspection)
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string][]document{}
	var id, author, text string
	var revision float64
	if _, err := pgx.ForEachRow(rows, []any{&id, &revision, &author, &text}, func() error {
		versions[id] = append(versions[id], document{"revision": revision, "authorId": author, "text": text})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return versions
}

// whatWasRevisedIsKept: each acknowledged text of a finding or an observation is a version by its author or a
// refused write, no text is a version twice, and nothing is a version that nobody wrote.
func (f *fleet) whatWasRevisedIsKept(t *findings, r record) {
	for _, collection := range []string{"finding", "observation"} {
		versions := r.written[collection]
		f.rowsOf(collection, func(d *tablet, row row) {
			id, author, text := row.Document.text("id"), d.user.ID.String(), row.Document.text("text")
			byThem := func(v document) bool { return v.text("authorId") == author && v.text("text") == text }
			keptAside := func(k kept) bool { return k.UserID == author && k.pushed.text("text") == text }
			if text != row.Assumed.text("text") && !slices.ContainsFunc(versions[id], byThem) && !slices.ContainsFunc(r.kept[id], keptAside) {
				t.add("%s: an acknowledged %s is lost: %v over %v", d.name, collection, row.Document, row.Assumed)
			}
		})
		revised := 0
		for id, all := range versions {
			seen := map[string]bool{}
			for n, v := range all {
				if v["revision"] != float64(n+1) || seen[v.text("text")] || !slices.Contains(f.words[id], v.text("text")) {
					t.add("version %d of %s %s is %v, among %v", n+1, collection, id, v, all)
				}
				seen[v.text("text")] = true
			}
			revised += len(all) - 1
		}
		if revised == 0 {
			t.add("no %s was revised", collection)
		}
	}
}

// sealedNotes reads what the server keeps of the interview notes. Only the database's superuser can.
func (f *fleet) sealedNotes(t *testing.T) map[string][]byte {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.database.SuperuserURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `select id::text, sealed from interview_note where inspection_id = $1`, f.inspection)
	if err != nil {
		t.Fatal(err)
	}
	notes := map[string][]byte{}
	var id string
	var sealed []byte
	if _, err := pgx.ForEachRow(rows, []any{&id, &sealed}, func() error {
		notes[id] = append([]byte(nil), sealed...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return notes
}

// everythingElseArrived: each declaration, finding, observation and note is there once, as it was recorded;
// the notes open with the vault's key, and say what was noted.
func (f *fleet) everythingElseArrived(t *findings, r record) {
	for _, c := range collections[1:4] {
		server := map[string]document{}
		for _, d := range r.documents[c.name] {
			server[d.text("id")] = d
		}
		if len(server) != len(r.documents[c.name]) || len(server) != len(f.added[c.name]) {
			t.add("%d of %s were recorded; a new tablet pulls %d, %d different", len(f.added[c.name]), c.name, len(r.documents[c.name]), len(server))
		}
		for _, d := range f.added[c.name] {
			if text := server[d.text("id")].text("text"); d.text("text") != "" && !slices.Contains(f.words[d.text("id")], text) {
				t.add("%s: %s says what nobody wrote: %s", c.name, d.text("id"), text)
			}
			for _, field := range c.stated {
				if field == "text" {
					continue // it may have been revised
				}
				if stated, there := d[field]; there && !same(stated, server[d.text("id")][field]) {
					t.add("%s: %s was recorded as %v and is %v", c.name, field, d, server[d.text("id")])
				}
			}
		}
	}
	if len(r.notes) != len(f.added["interviewNote"]) {
		t.add("%d notes were taken and %d are there", len(f.added["interviewNote"]), len(r.notes))
	}
	for _, d := range f.added["interviewNote"] {
		info := fmt.Sprintf("plumbline interview note 1 %s %s", f.inspection, d.text("id"))
		words, err := hpke.Open(f.vault, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info), r.notes[d.text("id")])
		if err != nil || string(words) != d.text("words") {
			t.add("the note %v opens as %q, %v", d, words, err)
		}
	}
}
