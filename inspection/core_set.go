package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// CoreSet is one immutable version of the standards that compliance inspections of a fiscal year look
// at. A standard that is not in it is not reviewed, which never means compliant.
type CoreSet struct {
	ID ID
	// Set is the key of the standards set whose codes it names, e.g. "pbnds-2011-r2016".
	Set string
	// FiscalYear is the fiscal year (1 October to 30 September, named for its end), LastFiscalYear the
	// last one if a source gives one set for several; else they are the same.
	FiscalYear     int
	LastFiscalYear int
	// Version counts the versions for the same years and standards set from 1.
	Version int
	// Supersedes is the version before, nil for the first.
	Supersedes *ID
	Name       string
	// Partial is true if not all of the set is known, or not all of it certain; Note says what.
	Partial   bool
	Note      string
	Source    string
	Standards []CoreStandard
	AddedAt   time.Time
}

// CoreStandard is a standard in a core set.
type CoreStandard struct {
	// Code is the abbreviation of the standards set, e.g. "MC".
	Code  string    `json:"code"`
	Basis CoreBasis `json:"basis"`
}

// CoreBasis says why a standard counts as core.
type CoreBasis string

const (
	// CoreStated: the source names it for these years.
	CoreStated CoreBasis = "STATED"
	// CoreCarried: carried over from the years before; no source says so for these.
	CoreCarried CoreBasis = "CARRIED"
	// CoreSometimes: reviewed at some sites only. A plan takes it in only if it names the standard.
	CoreSometimes CoreBasis = "SOMETIMES"
)

// CoreSetID is the id of a version of a core set that ships with Plumbline, derived so that every
// installation agrees.
func CoreSetID(set string, first, last, version int) ID {
	return uuid.NewSHA1(idSpace, fmt.Appendf(nil, "core-set/%s/%d-%d/%d", set, first, last, version))
}

type coreSetTx interface {
	// CoreSets lists every version, by standards set, years and version.
	CoreSets(ctx context.Context) ([]CoreSet, error)
	// SaveCoreSet stores a new version.
	SaveCoreSet(ctx context.Context, c CoreSet) error
}

// Limits of a core set.
const (
	firstCoreYear = 2000
	lastCoreYear  = 2100
	mostCore      = 200 // standards
)

// Check refuses a core set that says too little of itself or names a standard twice.
func (c CoreSet) Check() error {
	var ps Problems
	if c.FiscalYear < firstCoreYear || c.LastFiscalYear > lastCoreYear || c.LastFiscalYear < c.FiscalYear {
		ps = append(ps, newProblem(Invalid, "input.fiscalYear", "give fiscal years between %d and %d, the last not before the first", firstCoreYear, lastCoreYear))
	}
	if strings.TrimSpace(c.Name) == "" {
		ps = append(ps, newProblem(Invalid, "input.name", "give the core set a name"))
	}
	if strings.TrimSpace(c.Source) == "" {
		ps = append(ps, newProblem(Invalid, "input.source", "say where the core set stands; without a source nobody can check it"))
	}
	if c.Partial && strings.TrimSpace(c.Note) == "" {
		ps = append(ps, newProblem(Invalid, "input.note", "say what of the core set is not known"))
	}
	if len(c.Standards) == 0 || len(c.Standards) > mostCore {
		ps = append(ps, newProblem(Invalid, "input.standards", "name 1 to %d standards", mostCore))
	}
	seen := map[string]bool{}
	for n, st := range c.Standards {
		path := fmt.Sprintf("input.standards.%d.code", n)
		if seen[st.Code] {
			ps = append(ps, newProblem(Invalid, path, "%s stands twice in the set; name it once", st.Code))
		}
		seen[st.Code] = true
		ps = append(ps, checkText(path, st.Code, mostWord)...)
	}
	ps = append(ps, checkText("input.name", c.Name, mostWord)...)
	ps = append(ps, checkText("input.source", c.Source, mostText)...)
	ps = append(ps, checkText("input.note", c.Note, mostText)...)
	return refusal(ps)
}

// AddCoreSet adds a version of a core set: the first for its years, or the next, which names the one
// it supersedes. Every code must be one of the standards set's newest edition.
func (s *Service) AddCoreSet(ctx context.Context, actor Actor, c CoreSet) (CoreSet, error) {
	if err := Allow(actor, ManageCoreSets, Subject{}); err != nil {
		return c, err
	}
	if c.LastFiscalYear == 0 {
		c.LastFiscalYear = c.FiscalYear
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	c.Name, c.Source, c.Note = strings.TrimSpace(c.Name), strings.TrimSpace(c.Source), strings.TrimSpace(c.Note)
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		known, err := tx.CoreSets(ctx)
		if err != nil {
			return err
		}
		if c.Version, err = c.follows(known); err != nil {
			return err
		}
		if err := c.checkCodes(ctx, tx); err != nil {
			return err
		}
		c.ID = NewID()
		return s.saveCoreSet(ctx, tx, actor, &c)
	})
	return c, err
}

// follows returns the version that a new core set is.
func (c CoreSet) follows(known []CoreSet) (int, error) {
	newest := c.newestOf(known)
	switch {
	case newest == nil && c.Supersedes != nil:
		return 0, Refuse(NotFound, "input.supersedes", "there is no core set of these years to supersede")
	case newest == nil:
		return 1, nil
	case c.Supersedes == nil || *c.Supersedes != newest.ID:
		return 0, Refuse(Conflict, "input.supersedes", "the newest version for these years is %d (%s); name it as the one superseded", newest.Version, newest.ID)
	}
	return newest.Version + 1, nil
}

// newestOf is the newest version for the same standards set and years, nil if there is none.
func (c CoreSet) newestOf(known []CoreSet) *CoreSet {
	var newest *CoreSet
	for n, k := range known {
		if k.Set == c.Set && k.FiscalYear == c.FiscalYear && k.LastFiscalYear == c.LastFiscalYear && (newest == nil || k.Version > newest.Version) {
			newest = &known[n]
		}
	}
	return newest
}

// checkCodes refuses codes that the newest edition of the standards set does not have.
func (c CoreSet) checkCodes(ctx context.Context, tx Tx) error {
	editions, err := tx.Editions(ctx)
	if err != nil {
		return err
	}
	var newest *Edition
	for _, e := range editions {
		if e.Set == c.Set && (newest == nil || e.Version > newest.Version) {
			newest = e
		}
	}
	if newest == nil {
		return Refuse(NotFound, "input.set", "there is no standards set %q", c.Set)
	}
	var ps Problems
	for n, st := range c.Standards {
		if newest.coded(st.Code) == nil {
			ps = append(ps, newProblem(Invalid, fmt.Sprintf("input.standards.%d.code", n), "edition %s has no standard with the code %q", newest.Key, st.Code))
		}
	}
	return refusal(ps)
}

func (s *Service) saveCoreSet(ctx context.Context, tx Tx, actor Actor, c *CoreSet) error {
	c.AddedAt = s.now()
	if err := tx.SaveCoreSet(ctx, *c); err != nil {
		return err
	}
	return tx.Audit(ctx, AuditEvent{ID: NewID(), At: c.AddedAt, Actor: actor, Action: ManageCoreSets, Outcome: Done,
		TargetType: "CoreSet", TargetID: c.ID, Detail: map[string]any{"set": c.Set, "fiscalYear": c.FiscalYear,
			"lastFiscalYear": c.LastFiscalYear, "version": c.Version, "standards": len(c.Standards)}})
}

// LoadCoreSets adds the versions that are not there yet and returns how many; a version that the
// installation added itself under the same number stands. For the operator's commands.
func (s *Service) LoadCoreSets(ctx context.Context, actor Actor, sets []CoreSet) (int, error) {
	if err := Allow(actor, ManageCoreSets, Subject{}); err != nil {
		return 0, err
	}
	added := 0
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		added = 0
		known, err := tx.CoreSets(ctx)
		if err != nil {
			return err
		}
		for _, c := range sets {
			newest := c.newestOf(known)
			if newest != nil && newest.Version >= c.Version {
				continue
			}
			if newest != nil {
				c.Supersedes = &newest.ID
			}
			if err := c.checkCodes(ctx, tx); err != nil {
				return err
			}
			c.ID = CoreSetID(c.Set, c.FiscalYear, c.LastFiscalYear, c.Version)
			if err := s.saveCoreSet(ctx, tx, actor, &c); err != nil {
				return err
			}
			known = append(known, c)
			added++
		}
		return nil
	})
	return added, err
}

// CoreSets lists every version of every core set.
func (s *Service) CoreSets(ctx context.Context, actor Actor) ([]CoreSet, error) {
	if err := Allow(actor, ReadStandards, Subject{}); err != nil {
		return nil, err
	}
	var sets []CoreSet
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		sets, err = tx.CoreSets(ctx)
		return err
	})
	return sets, err
}

// CoreSet returns one version of a core set.
func (s *Service) CoreSet(ctx context.Context, actor Actor, id ID) (*CoreSet, error) {
	sets, err := s.CoreSets(ctx, actor)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(sets, func(c CoreSet) bool { return c.ID == id })
	if n < 0 {
		return nil, Refuse(NotFound, "", "there is no such core set")
	}
	return &sets[n], nil
}

// coreScope picks the plan's core standards from its own edition. A code that the edition lacks
// refuses the plan: the set is not what would be reviewed.
func coreScope(ctx context.Context, tx Tx, in PlanInput, e *Edition) (intake, error) {
	sets, err := tx.CoreSets(ctx)
	if err != nil {
		return nil, err
	}
	n := slices.IndexFunc(sets, func(c CoreSet) bool { return c.ID == *in.CoreSetID })
	if n < 0 {
		return nil, Refuse(NotFound, "input.coreSetId", "there is no such core set")
	}
	core := sets[n]
	newest := core.newestOf(sets)
	switch {
	case core.Set != e.Set:
		return nil, Refuse(Invalid, "input.coreSetId", "the core set names standards of %s, and the plan binds an edition of %s; choose one of the same standards set", core.Set, e.Set)
	case newest.ID != core.ID && in.Origin != Reconstructed:
		return nil, Refuse(Conflict, "input.coreSetId", "version %d of the core set is superseded; plan with version %d (%s)", core.Version, newest.Version, newest.ID)
	}
	found := intake{}
	var missing []string
	for _, st := range core.Standards {
		switch standard := e.coded(st.Code); {
		case st.Basis == CoreSometimes:
		case standard == nil:
			missing = append(missing, st.Code)
		default:
			found[standard.ID] = []ScopeReason{InCoreSet}
		}
	}
	if len(missing) > 0 {
		return nil, Refuse(Invalid, "input.coreSetId", "edition %s has no standard %s of the core set; choose another edition or core set", e.Key, strings.Join(missing, ", "))
	}
	return found, nil
}

// coded returns the edition's standard with the code, nil if it has none.
func (e *Edition) coded(code string) *Standard {
	for _, st := range e.Standards() {
		if code != "" && st.Code == code {
			return st
		}
	}
	return nil
}
