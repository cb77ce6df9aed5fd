// Package catalog reads editions of the detention standards from data files and holds the one that
// ships with Plumbline, PBNDS 2011 as revised in 2016.
//
// An edition is a folder: edition.yaml with the edition's own facts, its sources and its parts, and
// one YAML file per standard. Load is strict. A field nobody knows, a reference that leads nowhere,
// a fact that claims more than its source carries: each refuses the whole edition, and the error
// names every fault with file, line and reason. What Load returns can be trusted by all others.
package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"

	"plumbline/inspection"
)

//go:embed data
var data embed.FS

// EmbeddedKey is the key of the edition that ships with Plumbline.
const EmbeddedKey = "pbnds-2011-r2016"

// Embedded returns the editions that ship with Plumbline, ordered by key. An error means that the
// data files in the source tree are wrong.
func Embedded() ([]*inspection.Edition, error) {
	folders, err := fs.ReadDir(data, "data")
	if err != nil {
		return nil, fmt.Errorf("catalog: embedded editions: %w", err)
	}
	var editions []*inspection.Edition
	for _, folder := range folders {
		edition, err := Load(data, path.Join("data", folder.Name()))
		if err != nil {
			return nil, fmt.Errorf("catalog: embedded edition %s: %w", folder.Name(), err)
		}
		editions = append(editions, edition)
	}
	return editions, nil
}

// Load reads and checks the edition in folder dir of fsys. The edition comes with its ids and its
// Hash; parts, standards and requirements are in the order of their numbers, whatever the order of
// the files. If anything is wrong, there is no edition and the error joins one Fault per mistake,
// file by file and from the first line to the last; errors.As finds the first.
func Load(fsys fs.FS, dir string) (*inspection.Edition, error) {
	l := &loader{fsys: fsys, dir: dir, claims: map[string]place{}, listed: map[string]bool{},
		sources: map[string]inspection.Source{}, codes: map[string]string{}}
	edition := l.edition()
	l.checkLines()
	if len(l.faults) > 0 {
		return nil, l.joined()
	}
	order(edition)
	identify(edition)
	trace(edition)
	edition.Hash = Hash(edition)
	return edition, nil
}

// loader is one Load at work: what was read so far, and what was wrong with it.
type loader struct {
	fsys   fs.FS
	dir    string
	faults []*Fault
	// claims are the names that may be used only once, with the place of their first use.
	claims map[string]place
	// sources are the edition's sources by key.
	sources map[string]inspection.Source
	// listed are the files that edition.yaml names.
	listed map[string]bool
	// codes says which standard owns a code or code variant.
	codes map[string]string
	// lines are the worksheet lines used, to be checked once all codes are known.
	lines []lineUse
}

// claim takes a name that must be unique in the edition. A second use is a fault, and false.
func (l *loader) claim(at place, kind, name string) bool {
	first, taken := l.claims[kind+" "+name]
	if taken {
		l.fault(at, "%s %q is already used at %s:%d", kind, name, first.file, first.line)
		return false
	}
	l.claims[kind+" "+name] = at
	return true
}
