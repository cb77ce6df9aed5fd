package roster

import (
	"embed"
	"encoding/csv"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"plumbline/inspection"
)

//go:embed data/*.csv
var data embed.FS

// Roster is a set of facilities and what was published about them.
type Roster struct {
	// Facilities are ordered by code, those without one by name, state and street.
	Facilities []inspection.Facility
	// Ratings are ordered by facility, then by date.
	Ratings []inspection.ExternalRating
}

// Seed returns the embedded roster: 1,004 facilities and 2,293 ratings, with ids that are the same
// in every installation. An error names the data file, the line and the reason.
func Seed() (Roster, error) {
	seed, err := readSeed(data)
	if err != nil {
		return Roster{}, fmt.Errorf("roster: seed: %w", err)
	}
	return seed, nil
}

// facilityKey is what a facility's id is derived from.
func facilityKey(detloc, name, state, street string) string {
	if detloc != "" {
		return detloc
	}
	return strings.ToUpper(strings.Join([]string{name, state, street}, "|"))
}

func readSeed(files fs.FS) (Roster, error) {
	sources, err := readSources(files)
	if err != nil {
		return Roster{}, err
	}
	facilities, err := readFacilities(files, sources)
	if err != nil {
		return Roster{}, err
	}
	if err := readAliases(files, sources, facilities); err != nil {
		return Roster{}, err
	}
	ratings, err := readRatings(files, sources, facilities)
	if err != nil {
		return Roster{}, err
	}
	return Roster{Facilities: facilities, Ratings: ratings}, nil
}

// record is one line of a data file, read by column name. The first fault sticks.
type record struct {
	file   string
	line   int
	fields map[string]string
	fault  error
}

func readFile(files fs.FS, name string) ([]*record, error) {
	file, err := files.Open("data/" + name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	heads, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: headings: %w", name, err)
	}
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	records := make([]*record, len(lines))
	for i, line := range lines {
		records[i] = &record{file: name, line: i + 2, fields: map[string]string{}}
		for j, head := range heads {
			records[i].fields[head] = line[j]
		}
	}
	return records, nil
}

func (r *record) fail(column, reason string) {
	if r.fault == nil {
		r.fault = fmt.Errorf("%s line %d: %s %q: %s", r.file, r.line, column, r.fields[column], reason)
	}
}

func (r *record) text(column string) string {
	value, ok := r.fields[column]
	if !ok {
		r.fail(column, "no such column")
	}
	return value
}

func (r *record) required(column string) string {
	value := r.text(column)
	if value == "" {
		r.fail(column, "is empty")
	}
	return value
}

func (r *record) day(column string) time.Time {
	if r.text(column) == "" {
		return time.Time{}
	}
	on, err := time.Parse(time.DateOnly, r.text(column))
	if err != nil {
		r.fail(column, "is no date")
	}
	return on
}

func (r *record) yes(column string) bool { return r.flag(column) != nil && *r.flag(column) }

func (r *record) flag(column string) *bool {
	var is bool
	switch r.text(column) {
	case "":
		return nil
	case "yes":
		is = true
	case "no":
	default:
		r.fail(column, "is neither yes nor no")
	}
	return &is
}

func (r *record) whole(column string) *int {
	if r.text(column) == "" {
		return nil
	}
	n, err := strconv.Atoi(r.text(column))
	if err != nil || n < 0 {
		r.fail(column, "is no whole number")
	}
	return &n
}

func (r *record) number(column string) *float64 {
	if r.text(column) == "" {
		return nil
	}
	n, err := strconv.ParseFloat(r.text(column), 64)
	if err != nil {
		r.fail(column, "is no number")
	}
	return &n
}

// normal applies a table of normal forms to a column that must be empty or in it.
func normal[T ~string](r *record, column string, table func(string) (T, bool), none T) T {
	if r.text(column) == "" {
		return none
	}
	value, ok := table(r.text(column))
	if !ok {
		r.fail(column, "has no normal form")
	}
	return value
}

// source is a file that facts were taken from.
type source struct {
	name string
	date time.Time
}

func readSources(files fs.FS) (map[string]source, error) {
	records, err := readFile(files, "sources.csv")
	if err != nil {
		return nil, err
	}
	sources := map[string]source{}
	for _, r := range records {
		id := r.required("id")
		if _, twice := sources[id]; twice {
			r.fail("id", "is used twice")
		}
		r.required("date")
		sources[id] = source{name: r.required("name"), date: r.day("date")}
		if r.fault != nil {
			return nil, r.fault
		}
	}
	return sources, nil
}

// source returns the source that a column names by its id.
func (r *record) source(column string, sources map[string]source) source {
	if r.text(column) == "" {
		return source{}
	}
	found, ok := sources[r.text(column)]
	if !ok {
		r.fail(column, "is no source")
	}
	return found
}

// byID finds a facility of a list that is ordered as readFacilities leaves it.
func byID(facilities []inspection.Facility) map[inspection.ID]*inspection.Facility {
	found := make(map[inspection.ID]*inspection.Facility, len(facilities))
	for i := range facilities {
		found[facilities[i].ID] = &facilities[i]
	}
	return found
}

func readAliases(files fs.FS, sources map[string]source, facilities []inspection.Facility) error {
	records, err := readFile(files, "aliases.csv")
	if err != nil {
		return err
	}
	known := byID(facilities)
	for _, r := range records {
		facility := known[inspection.FacilityID(r.required("facility"))]
		r.required("source")
		r.source("source", sources)
		if facility == nil {
			r.fail("facility", "is no facility")
		}
		if r.fault != nil {
			return r.fault
		}
		addAlias(facility, r.required("alias"))
	}
	return nil
}

// addAlias adds a name to the facility's, unless it is only another way to write one of them.
func addAlias(facility *inspection.Facility, name string) {
	key := nameKey(name)
	if key == nameKey(facility.Name) ||
		slices.ContainsFunc(facility.Aliases, func(a string) bool { return nameKey(a) == key }) {
		return
	}
	facility.Aliases = append(slices.Clone(facility.Aliases), name)
	slices.Sort(facility.Aliases)
}
