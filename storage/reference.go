package storage

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/sync"
)

// stamp scans the number of a transaction, which is selected as text: xid8 has no other form.
type stamp uint64

// ScanText implements pgtype.TextScanner.
func (s *stamp) ScanText(v pgtype.Text) error {
	n, err := strconv.ParseUint(v.String, 10, 64)
	*s = stamp(n)
	return err
}

func (t *tx) Horizon(ctx context.Context) (inspection.Horizon, error) {
	var h inspection.Horizon
	err := t.QueryRow(ctx, `select database_epoch(), pg_snapshot_xmin(pg_current_snapshot())::text, pg_snapshot_xmax(pg_current_snapshot())::text`).
		Scan(&h.Epoch, (*stamp)(&h.Oldest), (*stamp)(&h.Next))
	if err != nil {
		return h, fmt.Errorf("storage: horizon: %w", err)
	}
	return h, nil
}

func (t *tx) ReferenceScope(ctx context.Context) ([]inspection.OpenInspection, error) {
	return collect(ctx, t, "inspections in scope", func(rows pgx.Rows, o *inspection.OpenInspection) error {
		var changed pgtype.Timestamptz
		err := scanInspection(rows, &o.Inspection, &o.Facility.ID, &o.Facility.Name, &o.Facility.City, &o.Facility.State, (*stamp)(&o.ChangedIn), &changed)
		o.ChangedAt = changed.Time.UTC()
		return err
	}, "select "+inspectionColumns+`, f.id, f.name, f.city, f.state, stamp_of(c.changed_in)::text, c.changed_at
		from inspection i join facility f on f.id = i.facility_id join inspection_stamp c on c.inspection_id = i.id
		where i.state in ('PLANNED', 'IN_PROGRESS', 'FIELDWORK_DONE', 'IN_REVIEW')
		  and (i.lead_id = actor_id()
		       or exists (select from team_member m where m.inspection_id = i.id and m.user_id = actor_id() and m.removed_at is null))
		order by i.id`)
}

// placeTable is the places as a table p, of the parameters that placeArgs gives.
const placeTable = `unnest($1::uuid[], $2::text[]::xid8[], $3::uuid[]) p (inspection_id, changed_in, after)`

func placeArgs(places []sync.Place, more ...any) []any {
	ids, stamps, after := make([]inspection.ID, len(places)), make([]string, len(places)), make([]inspection.ID, len(places))
	for n, p := range places {
		ids[n], stamps[n], after[n] = p.Inspection, strconv.FormatUint(p.ChangedIn, 10), p.After
	}
	return append([]any{ids, stamps, after}, more...)
}

func (t *tx) ItemRows(ctx context.Context, places []sync.Place, before uint64, limit int) ([]inspection.ItemRow, error) {
	return collect(ctx, t, "checklist items", func(rows pgx.Rows, r *inspection.ItemRow) error {
		return rows.Scan((*uid)(&r.Inspection), (*stamp)(&r.ChangedIn), (*uid)(&r.ID), (*uid)(&r.StandardID), (*uid)(&r.RequirementID), &r.Position)
	}, `select a.inspection_id, stamp_of(a.changed_in)::text, a.id, a.standard_id, a.requirement_id, a.position
		from `+placeTable+` join answer a on a.inspection_id = p.inspection_id
		where stamp_of(a.changed_in) < $4::text::xid8 and (stamp_of(a.changed_in), a.id) > (p.changed_in, p.after)
		order by a.inspection_id, stamp_of(a.changed_in), a.id limit $5`, placeArgs(places, strconv.FormatUint(before, 10), limit)...)
}

func (t *tx) AssignmentRows(ctx context.Context, places []sync.Place, before uint64, limit int) ([]inspection.AssignmentRow, error) {
	return collect(ctx, t, "assignments", func(rows pgx.Rows, r *inspection.AssignmentRow) error {
		var to pgtype.UUID
		err := rows.Scan((*uid)(&r.Inspection), (*stamp)(&r.ChangedIn), (*uid)(&r.ID), (*uid)(&r.EditionID), &to, &r.Position, &r.Reasons)
		r.StandardID, r.AssignedTo = r.ID, id(to)
		return err
	}, `select s.inspection_id, stamp_of(s.changed_in)::text, s.standard_id, s.edition_id, s.assigned_to, s.position, s.reasons
		from `+placeTable+` join inspection_standard s on s.inspection_id = p.inspection_id
		where stamp_of(s.changed_in) < $4::text::xid8 and (stamp_of(s.changed_in), s.standard_id) > (p.changed_in, p.after)
		order by s.inspection_id, stamp_of(s.changed_in), s.standard_id limit $5`, placeArgs(places, strconv.FormatUint(before, 10), limit)...)
}

// pastOf says of an inspection i that it counts for another, o, that is not issued; see history.
const pastOf = `i.facility_id = o.facility_id and i.origin = o.origin and i.id <> o.id and i.state in ('ISSUED', 'CLOSED')
	and i.planned_end < o.planned_end`

// pastStamps are the transactions that changed what counts for an inspection o: issues, rulings and
// adoptions. Each may have an old visit count no more, or again.
const pastStamps = `select stamp_of(c.changed_in) n from inspection i join inspection_stamp c on c.inspection_id = i.id where ` + pastOf + `
	union all select stamp_of(p.changed_in) from inspection i join finding_response p on p.inspection_id = i.id where ` + pastOf + `
	union all select stamp_of(d.changed_in) from inspection i join amended_deficiency d on d.inspection_id = i.id and d.opens_action where ` + pastOf

func (t *tx) PastMoved(ctx context.Context, places []sync.Place) ([]inspection.ID, error) {
	return collect(ctx, t, "what moved in the past", func(rows pgx.Rows, id *inspection.ID) error { return rows.Scan((*uid)(id)) },
		`select o.id from `+placeTable+` join inspection o on o.id = p.inspection_id
		where exists (select from (`+pastStamps+`
		    union all select stamp_of(a.changed_in) from inspection i join corrective_action a on a.inspection_id = i.id where `+pastOf+`
		    union all select stamp_of(c.changed_in) from carried_action c where c.inspection_id = o.id) moved
		  where (moved.n, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) > (p.changed_in, p.after))`, placeArgs(places)...)
}

func (t *tx) Pasts(ctx context.Context, of []inspection.ID, now time.Time) ([]inspection.EarlierDeficiency, error) {
	return collect(ctx, t, "the past of inspections", func(rows pgx.Rows, p *inspection.EarlierDeficiency) error {
		var opened pgtype.Timestamptz
		err := scanPrior(rows, &p.PriorDeficiency, &p.ForID, &p.Withdrawn, &p.Carried, &p.RepeatTimes, &opened, (*stamp)(&p.ChangedIn))
		p.ActionOpenedAt = at(opened)
		return err
	}, "select "+priorColumns("$2")+`, o.id, coalesce(w.ruling = 'WITHDRAWN', false), c.action_id is not null, f.repeat_times, a.opened_at,
		greatest(o.n, stamp_of(a.changed_in), stamp_of(c.changed_in))::text
		from (select o.*, (select n from (`+pastStamps+`) s order by n desc limit 1) from inspection o where o.id = any ($1)) o
		join inspection i on `+pastOf+`
		`+priorFindings+`
		`+priorTables+`
		left join finding_response w on w.inspection_id = f.inspection_id and w.finding_id = f.id
		left join carried_action c on c.inspection_id = o.id and c.finding_id = f.id
		order by i.planned_end, i.id, f.recorded_at, f.id`, of, now)
}

func (t *tx) RowsToForget(ctx context.Context, of inspection.Collection, leaving []sync.Place, limit int) ([]sync.Entry, error) {
	return collect(ctx, t, "what to forget", func(rows pgx.Rows, r *sync.Entry) error { return rows.Scan((*uid)(&r.Inspection), (*uid)(&r.ID)) },
		`select f.inspection_id, f.id from rows_to_forget($4, $1) f join `+placeTable+` on p.inspection_id = f.inspection_id and f.id > p.after
		order by f.inspection_id, f.id limit $5`, placeArgs(leaving, string(of), limit)...)
}
