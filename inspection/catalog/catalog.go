// Package catalog reads editions of the detention standards from data files, writes them, and holds
// those that ship with Plumbline: PBNDS 2011 as revised in 2016, and what is known of the others.
//
// An edition is a folder, read by Load: edition.yaml with the edition's own facts, its sources and its
// parts, and one YAML file per standard, or a worksheet (CSV) with a line per requirement, or both. A
// folder with revision.yaml instead says what a new version of a known edition changes. A single
// document, read by Read and written by WriteYAML and WriteCSV, holds the same in one file. Both are strict. A field nobody knows, a reference that leads nowhere,
// a fact that claims more than its source carries: each refuses the whole edition, and the error
// names every fault with file, line and reason. What Load returns can be trusted by all others.
package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

//go:embed data
var data embed.FS

// EmbeddedKey is the key of the edition that Plumbline shipped with first.
const EmbeddedKey = inspection.CrosswalkSet

// Embedded returns the editions that ship with Plumbline: the one of EmbeddedKey, then its revisions,
// then all others ordered by key. An error means that the data files in the source tree are wrong.
func Embedded() ([]*inspection.Edition, error) {
	folders, err := fs.ReadDir(data, "data")
	if err != nil {
		return nil, fmt.Errorf("catalog: embedded editions: %w", err)
	}
	editions := make([]*inspection.Edition, 0, len(folders))
	for _, name := range crosswalkFirst(folders) {
		edition, err := load(data, path.Join("data", name), &editions)
		if err != nil {
			return nil, fmt.Errorf("catalog: embedded edition %s: %w", name, err)
		}
		editions = append(editions, edition)
	}
	return editions, nil
}

// crosswalkFirst orders the folders so that what others build on comes before them.
func crosswalkFirst(folders []fs.DirEntry) []string {
	var first, others []string
	for _, folder := range folders {
		if name := folder.Name(); isVersionOf(name, EmbeddedKey) {
			first = append(first, name)
		} else {
			others = append(others, name)
		}
	}
	return slices.Concat(first, others)
}

// Load reads and checks the edition in folder dir of fsys. The edition comes with its ids and its
// Hash; parts, standards and requirements are in the order of their numbers, whatever the order of
// the files. If anything is wrong, there is no edition and the error joins one Fault per mistake,
// file by file and from the first line to the last; errors.As finds the first.
func Load(fsys fs.FS, dir string) (*inspection.Edition, error) {
	return load(fsys, dir, nil)
}

// load is Load with the editions that the one in the folder may build on; nil stands for those that
// ship with Plumbline.
func load(fsys fs.FS, dir string, known *[]*inspection.Edition) (*inspection.Edition, error) {
	l := newLoader(editionFile, known)
	l.fsys, l.dir = fsys, dir
	if _, err := fs.Stat(fsys, path.Join(dir, revisionFile)); err == nil {
		l.main = revisionFile
		return l.finish(l.revision())
	}
	return l.finish(l.folder())
}

func newLoader(main string, known *[]*inspection.Edition) *loader {
	return &loader{main: main, known: known, claims: map[string]place{}, listed: map[string]bool{},
		sources: map[string]inspection.Source{}, codes: map[string]string{}, defaults: map[string]*yaml.Node{}}
}

// finish checks what can be checked only once everything was read, and seals the edition.
func (l *loader) finish(edition *inspection.Edition) (*inspection.Edition, error) {
	l.checkLines()
	l.crosswalk(edition)
	if len(l.faults) > 0 {
		return nil, l.joined()
	}
	order(edition)
	trace(edition)
	edition.Seal()
	return edition, nil
}

// Hash returns the hex SHA-256 of the edition's canonical form.
func Hash(e *inspection.Edition) string { return inspection.HashEdition(e) }

// loader is one Load at work: what was read so far, and what was wrong with it.
type loader struct {
	fsys   fs.FS // nil if there is nothing but the one document
	dir    string
	main   string // the name of the edition's own file
	faults []*Fault
	// known are the editions that this one may revise or crosswalk to.
	known *[]*inspection.Edition
	// set is the key of the edition's standards set.
	set string
	// requirements counts those read so far.
	requirementCount int
	// defaults are what an empty cell of the worksheet stands for, by column.
	defaults map[string]*yaml.Node
	// crossings lead from a requirement to the one that it crosswalks to.
	crossings []crossing
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
