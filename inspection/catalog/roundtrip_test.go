package catalog_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plumbline/inspection"
	"plumbline/inspection/catalog"
)

// formats are the two forms in which an edition leaves and enters.
var formats = map[string]func(io.Writer, *inspection.Edition) error{"edition.yaml": catalog.WriteYAML, "edition.csv": catalog.WriteCSV}

func written(t testing.TB, name string, e *inspection.Edition) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := formats[name](&out, e); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Export then import gives the same edition, and so the same hash: of every edition that ships, in both
// formats, to the last field.
func TestExportThenImportGivesTheSameEdition(t *testing.T) {
	t.Parallel()
	known := allEmbedded(t)
	for _, e := range known {
		for name := range formats {
			t.Run(e.Key+" as "+name, func(t *testing.T) {
				t.Parallel()
				text := written(t, name, e)
				again, err := catalog.Read(name, bytes.NewReader(text), known...)
				if err != nil {
					t.Fatal(err)
				}
				if again.Hash != e.Hash {
					t.Errorf("hash %s, want %s", again.Hash, e.Hash)
				}
				if diff := cmp.Diff(e, again); diff != "" {
					t.Errorf("edition (-exported +imported):\n%s", diff)
				}
				if !bytes.Equal(written(t, name, again), text) {
					t.Error("exported again, the text is another")
				}
			})
		}
	}
}
