// Package coreset holds the core sets of fiscal years that ship with Plumbline: data files with their
// sources, one file per version.
//
// Load is strict: a field nobody knows or a fact without a source refuses the file by name. The codes
// are checked against the standards set when the sets are stored.
package coreset

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"go.yaml.in/yaml/v3"

	"plumbline/inspection"
)

//go:embed data
var data embed.FS

// Embedded returns the core sets that ship with Plumbline, ordered by file name. An error means that
// the data files in the source tree are wrong.
func Embedded() ([]inspection.CoreSet, error) { return Load(data, "data") }

// Load reads every core set in folder dir of fsys, ordered by file name. If any is wrong there are
// none, and the error joins what is wrong, file by file.
func Load(fsys fs.FS, dir string) ([]inspection.CoreSet, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("coreset: %w", err)
	}
	var sets []inspection.CoreSet
	var wrong []error
	for _, name := range files {
		set, err := read(fsys, name)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("coreset: %s: %w", path.Base(name), err))
			continue
		}
		sets = append(sets, set)
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return sets, nil
}

// file is a data file's form.
type file struct {
	Set            string `yaml:"set"`
	FiscalYear     int    `yaml:"fiscal_year"`
	LastFiscalYear int    `yaml:"last_fiscal_year"`
	Version        int    `yaml:"version"`
	Name           string `yaml:"name"`
	Partial        bool   `yaml:"partial"`
	Note           string `yaml:"note"`
	Source         string `yaml:"source"`
	// Codes by what is known of them; see inspection.CoreBasis.
	Stated    []string `yaml:"stated"`
	Carried   []string `yaml:"carried"`
	Sometimes []string `yaml:"sometimes"`
}

func read(fsys fs.FS, name string) (inspection.CoreSet, error) {
	content, err := fsys.Open(name)
	if err != nil {
		return inspection.CoreSet{}, err
	}
	defer content.Close()
	var f file
	decoder := yaml.NewDecoder(content)
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil {
		return inspection.CoreSet{}, err
	}
	set := inspection.CoreSet{Set: f.Set, FiscalYear: f.FiscalYear, LastFiscalYear: f.LastFiscalYear, Version: f.Version,
		Name: f.Name, Partial: f.Partial, Note: f.Note, Source: f.Source}
	if set.LastFiscalYear == 0 {
		set.LastFiscalYear = set.FiscalYear
	}
	for _, list := range []struct {
		codes []string
		basis inspection.CoreBasis
	}{{f.Stated, inspection.CoreStated}, {f.Carried, inspection.CoreCarried}, {f.Sometimes, inspection.CoreSometimes}} {
		for _, code := range list.codes {
			set.Standards = append(set.Standards, inspection.CoreStandard{Code: code, Basis: list.basis})
		}
	}
	if set.Version < 1 {
		return set, errors.New("version: must be 1 or more")
	}
	return set, set.Check()
}
