package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"plumbline/inspection/catalog"
)

func asFault(err error, fault **catalog.Fault) bool { return errors.As(err, fault) }

// Whatever stands in the files, Load returns: an edition whose hash holds, or an error in which each
// line names a file, a line and a reason.
func FuzzLoad(f *testing.F) {
	f.Add(smallEdition, smallMedical)
	f.Add("a: &a [*a]\n", "? {[]: x}\n: - !!int '1'\n")
	f.Add(strings.Repeat("[", 2000), strings.Repeat("a:\n ", 50))
	f.Add("key: \"\\xff\"\n---\n...\n", "\ufeff\x00\xff")
	f.Add(smallEdition, strings.Replace(smallMedical, "'1:12'", "0x1p-2", 1))
	f.Fuzz(func(t *testing.T, edition, standard string) {
		files := small()
		files[editionYAML], files[medicalYAML] = edition, standard
		e, err := catalog.Load(folder(files), "small-1")
		if err == nil {
			if e.Hash != catalog.Hash(e) {
				t.Fatal("the edition's hash is not its hash")
			}
			catalog.NewIndex(e)
			return
		}
		var fault *catalog.Fault
		if e != nil || !asFault(err, &fault) {
			t.Fatalf("edition %v beside error %v", e, err)
		}
		for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
			if !asFault(one, &fault) || fault.File == "" || fault.Line < 1 || fault.Reason == "" {
				t.Fatalf("fault without place or reason: %v", one)
			}
		}
	})
}
