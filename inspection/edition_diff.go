package inspection

import (
	"reflect"
	"slices"
)

// EditionDiff is what a later version of a standards set adds, drops and changes.
type EditionDiff struct {
	From, To *Edition
	// Facts names the edition's own facts that changed, e.g. "Title".
	Facts []string
	// Standards.
	AddedStandards, DroppedStandards []*Standard
	ChangedStandards                 []Change
	// Requirements, in the order of the edition that has them.
	Added, Dropped []Placed
	Changed        []RequirementChange
	// AddedLines and DroppedLines are worksheet line codes.
	AddedLines, DroppedLines []string
}

// Change is something that both versions have, with the names of the fields that differ.
type Change struct {
	Name   string // a standard's number or a requirement's key
	Fields []string
}

// Placed is a requirement with its standard.
type Placed struct {
	Standard    *Standard
	Requirement *Requirement
}

// RequirementChange is a requirement that both versions have, and that differs.
type RequirementChange struct {
	Before, After *Requirement
	Fields        []string
}

// DiffEditions compares two versions of one standards set, requirement by requirement with the same
// key. Editions of two sets have no keys in common that mean the same: that comparison is refused as
// Invalid, and a Crosswalk leads from one to the other instead.
func DiffEditions(from, to *Edition) (EditionDiff, error) {
	d := EditionDiff{From: from, To: to}
	if from.Set != to.Set {
		return d, Refuse(Invalid, "", "%s and %s are of two standards sets (%s and %s): nothing tells what one drops or changes of the other; ask for their crosswalk",
			from.Key, to.Key, from.Set, to.Set)
	}
	d.Facts = differingFields(*from, *to, "ID", "Key", "Version", "Supersedes", "Hash", "Parts")
	d.standards()
	d.requirements()
	before, after := linesOf(from), linesOf(to)
	d.AddedLines, d.DroppedLines = without(after, before), without(before, after)
	return d, nil
}

// Empty reports whether nothing that an inspection rests on differs.
func (d EditionDiff) Empty() bool {
	return len(d.Facts)+len(d.AddedStandards)+len(d.DroppedStandards)+len(d.ChangedStandards)+
		len(d.Added)+len(d.Dropped)+len(d.Changed)+len(d.AddedLines)+len(d.DroppedLines) == 0
}

// Touched are the requirements of From that To drops or changes, by id: true if it drops them. What only
// marks or proves a requirement otherwise touches no finding, and is left out.
func (d EditionDiff) Touched() map[ID]bool {
	touched := map[ID]bool{}
	for _, p := range d.Dropped {
		touched[p.Requirement.ID] = true
	}
	for _, c := range d.Changed {
		if slices.ContainsFunc(c.Fields, func(field string) bool { return slices.Contains(bearing, field) }) {
			touched[c.Before.ID] = false
		}
	}
	return touched
}

// bearing are the fields of a requirement that a finding rests on.
var bearing = []string{"Citation", "Text", "Thresholds", "Applies", "AppliesNote", "Priority", "Lines", "Population"}

func (d *EditionDiff) standards() {
	before, after := standardsByNumber(d.From), standardsByNumber(d.To)
	for _, s := range d.From.Standards() {
		if after[s.Number] == nil {
			d.DroppedStandards = append(d.DroppedStandards, s)
		}
	}
	for _, s := range d.To.Standards() {
		was := before[s.Number]
		if was == nil {
			d.AddedStandards = append(d.AddedStandards, s)
			continue
		}
		if fields := differingFields(*was, *s, "ID", "Requirements"); len(fields) > 0 {
			d.ChangedStandards = append(d.ChangedStandards, Change{s.Number, fields})
		}
	}
}

func (d *EditionDiff) requirements() {
	before, after := requirementsByKey(d.From), requirementsByKey(d.To)
	for _, p := range placed(d.From) {
		if _, kept := after[p.Requirement.Key]; !kept {
			d.Dropped = append(d.Dropped, p)
		}
	}
	for _, p := range placed(d.To) {
		was, had := before[p.Requirement.Key]
		if !had {
			d.Added = append(d.Added, p)
			continue
		}
		fields := differingFields(*was.Requirement, *p.Requirement, "ID")
		if was.Standard.Number != p.Standard.Number {
			fields = append(fields, "Standard")
		}
		if len(fields) > 0 {
			d.Changed = append(d.Changed, RequirementChange{was.Requirement, p.Requirement, fields})
		}
	}
}

// differingFields names the fields of two structs whose values differ, in the order declared. A list
// that is empty and one that is missing are the same.
func differingFields[T any](a, b T, except ...string) []string {
	var names []string
	before, after := reflect.ValueOf(a), reflect.ValueOf(b)
	for n := range before.NumField() {
		name := before.Type().Field(n).Name
		x, y := before.Field(n), after.Field(n)
		bothEmpty := x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0
		if !slices.Contains(except, name) && !bothEmpty && !reflect.DeepEqual(x.Interface(), y.Interface()) {
			names = append(names, name)
		}
	}
	return names
}

func standardsByNumber(e *Edition) map[string]*Standard {
	all := map[string]*Standard{}
	for _, s := range e.Standards() {
		all[s.Number] = s
	}
	return all
}

func placed(e *Edition) []Placed {
	var all []Placed
	for _, s := range e.Standards() {
		for r := range s.Requirements {
			all = append(all, Placed{s, &s.Requirements[r]})
		}
	}
	return all
}

func requirementsByKey(e *Edition) map[string]Placed {
	all := map[string]Placed{}
	for _, p := range placed(e) {
		all[p.Requirement.Key] = p
	}
	return all
}

func linesOf(e *Edition) []string {
	var all []string
	for _, p := range placed(e) {
		all = append(all, p.Requirement.Lines...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// without returns the members of a that are not in b; both are sorted.
func without(a, b []string) []string {
	var rest []string
	for _, member := range a {
		if _, found := slices.BinarySearch(b, member); !found {
			rest = append(rest, member)
		}
	}
	return rest
}
