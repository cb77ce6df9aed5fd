package replay

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// facility finds the facility of a report, or has the administrator add it.
func (p *player) facility(ctx context.Context, r Report, added bool) (Place, bool, error) {
	known, err := p.placesIn(ctx, r.State)
	if err != nil {
		return Place{}, added, err
	}
	found, unclear := FindPlace(r, known)
	if found == nil {
		// Only now are the dates of inspections worth their requests.
		if err := p.loadRated(ctx, r, known); err != nil {
			return Place{}, added, err
		}
		found, unclear = FindPlace(r, known)
	}
	switch {
	case unclear != nil:
		return Place{}, added, unclear
	case found != nil:
		return *found, added, nil
	}
	place, err := p.add(ctx, r)
	return place, err == nil, err
}

// placesIn lists the facilities of a state.
func (p *player) placesIn(ctx context.Context, state string) ([]Place, error) {
	if known, loaded := p.places[state]; loaded {
		return known, nil
	}
	known := []Place{}
	var after *string
	for {
		page, err := ask[placesData](ctx, p.admin, placesQuery, map[string]any{"state": state, "after": after})
		if err != nil {
			return nil, err
		}
		for _, edge := range page.Facilities.Edges {
			known = append(known, edge.Node)
		}
		if !page.Facilities.PageInfo.HasNextPage {
			p.places[state] = known
			return known, nil
		}
		after = page.Facilities.PageInfo.EndCursor
	}
}

// loadRated notes the ODO inspections of the places that they could help to tell apart.
func (p *player) loadRated(ctx context.Context, r Report, known []Place) error {
	name := nameOf(r.Facility)
	for n := range known {
		place := &known[n]
		sameName := place.any(func(other placeName) bool { return other.full == name.full })
		if place.Rated != nil || !sameName && !sameCity(place.City, r.City) {
			continue
		}
		data, err := ask[ratingsData](ctx, p.admin, ratingsQuery, map[string]any{"id": place.ID})
		if err != nil {
			return err
		}
		place.Rated = []time.Time{}
		if data.Facility == nil {
			continue
		}
		for _, rating := range data.Facility.ExternalRatings {
			if day, err := time.Parse(time.DateOnly, rating.EndedOn); err == nil && rating.Type == "ODO" {
				place.Rated = append(place.Rated, day)
			}
		}
	}
	return nil
}

// add has the administrator add the facility as the report names it.
func (p *player) add(ctx context.Context, r Report) (Place, error) {
	input := map[string]any{"name": r.Facility, "city": r.City, "state": r.State, "source": r.Source}
	if code := p.offices[strings.ToLower(r.FieldOffice)]; code != "" {
		input["fieldOffice"] = code
	}
	payload, err := change[facilityPayload](ctx, p.admin, addFacility, input)
	if err != nil {
		return Place{}, fmt.Errorf("add the facility: %w", err)
	}
	p.places[r.State] = append(p.places[r.State], payload.Facility)
	return payload.Facility, nil
}
