package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// comparisons pairs the ratings of each facility by different bodies. A body, the ratings that
// contradict each other and the wordings of final ratings are the domain's: $12 to $19.
const comparisons = countedInspections + `, edition_of as (
	select s.inspection_id, string_agg(distinct e.key, ', ') keys from inspection_standard s join edition e on e.id = s.edition_id
	where s.inspection_id in (select id from counted) group by s.inspection_id
), rating as (
	select r.facility_id, r.id, r.type body, '' origin, r.ended_on, r.edition, r.rating, r.rating_raw
	from external_rating r join place p on p.id = r.facility_id
	where r.type = any ($12::text[]) and r.rating not in ('', 'PENDING', 'OVERCOME_BY_EVENTS')
	  and ($2::date is null or r.ended_on >= $2) and ($3::date is null or r.ended_on <= $3)
	union all
	select c.facility_id, c.id, 'PLUMBLINE', c.origin, c.planned_end,
	       coalesce(o.keys, ''),
	       coalesce(w.rating, ''), c.final_rating
	from counted c left join edition_of o on o.inspection_id = c.id
	left join unnest($13::text[], $14::text[]) w (wording, rating) on w.wording = trim(regexp_replace(upper(c.final_rating), '[^A-Z]+', ' ', 'g'))
), pair as (
	select a.facility_id, a.id, a.body, a.origin, a.ended_on, a.edition, a.rating, a.rating_raw,
	       b.id b_id, b.body b_body, b.origin b_origin, b.ended_on b_ended_on, b.edition b_edition, b.rating b_rating, b.rating_raw b_rating_raw,
	       exists (select from unnest($15::text[], $16::text[]) c (one, other)
	               where (c.one, c.other) in ((a.rating, b.rating), (b.rating, a.rating))) contradicts
	from rating a join rating b on b.facility_id = a.facility_id and (b.ended_on, b.id) < (a.ended_on, a.id) and a.ended_on - b.ended_on <= $19::int
	where not exists (select from unnest($17::text[], $18::text[]) s (one, other) where s.one = a.body and s.other = b.body)
), asked as (
	select * from pair where contradicts or not $20::boolean
), shown as (
	select * from asked where $21::boolean or ended_on < $22::date or (ended_on = $22::date and (id > $23::uuid or (id = $23::uuid
	  and (b_ended_on < $24::date or (b_ended_on = $24::date and b_id > $25::uuid)))))
	order by ended_on desc, id, b_ended_on desc, b_id limit $26
)
select t.pairs, t.contradictions, t.facilities, x.contradicts, p.id, p.name, p.city, p.state,
       x.id, x.body, x.origin, x.ended_on, x.edition, x.rating, x.rating_raw,
       x.b_id, x.b_body, x.b_origin, x.b_ended_on, x.b_edition, x.b_rating, x.b_rating_raw
from (select count(*) pairs, count(*) filter (where contradicts) contradictions, count(distinct facility_id) facilities from asked) t
left join shown x on true left join place p on p.id = x.facility_id
order by x.ended_on desc, x.id, x.b_ended_on desc, x.b_id`

func (t *tx) RatingComparisons(ctx context.Context, q inspection.ComparisonQuery) (inspection.ComparisonPage, error) {
	after := inspection.ComparisonCursor{}
	if q.After != nil {
		after = *q.After
	}
	var page inspection.ComparisonPage
	wordings, ratings := inspection.FinalRatingWords()
	bad, good := contradictions()
	one, same := sameBodies()
	found, err := collect(ctx, t, "rating comparisons", func(rows pgx.Rows, c *inspection.RatingComparison) error {
		return scanComparison(rows, &page, c)
	}, comparisons, append(filterArgs(q.Filter)[:11], inspection.RatingBodies(), wordings, ratings, bad, good, one, same, q.Within,
		q.Contradicting, q.After == nil, after.Later, after.First, after.Earlier, after.Other, q.Limit+1)...)
	if err != nil {
		return page, err
	}
	if len(found) == 1 && found[0].Later.ID == (inspection.ID{}) {
		found = nil // the counts alone
	}
	page.Comparisons, page.More = found[:min(len(found), q.Limit)], len(found) > q.Limit
	return page, nil
}

func contradictions() (bad, good []string) {
	for _, p := range inspection.ContradictingRatings() {
		bad, good = append(bad, p.One), append(good, p.Other)
	}
	return bad, good
}

func sameBodies() (one, other []string) {
	for _, a := range inspection.RatingBodies() {
		for _, b := range inspection.RatingBodies() {
			if inspection.SameBody(a, b) {
				one, other = append(one, string(a)), append(other, string(b))
			}
		}
	}
	return one, other
}

// scanComparison reads a pair, or only the counts where no pair follows.
func scanComparison(rows pgx.Rows, page *inspection.ComparisonPage, c *inspection.RatingComparison) error {
	var contradicts pgtype.Bool
	var facility pgtype.UUID
	var place [3]pgtype.Text
	sides := [2]struct {
		id   pgtype.UUID
		text [5]pgtype.Text // body, origin, edition, rating, as written
		day  pgtype.Date
	}{}
	targets := []any{&page.Pairs, &page.Contradictions, &page.Facilities, &contradicts, &facility, &place[0], &place[1], &place[2]}
	for n := range sides {
		s := &sides[n]
		targets = append(targets, &s.id, &s.text[0], &s.text[1], &s.day, &s.text[2], &s.text[3], &s.text[4])
	}
	if err := rows.Scan(targets...); err != nil {
		return fmt.Errorf("pair: %w", err)
	}
	for n, to := range []*inspection.ComparedRating{&c.Later, &c.Earlier} {
		s := sides[n]
		*to = inspection.ComparedRating{ID: s.id.Bytes, Body: inspection.RatingBody(s.text[0].String), Origin: inspection.Origin(s.text[1].String),
			EndedOn: s.day.Time, Edition: s.text[2].String, Rating: s.text[3].String, RatingRaw: s.text[4].String}
	}
	c.Facility = inspection.FacilityName{ID: facility.Bytes, Name: place[0].String, City: place[1].String, State: place[2].String}
	c.Contradicts = contradicts.Bool
	c.DaysApart = int(c.Later.EndedOn.Sub(c.Earlier.EndedOn).Hours() / 24)
	return nil
}
