package inspection

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// PopulationGroup is a group of the detainees held at a facility. Groups overlap.
type PopulationGroup string

const (
	// ICEDetainees is everyone whom ICE holds at the facility.
	ICEDetainees  PopulationGroup = "ICE_DETAINEES"
	Men           PopulationGroup = "MEN"
	Women         PopulationGroup = "WOMEN"
	PregnantWomen PopulationGroup = "PREGNANT_WOMEN"
	Minors        PopulationGroup = "MINORS"
	// Families is the number of people held as members of families.
	Families PopulationGroup = "FAMILIES"
	// Disabled is the number of people with a disability that the facility knows of.
	Disabled PopulationGroup = "DISABLED"
	// LimitedEnglish is the number of people with limited English proficiency.
	LimitedEnglish PopulationGroup = "LIMITED_ENGLISH"
)

// PopulationGroups lists every group.
func PopulationGroups() []PopulationGroup {
	return []PopulationGroup{ICEDetainees, Men, Women, PregnantWomen, Minors, Families, Disabled, LimitedEnglish}
}

// PopulationGroup is the group that the requirement alone concerns; empty if it concerns everyone.
// Editions write groups in small letters: "women".
func (r *Requirement) PopulationGroup() PopulationGroup {
	return PopulationGroup(strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(r.Population)))
}

// PopulationSource says where counts were taken from.
type PopulationSource string

const (
	FacilityRoster PopulationSource = "FACILITY_ROSTER"
	ICERoster      PopulationSource = "ICE_ROSTER"
	// Headcount: counted on site.
	Headcount PopulationSource = "HEADCOUNT"
	// StaffStatement: nobody showed a list.
	StaffStatement PopulationSource = "STAFF_STATEMENT"
)

func (s PopulationSource) words() string {
	switch s {
	case FacilityRoster:
		return "the facility's roster"
	case ICERoster:
		return "ICE's roster"
	case Headcount:
		return "the headcount on site"
	}
	return "what staff stated"
}

// Population is who is held at the inspected facility: counts by group as of a time, never names.
// Every version is kept; the newest counts.
type Population struct {
	InspectionID ID                      `json:"-"`
	Version      int                     `json:"version"`
	AsOf         time.Time               `json:"asOf"`
	Source       PopulationSource        `json:"source"`
	Counts       map[PopulationGroup]int `json:"counts"`
	RecordedBy   ID                      `json:"recordedBy"`
	RecordedAt   time.Time               `json:"recordedAt"`
	Seq          int64                   `json:"-"`
}

// PopulationCount is how many people of a group are held.
type PopulationCount struct {
	Group PopulationGroup
	Count int
}

// InOrder lists the counts in the order of PopulationGroups.
func (p Population) InOrder() []PopulationCount {
	var counts []PopulationCount
	for _, g := range PopulationGroups() {
		if n, counted := p.Counts[g]; counted {
			counts = append(counts, PopulationCount{g, n})
		}
	}
	return counts
}

// PopulationInput is a roster's counts as an inspector enters them.
type PopulationInput struct {
	InspectionID ID
	// Version is the newest version the inspector saw, 0 if there was none.
	Version int
	AsOf    time.Time
	Source  PopulationSource
	Counts  []PopulationCount
}

type populationTx interface {
	// Populations loads the versions of an inspection's population, the newest first.
	Populations(ctx context.Context, inspection ID) ([]Population, error)
	SavePopulation(ctx context.Context, p Population) error
	// NotApplicableBases loads on what confirmed answers rest, for their present revisions only.
	NotApplicableBases(ctx context.Context, inspection ID) ([]NotApplicableBasis, error)
	SaveNotApplicableBases(ctx context.Context, bases []NotApplicableBasis) error
}

// mostHeld bounds a count; all of ICE's detention holds fewer.
const mostHeld = 1_000_000

func (in PopulationInput) check(now time.Time) error {
	ps := checkTime("input.asOf", in.AsOf)
	if in.AsOf.After(now.Add(24 * time.Hour)) {
		ps = append(ps, newProblem(Invalid, "input.asOf", "the roster is of a day to come; correct the time"))
	}
	if len(in.Counts) == 0 {
		ps = append(ps, newProblem(Invalid, "input.counts", "enter the count of at least one group"))
	}
	counts := map[PopulationGroup]int{}
	for n, c := range in.Counts {
		path := fmt.Sprintf("input.counts.%d", n)
		if _, twice := counts[c.Group]; twice {
			ps = append(ps, newProblem(Invalid, path+".group", "%s stands twice; enter it once", c.Group))
		}
		if c.Count < 0 || c.Count > mostHeld {
			ps = append(ps, newProblem(Invalid, path+".count", "a count is between 0 and %d", mostHeld))
		}
		counts[c.Group] = c.Count
	}
	all, known := counts[ICEDetainees]
	for n, c := range in.Counts {
		women, entered := counts[Women]
		switch {
		case known && c.Count > all:
			ps = append(ps, newProblem(Invalid, fmt.Sprintf("input.counts.%d.count", n), "more %s (%d) than people held (%d)", c.Group, c.Count, all))
		case entered && c.Group == PregnantWomen && c.Count > women:
			ps = append(ps, newProblem(Invalid, fmt.Sprintf("input.counts.%d.count", n), "more %s (%d) than %s (%d)", PregnantWomen, c.Count, Women, women))
		}
	}
	return refusal(ps)
}

// RecordPopulation records who is held at the facility as a new version. The same content again
// changes nothing.
func (s *Service) RecordPopulation(ctx context.Context, actor Actor, in PopulationInput) (*Inspection, error) {
	if err := in.check(s.now()); err != nil {
		return nil, err
	}
	return s.change(ctx, actor, in.InspectionID, step{action: RecordPopulation, states: []State{Planned, InProgress}},
		func(tx Tx, i *Inspection, detail map[string]any) error {
			versions, err := tx.Populations(ctx, i.ID)
			if err != nil {
				return err
			}
			p := Population{InspectionID: i.ID, Version: 1, AsOf: in.AsOf.UTC().Truncate(time.Microsecond), Source: in.Source,
				Counts: map[PopulationGroup]int{}, RecordedBy: actor.ID, RecordedAt: s.now()}
			for _, c := range in.Counts {
				p.Counts[c.Group] = c.Count
			}
			if len(versions) > 0 {
				newest := versions[0]
				if newest.AsOf.Equal(p.AsOf) && newest.Source == p.Source && maps.Equal(newest.Counts, p.Counts) {
					return errUnchanged
				}
				p.Version = newest.Version + 1
			}
			if in.Version != p.Version-1 {
				return Refuse(Stale, "input.version", "the population has changed since you read it (you read version %d, it is %d): read it again", in.Version, p.Version-1)
			}
			p.Seq = i.Reserve(1)
			detail["population"], detail["groups"] = p.Version, slices.Sorted(maps.Keys(p.Counts))
			return tx.SavePopulation(ctx, p)
		})
}

// Populations lists the versions of a loaded inspection's population, the newest first.
func (s *Service) Populations(ctx context.Context, actor Actor, i *Inspection) ([]Population, error) {
	var versions []Population
	err := s.lookAt(ctx, actor, i, ReadFieldwork, func(tx Tx) (err error) {
		versions, err = tx.Populations(ctx, i.ID)
		return err
	})
	return versions, err
}
