package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const facilityColumns = `f.id, coalesce(f.detloc, ''), f.name, f.aliases, f.street, f.city, f.state, f.zip, f.county,
	f.latitude, f.longitude, coalesce(f.field_office, ''), f.type, f.type_raw, f.operator, f.owner, f.sex, f.guaranteed_minimum,
	f.capacity, f.population, f.population_period, f.over_72, f.standard, f.standard_raw, f.listed, f.listed_on, f.facts_as_of,
	f.fact_dates, f.source, f.revision`

// facilityScan scans facilityColumns and hands on what follows them.
type facilityScan struct {
	f        *inspection.Facility
	listedOn pgtype.Date
	asOf     pgtype.Date
	dates    []byte
}

func (s *facilityScan) targets(more ...any) []any {
	f := s.f
	return append([]any{&f.ID, &f.Detloc, &f.Name, &f.Aliases, &f.Street, &f.City, &f.State, &f.Zip, &f.County,
		&f.Latitude, &f.Longitude, &f.FieldOffice, &f.Type, &f.TypeRaw, &f.Operator, &f.Owner, &f.Sex, &f.GuaranteedMinimum,
		&f.Capacity, &f.Population, &f.PopulationPeriod, &f.Over72, &f.Standard, &f.StandardRaw, &f.Listed, &s.listedOn, &s.asOf,
		&s.dates, &f.Source, &f.Revision}, more...)
}

func (s *facilityScan) finish() error {
	s.f.ListedOn, s.f.FactsAsOf = s.listedOn.Time, s.asOf.Time
	if len(s.f.Aliases) == 0 {
		s.f.Aliases = nil
	}
	var days map[inspection.Fact]string
	if err := json.Unmarshal(s.dates, &days); err != nil || len(days) == 0 {
		return err
	}
	s.f.FactDates = map[inspection.Fact]time.Time{}
	for fact, day := range days {
		on, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return err
		}
		s.f.FactDates[fact] = on
	}
	return nil
}

// facilityList reads facilities with the last inspection of the given origins ($1), its score, and
// the last external rating, in one statement.
const facilityList = `select ` + facilityColumns + `,
	i.id, i.origin, i.scope, i.state, i.planned_start, i.planned_end, i.final_rating, s.policy, s.version, s.result, s.per_mille,
	r.id, r.type, r.type_raw, r.ended_on, r.edition, r.edition_raw, r.rating, r.rating_raw, r.source, r.source_date
	from facility f
	left join lateral (select * from inspection i where i.facility_id = f.id and i.origin = any ($1) and i.state <> 'CANCELLED'
		order by i.planned_start desc, i.id limit 1) i on true
	left join score s on s.inspection_id = i.id and s.policy = 'g324a'
	left join lateral (select * from external_rating r where r.facility_id = f.id order by r.ended_on desc, r.id limit 1) r on true `

func scanFacilityView(rows pgx.Rows, v *inspection.FacilityView) error {
	scan := facilityScan{f: &v.Facility}
	var last, rating pgtype.UUID
	var origin, scope, state, final, policy, result pgtype.Text
	var start, end, ended, sourceDate pgtype.Date
	var version, perMille pgtype.Int4
	var r [8]pgtype.Text
	err := rows.Scan(scan.targets(&last, &origin, &scope, &state, &start, &end, &final, &policy, &version, &result, &perMille,
		&rating, &r[0], &r[1], &ended, &r[2], &r[3], &r[4], &r[5], &r[6], &sourceDate)...)
	if err != nil {
		return err
	}
	if last.Valid {
		v.LastInspection = &inspection.InspectionSummary{ID: last.Bytes,
			Facility: inspection.FacilityName{ID: v.ID, Name: v.Name, City: v.City, State: v.State}, Origin: inspection.Origin(origin.String), Scope: inspection.Scope(scope.String),
			State: inspection.State(state.String), PlannedStart: start.Time, PlannedEnd: end.Time, FinalRating: final.String}
		v.LastInspection.Score = scoreSummary(policy, version, result, perMille)
	}
	if rating.Valid {
		v.LastRating = &inspection.ExternalRating{ID: rating.Bytes, FacilityID: v.ID, Type: r[0].String, TypeRaw: r[1].String, EndedOn: ended.Time,
			Edition: r[2].String, EditionRaw: r[3].String, Rating: r[4].String, RatingRaw: r[5].String, Source: r[6].String, SourceDate: sourceDate.Time}
	}
	return scan.finish()
}

func (t *tx) Facility(ctx context.Context, id inspection.ID) (*inspection.FacilityView, error) {
	views, err := collect(ctx, t, "facility", scanFacilityView, facilityList+"where f.id = $2", []string{string(inspection.Live)}, id)
	if err != nil {
		return nil, err
	}
	if len(views) == 0 {
		return nil, missing("facility")
	}
	return &views[0], nil
}

func (t *tx) ListFacilities(ctx context.Context, q inspection.FacilityQuery) (inspection.FacilityPage, error) {
	origins := q.Origins
	if len(origins) == 0 {
		origins = []inspection.Origin{inspection.Live}
	}
	after := inspection.FacilityCursor{}
	if q.After != nil {
		after = *q.After
	}
	views, err := collect(ctx, t, "facilities", scanFacilityView, facilityList+`
		where ($2 = '' or f.name ilike '%' || $2 || '%' or f.city ilike '%' || $2 || '%' or f.detloc ilike $2
		       or exists (select from unnest(f.aliases) a where a ilike '%' || $2 || '%'))
		  and ($3 = '' or f.state = $3) and ($4 = '' or f.field_office = $4)
		  and ($5::boolean is null or f.listed = $5)
		  and ($6::boolean or (f.name, f.id) > ($7, $8))
		order by f.name, f.id limit $9`,
		origins, like(q.Search), q.State, q.FieldOffice, q.Listed, q.After == nil, after.Name, after.ID, q.Limit+1)
	if err != nil {
		return inspection.FacilityPage{}, err
	}
	more := len(views) > q.Limit
	return inspection.FacilityPage{Facilities: views[:min(len(views), q.Limit)], More: more}, nil
}

// like takes their meaning from the characters that ILIKE would treat as wildcards.
func like(text string) string {
	escaped := make([]rune, 0, len(text))
	for _, r := range text {
		if r == '%' || r == '_' || r == '\\' {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, r)
	}
	return string(escaped)
}

func (t *tx) AllFacilities(ctx context.Context) ([]inspection.Facility, error) {
	return collect(ctx, t, "facilities", func(rows pgx.Rows, f *inspection.Facility) error {
		scan := facilityScan{f: f}
		if err := rows.Scan(scan.targets()...); err != nil {
			return err
		}
		return scan.finish()
	}, "select "+facilityColumns+" from facility f order by f.name, f.id")
}

const ratingColumns = "facility_id, id, type, type_raw, ended_on, edition, edition_raw, rating, rating_raw, source, source_date"

func scanRating(rows pgx.Rows, r *inspection.ExternalRating) error {
	var ended, source pgtype.Date
	err := rows.Scan(&r.FacilityID, &r.ID, &r.Type, &r.TypeRaw, &ended, &r.Edition, &r.EditionRaw, &r.Rating, &r.RatingRaw, &r.Source, &source)
	r.EndedOn, r.SourceDate = ended.Time, source.Time
	return err
}

func (t *tx) AllExternalRatings(ctx context.Context) ([]inspection.ExternalRating, error) {
	return collect(ctx, t, "external ratings", scanRating, "select "+ratingColumns+" from external_rating order by facility_id, ended_on desc, id")
}

func (t *tx) ExternalRatings(ctx context.Context, facilities []inspection.ID) ([]inspection.ExternalRating, error) {
	return collect(ctx, t, "external ratings", scanRating,
		"select "+ratingColumns+" from external_rating where facility_id = any ($1) order by ended_on desc, id", facilities)
}

var facilityTable = table{name: "facility", key: []string{"id"}, columns: []string{"id", "detloc", "name", "aliases", "street", "city", "state", "zip",
	"county", "latitude", "longitude", "field_office", "type", "type_raw", "operator", "owner", "sex", "guaranteed_minimum", "capacity",
	"population", "population_period", "over_72", "standard", "standard_raw", "listed", "listed_on", "facts_as_of", "fact_dates", "source", "revision"}}

var ratingTable = table{name: "external_rating", key: []string{"facility_id", "id"}, columns: []string{"facility_id", "id", "type", "type_raw",
	"ended_on", "edition", "edition_raw", "rating", "rating_raw", "source", "source_date"}}

func facilityRow(f inspection.Facility) row {
	dates := map[inspection.Fact]any{}
	for fact, on := range f.FactDates {
		dates[fact] = date(on)
	}
	return row{"id": f.ID, "detloc": optional(f.Detloc), "name": f.Name, "aliases": list(f.Aliases), "street": f.Street, "city": f.City,
		"state": f.State, "zip": f.Zip, "county": f.County, "latitude": f.Latitude, "longitude": f.Longitude,
		"field_office": optional(f.FieldOffice), "type": f.Type, "type_raw": f.TypeRaw, "operator": f.Operator, "owner": f.Owner, "sex": f.Sex,
		"guaranteed_minimum": f.GuaranteedMinimum, "capacity": f.Capacity, "population": f.Population, "population_period": f.PopulationPeriod,
		"over_72": f.Over72, "standard": f.Standard, "standard_raw": f.StandardRaw, "listed": f.Listed, "listed_on": date(f.ListedOn),
		"facts_as_of": date(f.FactsAsOf), "fact_dates": dates, "source": f.Source, "revision": f.Revision}
}

func ratingRow(r inspection.ExternalRating) row {
	return row{"facility_id": r.FacilityID, "id": r.ID, "type": r.Type, "type_raw": r.TypeRaw, "ended_on": date(r.EndedOn), "edition": r.Edition,
		"edition_raw": r.EditionRaw, "rating": r.Rating, "rating_raw": r.RatingRaw, "source": r.Source, "source_date": date(r.SourceDate)}
}

func (t *tx) SaveRoster(ctx context.Context, c inspection.RosterChange) error {
	if err := t.checkRevisions(ctx, c.UpdatedFacilities); err != nil {
		return err
	}
	var facilities, ratings []row
	for _, f := range c.NewFacilities {
		f.Revision = 1
		facilities = append(facilities, facilityRow(f))
	}
	for _, f := range c.UpdatedFacilities {
		f.Revision++
		facilities = append(facilities, facilityRow(f))
	}
	for _, r := range append(append([]inspection.ExternalRating{}, c.NewRatings...), c.UpdatedRatings...) {
		ratings = append(ratings, ratingRow(r))
	}
	if err := t.save(ctx, facilityTable, facilities); err != nil {
		return err
	}
	return t.save(ctx, ratingTable, ratings)
}

// checkRevisions locks the facilities and refuses if one has moved on since the change was planned.
func (t *tx) checkRevisions(ctx context.Context, updated []inspection.Facility) error {
	if len(updated) == 0 {
		return nil
	}
	ids, revisions := make([]inspection.ID, len(updated)), make([]int, len(updated))
	for n, f := range updated {
		ids[n], revisions[n] = f.ID, f.Revision
	}
	var same int
	err := t.QueryRow(ctx, `select count(*) from (select f.id from facility f join unnest($1::uuid[], $2::int[]) u (id, revision)
		on f.id = u.id and f.revision = u.revision for update of f) held`, ids, revisions).Scan(&same)
	if err != nil {
		return fmt.Errorf("storage: lock facilities: %w", err)
	}
	if same != len(updated) {
		return inspection.Refuse(inspection.Stale, "", "a facility was changed while the import was planned; import again")
	}
	return nil
}
