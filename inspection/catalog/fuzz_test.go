package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"plumbline/inspection"
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

// Whatever stands in a document, Read returns an edition that is written and read again as the same, or
// an error as Load's.
func FuzzRead(f *testing.F) {
	f.Add(true, sheetHead+sheetTable)
	f.Add(true, "# a: [\ncode,text\n\"")
	f.Add(true, sheetHead+"text,code\n'=x,EP-1\n''=x,EP-2\n")
	f.Add(false, "key: x\nparts: []\npartial_reason: ''\n")
	f.Add(false, strings.Repeat("- ", 5000))
	f.Fuzz(func(t *testing.T, sheet bool, text string) {
		name := "edition.yaml"
		if sheet {
			name = "edition.csv"
		}
		e, err := catalog.Read(name, strings.NewReader(text), &inspection.Edition{})
		if err != nil {
			var fault *catalog.Fault
			if e != nil || !asFault(err, &fault) || fault.Line < 1 || fault.Reason == "" {
				t.Fatalf("edition %v beside error %v", e, err)
			}
			return
		}
		for other, write := range formats {
			var out strings.Builder
			if err := write(&out, e); err != nil {
				t.Fatal(err)
			}
			again, err := catalog.Read(other, strings.NewReader(out.String()), &inspection.Edition{})
			if err != nil || again.Hash != e.Hash {
				t.Fatalf("as %s it is another: %v\n%s", other, err, out.String())
			}
		}
	})
}
