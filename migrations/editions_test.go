package migrations_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/migrations"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// before is the edition as the first release stored it: without what came later.
func before(t *testing.T, e *inspection.Edition) []byte {
	t.Helper()
	content, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	forget(document, "Set", "Version", "Supersedes", "Lineage", "Population", "Sighting", "Confirmation", "PartialReason")
	if content, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte(`"Lineage"`)) {
		t.Fatal("the document was not made old")
	}
	return content
}

func forget(value any, names ...string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range names {
			delete(v, name)
		}
		for _, child := range v {
			forget(child, names...)
		}
	case []any:
		for _, child := range v {
			forget(child, names...)
		}
	}
}

// An edition that the first release stored becomes the first version of its own set. Its content and its
// hash stay, its requirements are their own lineage, and the next version follows it.
func TestAStoredEditionBecomesTheFirstVersionOfItsSet(t *testing.T) {
	t.Parallel()
	db := storagetest.EmptyDatabase(t)
	if err := migrations.UpTo(t.Context(), db.OwnerURL, 1); err != nil {
		t.Fatal(err)
	}
	shipped, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	first := shipped[0]
	conn, err := pgx.Connect(t.Context(), db.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	old := before(t, first)
	if _, err := conn.Exec(t.Context(), "insert into edition (id, key, title, partial, hash, content, loaded_at) values ($1, $2, $3, true, $4, $5, now())",
		first.ID, first.Key, first.Title, first.Hash, old); err != nil {
		t.Fatal(err)
	}
	st := first.Standards()[0]
	if _, err := conn.Exec(t.Context(), "insert into standard (id, edition_id, part, part_name, number, code, title, position) values ($1, $2, 1, 'Safety', $3, $4, $5, 0)",
		st.ID, first.ID, st.Number, st.Code, st.Title); err != nil {
		t.Fatal(err)
	}
	r := st.Requirements[0]
	if _, err := conn.Exec(t.Context(), `insert into requirement (id, edition_id, standard_id, key, text, citation, citation_seen, strength, priority, position)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)`, r.ID, first.ID, st.ID, r.Key, r.Text, r.Citation, r.CitationSeen, r.Strength, r.Priority); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(t.Context(), db.OwnerURL); err != nil {
		t.Fatal(err)
	}

	var set, supersedes, lineage string
	var version int
	var content []byte
	if err := conn.QueryRow(t.Context(), "select e.standards_set, e.version, e.supersedes, e.content, r.lineage from edition e join requirement r on r.edition_id = e.id").
		Scan(&set, &version, &supersedes, &content, &lineage); err != nil {
		t.Fatal(err)
	}
	if set != first.Key || version != 1 || supersedes != "" || lineage != r.Key || !bytes.Equal(content, old) {
		t.Errorf("set %q, version %d, supersedes %q, lineage %q, content kept: %t", set, version, supersedes, lineage, bytes.Equal(content, old))
	}
	store, err := storage.Open(t.Context(), storage.Config{URL: db.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	service := inspection.NewService(store, nil, time.Now, inspection.Settings{})
	read, err := service.Edition(t.Context(), inspection.System(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if inspection.HashEdition(read) != first.Hash || read.Set != first.Key || read.Version != 1 || read.Standards()[0].Requirements[0].Lineage != r.Key {
		t.Errorf("read as %s version %d with the hash %s", read.Set, read.Version, inspection.HashEdition(read))
	}
	added, kept, err := service.LoadEditions(t.Context(), inspection.System(), shipped)
	if err != nil || len(added) != len(shipped)-1 || len(kept) != 0 {
		t.Errorf("%d editions added, %d kept: %v", len(added), len(kept), err)
	}
}
