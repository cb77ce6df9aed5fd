package inspection

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// FacilityInput is a facility that an administrator adds by hand.
type FacilityInput struct {
	Name        string
	Aliases     []string
	Detloc      string
	Street      string
	City        string
	State       string
	Zip         string
	FieldOffice string
	Type        FacilityType
	Source      string
}

// AddFacility adds a facility that no import knows. The same name in the same city and state is
// refused: it may be the same place.
func (s *Service) AddFacility(ctx context.Context, actor Actor, in FacilityInput) (*FacilityView, error) {
	if err := Allow(actor, ManageFacilities, Subject{}); err != nil {
		return nil, err
	}
	f := Facility{ID: NewID(), Name: strings.TrimSpace(in.Name), Aliases: in.Aliases, Detloc: strings.TrimSpace(in.Detloc),
		Street: strings.TrimSpace(in.Street), City: strings.TrimSpace(in.City), State: strings.ToUpper(strings.TrimSpace(in.State)),
		Zip: strings.TrimSpace(in.Zip), FieldOffice: in.FieldOffice, Type: in.Type, Source: strings.TrimSpace(in.Source), Revision: 1}
	if f.Type == "" {
		f.Type = TypeUnknown
	}
	if err := checkFacility(f); err != nil {
		return nil, err
	}
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		if err := checkOffice(ctx, tx, f.FieldOffice); err != nil {
			return err
		}
		known, err := tx.AllFacilities(ctx)
		if err != nil {
			return err
		}
		for _, k := range known {
			if (f.Detloc != "" && k.Detloc == f.Detloc) || (strings.EqualFold(k.Name, f.Name) && strings.EqualFold(k.City, f.City) && k.State == f.State) {
				return Problems{{Code: Conflict, Subject: k.ID, Path: []string{"input", "name"}, Message: "there is such a facility already: " + k.Name}}
			}
		}
		if err := tx.SaveRoster(ctx, RosterChange{NewFacilities: []Facility{f}}); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageFacilities, Outcome: Done,
			TargetType: "Facility", TargetID: f.ID, Detail: map[string]any{"added": f.Name}})
	})
	if err != nil {
		return nil, err
	}
	return &FacilityView{Facility: f}, nil
}

func checkFacility(f Facility) error {
	switch {
	case f.Name == "":
		return Refuse(Invalid, "input.name", "give the facility's name")
	case f.City == "" || len(f.State) != 2:
		return Refuse(Invalid, "input.state", "give the city and the two-letter state")
	case f.Source == "":
		return Refuse(Invalid, "input.source", "say where the facts come from")
	case len(f.Aliases) > mostWord:
		return Refuse(Invalid, "input.aliases", "give at most %d aliases", mostWord)
	}
	ps := checkText("input.name", f.Name, mostWord)
	for n, alias := range f.Aliases {
		ps = append(ps, checkText(fmt.Sprintf("input.aliases.%d", n), alias, mostWord)...)
	}
	ps = append(ps, checkText("input.detloc", f.Detloc, mostWord)...)
	ps = append(ps, checkText("input.street", f.Street, mostWord)...)
	ps = append(ps, checkText("input.city", f.City, mostWord)...)
	ps = append(ps, checkText("input.state", f.State, mostWord)...)
	ps = append(ps, checkText("input.zip", f.Zip, mostWord)...)
	return refusal(append(ps, checkText("input.source", f.Source, mostText)...))
}

func checkOffice(ctx context.Context, tx Tx, code string) error {
	if code == "" {
		return nil
	}
	offices, err := tx.FieldOffices(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(offices, func(o FieldOffice) bool { return o.Code == code }) {
		return Refuse(Invalid, "input.fieldOffice", "there is no field office with this code")
	}
	return nil
}

// Facility returns one facility.
func (s *Service) Facility(ctx context.Context, actor Actor, id ID) (*FacilityView, error) {
	if err := Allow(actor, ReadFacilities, Subject{}); err != nil {
		return nil, err
	}
	var found *FacilityView
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		found, err = tx.Facility(ctx, id)
		return err
	})
	return found, err
}

// Facilities lists facilities by name, each with its last inspection and last external rating.
func (s *Service) Facilities(ctx context.Context, actor Actor, q FacilityQuery) (FacilityPage, error) {
	var page FacilityPage
	if err := Allow(actor, ReadFacilities, Subject{}); err != nil {
		return page, err
	}
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		if page, err = tx.ListFacilities(ctx, q); err == nil && q.WithRatings {
			err = addRatings(ctx, tx, page.Facilities)
		}
		if err == nil && q.WithOpenActions {
			err = addOpenActions(ctx, tx, actor, page.Facilities, s.now())
		}
		return err
	})
	return page, err
}

// addRatings gives every facility its external ratings, in one statement.
func addRatings(ctx context.Context, tx Tx, views []FacilityView) error {
	ids := make([]ID, len(views))
	at := map[ID]int{}
	for n := range views {
		ids[n], at[views[n].ID] = views[n].ID, n
		views[n].Ratings = []ExternalRating{}
	}
	ratings, err := tx.ExternalRatings(ctx, ids)
	for _, r := range ratings {
		v := &views[at[r.FacilityID]]
		v.Ratings = append(v.Ratings, r)
	}
	return err
}

// ExternalRatings returns what other bodies published about a facility, the newest first.
func (s *Service) ExternalRatings(ctx context.Context, actor Actor, facility ID) ([]ExternalRating, error) {
	if err := Allow(actor, ReadFacilities, Subject{}); err != nil {
		return nil, err
	}
	var ratings []ExternalRating
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		ratings, err = tx.ExternalRatings(ctx, []ID{facility})
		return err
	})
	return ratings, err
}

// FieldOffices lists ERO's areas of responsibility by code.
func (s *Service) FieldOffices(ctx context.Context, actor Actor) ([]FieldOffice, error) {
	if err := Allow(actor, ReadFacilities, Subject{}); err != nil {
		return nil, err
	}
	var offices []FieldOffice
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		offices, err = tx.FieldOffices(ctx)
		return err
	})
	return offices, err
}

// Edition returns one edition, by id.
func (s *Service) Edition(ctx context.Context, actor Actor, id ID) (*Edition, error) {
	if err := Allow(actor, ReadStandards, Subject{}); err != nil {
		return nil, err
	}
	var found *Edition
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		found, err = tx.Edition(ctx, id)
		return err
	})
	return found, err
}

// Editions lists the editions by key.
func (s *Service) Editions(ctx context.Context, actor Actor) ([]*Edition, error) {
	if err := Allow(actor, ReadStandards, Subject{}); err != nil {
		return nil, err
	}
	var all []*Edition
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		all, err = tx.Editions(ctx)
		return err
	})
	return all, err
}

// Users returns the people behind ids, as far as the actor may know them: who may not list colleagues
// knows only themself.
func (s *Service) Users(ctx context.Context, actor Actor, ids []ID) ([]Actor, error) {
	if Allow(actor, ListColleagues, Subject{}) != nil {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return id != actor.ID })
	}
	var users []Actor
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		users, err = tx.Users(ctx, ids)
		return err
	})
	return users, err
}

// UsersByRole lists active people of the roles, for planning a team.
func (s *Service) UsersByRole(ctx context.Context, actor Actor, roles []Role) ([]Actor, error) {
	if err := Allow(actor, ListColleagues, Subject{}); err != nil {
		return nil, err
	}
	var users []Actor
	err := s.store.View(ctx, actor, func(tx Tx) (err error) {
		users, err = tx.UsersByRole(ctx, roles)
		return err
	})
	return users, err
}

// Locate says what an id names and the inspection it belongs to, if any.
func (s *Service) Locate(ctx context.Context, actor Actor, id ID) (kind string, inspection ID, err error) {
	err = s.store.View(ctx, actor, func(tx Tx) (err error) {
		kind, inspection, err = tx.Locate(ctx, id)
		return err
	})
	return kind, inspection, err
}

// LoadEdition stores an edition once; it reports whether it was new. A later version of a set is refused
// as a Conflict unless the version before it is the newest stored. For the operator's commands.
func (s *Service) LoadEdition(ctx context.Context, actor Actor, e *Edition) (bool, error) {
	if err := Allow(actor, ManageEditions, Subject{}); err != nil {
		return false, err
	}
	var added bool
	err := s.store.InTx(ctx, actor, func(tx Tx) error {
		before, err := newestVersion(ctx, tx, e.Set)
		if err != nil {
			return err
		}
		if added, err = tx.SaveEdition(ctx, e); err != nil || !added {
			return err
		}
		if err := follows(e, before); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageEditions, Outcome: Done,
			TargetType: "Edition", TargetID: e.ID, Detail: map[string]any{"key": e.Key, "hash": e.Hash}})
	})
	return added, err
}

// ChangeRoster loads the whole roster, asks plan what to change, and saves that, all in one
// transaction. plan must be pure: it may run again.
func (s *Service) ChangeRoster(ctx context.Context, actor Actor, source string, plan func([]Facility, []ExternalRating) (RosterChange, error)) error {
	if err := Allow(actor, ManageFacilities, Subject{}); err != nil {
		return err
	}
	return s.store.InTx(ctx, actor, func(tx Tx) error {
		facilities, err := tx.AllFacilities(ctx)
		if err != nil {
			return err
		}
		ratings, err := tx.AllExternalRatings(ctx)
		if err != nil {
			return err
		}
		change, err := plan(facilities, ratings)
		if err != nil || change.Empty() {
			return err
		}
		if err := tx.SaveRoster(ctx, change); err != nil {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageFacilities, Outcome: Done,
			TargetType: "Roster", TargetID: EditionID("roster"), Detail: map[string]any{"source": source,
				"new": len(change.NewFacilities), "updated": len(change.UpdatedFacilities),
				"newRatings": len(change.NewRatings), "updatedRatings": len(change.UpdatedRatings)}})
	})
}

// LoadUsers adds users that are not there yet. For the operator's commands.
func (s *Service) LoadUsers(ctx context.Context, actor Actor, offices []FieldOffice, users []Actor) error {
	if err := Allow(actor, ManageUsers, Subject{}); err != nil {
		return err
	}
	return s.store.InTx(ctx, actor, func(tx Tx) error {
		newOffices, err := tx.SaveFieldOffices(ctx, offices)
		if err != nil {
			return err
		}
		newUsers, err := tx.SaveUsers(ctx, users)
		if err != nil || newOffices+newUsers == 0 {
			return err
		}
		return tx.Audit(ctx, AuditEvent{ID: NewID(), At: s.now(), Actor: actor, Action: ManageUsers, Outcome: Done,
			TargetType: "Users", TargetID: EditionID("users"), Detail: map[string]any{"fieldOffices": newOffices, "users": newUsers}})
	})
}
