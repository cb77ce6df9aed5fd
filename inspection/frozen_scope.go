package inspection

import "context"

// FrozenScope is what a snapshot says of what was looked at and what was left out. Fields are added,
// never renamed.
type FrozenScope struct {
	CoreSet    *FrozenCoreSet    `json:"coreSet"`
	Standards  []FrozenScoped    `json:"standards"`
	OutOfScope []FrozenScoped    `json:"outOfScope"`
	Population *Population       `json:"population"`
	Exclusions []ExclusionReview `json:"exclusionReviews"`
}

// FrozenCoreSet is the core set that an inspection was planned by.
type FrozenCoreSet struct {
	ID             ID     `json:"id"`
	Name           string `json:"name"`
	FiscalYear     int    `json:"fiscalYear"`
	LastFiscalYear int    `json:"lastFiscalYear"`
	Version        int    `json:"version"`
	Partial        bool   `json:"partial"`
	Note           string `json:"note"`
}

// FrozenScoped is a standard in scope with its reasons, or one out of it with why; that one's rating
// is always NOT_REVIEWED.
type FrozenScoped struct {
	ID      ID               `json:"id"`
	Edition string           `json:"edition"`
	Number  string           `json:"number"`
	Code    string           `json:"code"`
	Title   string           `json:"title"`
	Reasons []ScopeReason    `json:"reasons,omitempty"`
	Why     OutOfScopeReason `json:"why,omitempty"`
	Rating  Rating           `json:"rating,omitempty"`
}

func freezeScope(ctx context.Context, tx Tx, i *Inspection, c catalogue) (FrozenScope, error) {
	var f FrozenScope
	sets, err := tx.CoreSets(ctx)
	if err != nil {
		return f, err
	}
	for _, core := range sets {
		if i.CoreSetID != nil && core.ID == *i.CoreSetID {
			f.CoreSet = &FrozenCoreSet{ID: core.ID, Name: core.Name, FiscalYear: core.FiscalYear, LastFiscalYear: core.LastFiscalYear,
				Version: core.Version, Partial: core.Partial, Note: core.Note}
		}
	}
	key := map[ID]string{}
	for _, e := range c.editions {
		key[e.ID] = e.Key
	}
	for _, s := range i.Standards {
		st := c.standards[s.StandardID]
		f.Standards = append(f.Standards, FrozenScoped{ID: st.ID, Edition: key[s.EditionID], Number: st.Number, Code: st.Code, Title: st.Title, Reasons: s.Reasons})
	}
	left, err := outOfScope(ctx, tx, i)
	if err != nil {
		return f, err
	}
	for _, o := range left {
		st := o.Standard
		f.OutOfScope = append(f.OutOfScope, FrozenScoped{ID: st.ID, Edition: key[i.EditionID], Number: st.Number, Code: st.Code, Title: st.Title, Why: o.Why, Rating: o.Rating})
	}
	populations, err := tx.Populations(ctx, i.ID)
	if err != nil {
		return f, err
	}
	if len(populations) > 0 {
		f.Population = &populations[0]
	}
	f.Exclusions, err = tx.ExclusionReviews(ctx, i.ID)
	return f, err
}
