package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// inspectionColumns reads an inspection whole: header, team, scope and milestones.
const inspectionColumns = `i.id, i.facility_id, i.edition_id, i.core_set_id, i.origin, i.scope, i.announced, i.planned_start, i.planned_end, i.state, i.lead_id,
	i.revision, i.head, i.planned_by, i.planned_at, i.started_at, i.fieldwork_done_at, i.fieldwork_note, i.submitted_at, i.returned_reason,
	i.approved_by, i.approved_at, i.issued_by, i.issued_at, i.closed_at, i.cancelled_at, i.cancelled_reason,
	i.recommended_rating, i.recommended_reason, i.recommended_by, i.recommended_at, i.final_rating, i.final_reason, i.final_by, i.final_at, i.source,
	(select json_agg(json_build_object('UserID', m.user_id, 'JoinedAt', m.joined_at, 'RemovedAt', m.removed_at,
	   'Name', u.name, 'Email', u.email, 'Role', u.role, 'Lead', u.id = i.lead_id) order by m.joined_at, m.user_id)
	 from team_member m join app_user u on u.id = m.user_id where m.inspection_id = i.id),
	(select json_agg(json_build_object('StandardID', s.standard_id, 'EditionID', s.edition_id, 'AssignedTo', s.assigned_to, 'Position', s.position, 'Reasons', s.reasons) order by s.position)
	 from inspection_standard s where s.inspection_id = i.id),
	(select json_agg(json_build_object('ID', m.id, 'Kind', m.kind, 'OccurredAt', m.occurred_at, 'Note', m.note, 'RolesPresent', m.roles_present,
	   'PreliminaryListHandedOver', m.preliminary_list_handed_over, 'RecordedBy', m.recorded_by, 'RecordedAt', m.recorded_at) order by m.occurred_at, m.id)
	 from milestone m where m.inspection_id = i.id)`

// stored mirrors of what inspectionColumns aggregates; the domain's own JSON names are for snapshots.
type storedMember struct {
	UserID    inspection.ID
	JoinedAt  time.Time
	RemovedAt *time.Time
	Name      string
	Email     string
	Role      inspection.Role
	Lead      bool
}

type storedStandard struct {
	StandardID inspection.ID
	EditionID  inspection.ID
	AssignedTo *inspection.ID
	Position   int
	Reasons    []inspection.ScopeReason
}

type storedMilestone struct {
	ID                        inspection.ID
	Kind                      inspection.MilestoneKind
	OccurredAt                time.Time
	Note                      string
	RolesPresent              []string
	PreliminaryListHandedOver *bool
	RecordedBy                inspection.ID
	RecordedAt                time.Time
}

// scanInspection scans inspectionColumns, and what follows them.
func scanInspection(rows pgx.Rows, i *inspection.Inspection, more ...any) error {
	var start, end pgtype.Date
	var planned pgtype.Timestamptz
	var started, done, submitted, approved, issued, closed, cancelled, recommendedAt, finalAt pgtype.Timestamptz
	var coreSet, approvedBy, issuedBy, recommendedBy, finalBy pgtype.UUID
	var recommended, final inspection.RatingDecision
	var team, standards, milestones []byte
	err := rows.Scan(append([]any{&i.ID, &i.FacilityID, (*uid)(&i.EditionID), &coreSet, &i.Origin, &i.Scope, &i.Announced, &start, &end, &i.State, &i.LeadID,
		&i.Revision, &i.Head, &i.PlannedBy, &planned, &started, &done, &i.FieldworkNote, &submitted, &i.ReturnedReason,
		&approvedBy, &approved, &issuedBy, &issued, &closed, &cancelled, &i.CancelledReason,
		&recommended.Rating, &recommended.Reason, &recommendedBy, &recommendedAt, &final.Rating, &final.Reason, &finalBy, &finalAt, &i.Source,
		&team, &standards, &milestones}, more...)...)
	if err != nil {
		return err
	}
	i.CoreSetID = id(coreSet)
	i.PlannedStart, i.PlannedEnd, i.PlannedAt = start.Time, end.Time, planned.Time.UTC()
	i.StartedAt, i.FieldworkDoneAt, i.SubmittedAt = at(started), at(done), at(submitted)
	i.ApprovedBy, i.ApprovedAt, i.IssuedBy, i.IssuedAt = id(approvedBy), at(approved), id(issuedBy), at(issued)
	i.ClosedAt, i.CancelledAt = at(closed), at(cancelled)
	if recommendedAt.Valid {
		recommended.By, recommended.At = recommendedBy.Bytes, recommendedAt.Time.UTC()
		i.Recommended = &recommended
	}
	if finalAt.Valid {
		final.By, final.At = finalBy.Bytes, finalAt.Time.UTC()
		i.Final = &final
	}
	return errors.Join(fillTeam(i, team), fillStandards(i, standards), fillMilestones(i, milestones))
}

func fillTeam(i *inspection.Inspection, document []byte) error {
	members, err := decode[storedMember](document)
	for _, m := range members {
		i.Team = append(i.Team, inspection.TeamMember(m))
	}
	return err
}

func fillStandards(i *inspection.Inspection, document []byte) error {
	standards, err := decode[storedStandard](document)
	i.Standards = make([]inspection.ScopedStandard, len(standards))
	for n, s := range standards {
		i.Standards[n] = inspection.ScopedStandard(s)
	}
	return err
}

func fillMilestones(i *inspection.Inspection, document []byte) error {
	milestones, err := decode[storedMilestone](document)
	for _, m := range milestones {
		i.Milestones = append(i.Milestones, inspection.Milestone(m))
	}
	return err
}

func decode[T any](document []byte) ([]T, error) {
	if document == nil {
		return nil, nil
	}
	var all []T
	return all, json.Unmarshal(document, &all)
}

func (t *tx) LockInspection(ctx context.Context, id inspection.ID) (*inspection.Inspection, error) {
	// The lock comes first and apart: what a waiting statement read before it got the lock is old.
	// A row that the actor may read but not change is not locked; it is found, and refused by name.
	// The key stays, so that who only refers to the inspection (a waiver's step, an issue that reopens
	// its action) need not wait, and deadlock, with who holds it.
	if _, err := t.Exec(ctx, "select from inspection where id = $1 for no key update", id); err != nil {
		return nil, fmt.Errorf("storage: lock inspection %s: %w", id, err)
	}
	return t.Inspection(ctx, id)
}

func (t *tx) Inspection(ctx context.Context, id inspection.ID) (*inspection.Inspection, error) {
	found, err := collect(ctx, t, "inspection", func(rows pgx.Rows, i *inspection.Inspection) error { return scanInspection(rows, i) }, "select "+inspectionColumns+" from inspection i where i.id = $1", id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, missing("inspection")
	}
	return &found[0], nil
}

func (t *tx) ListInspections(ctx context.Context, q inspection.InspectionQuery) (inspection.InspectionPage, error) {
	after := inspection.InspectionCursor{PlannedStart: time.Unix(0, 0).UTC()}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "inspections", scanSummary, `select i.id, f.id, f.name, f.city, f.state, i.origin, i.scope, i.state,
		i.planned_start, i.planned_end, i.final_rating, i.source, s.policy, s.version, s.result, s.per_mille
		from inspection i join facility f on f.id = i.facility_id
		left join score s on s.inspection_id = i.id and s.policy = 'g324a'
		where ($1::uuid is null or i.facility_id = $1)
		  and (cardinality($2::text[]) = 0 or i.state = any ($2))
		  and (cardinality($3::text[]) = 0 or i.origin = any ($3))
		  and (not $4::boolean or i.lead_id = actor_id()
		       or exists (select from team_member m where m.inspection_id = i.id and m.user_id = actor_id() and m.removed_at is null))
		  and ($5 = '' or i.source = $5)
		  and ($6::boolean or i.planned_start < $7::date or (i.planned_start = $7::date and i.id > $8))
		order by i.planned_start desc, i.id limit $9`,
		q.FacilityID, list(q.States), list(q.Origins), q.Mine, q.Source, q.After == nil, after.PlannedStart, after.ID, q.Limit+1)
	if err != nil {
		return inspection.InspectionPage{}, err
	}
	return inspection.InspectionPage{Inspections: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}

func scanSummary(rows pgx.Rows, s *inspection.InspectionSummary) error {
	var start, end pgtype.Date
	var policy, result pgtype.Text
	var version, perMille pgtype.Int4
	err := rows.Scan(&s.ID, &s.Facility.ID, &s.Facility.Name, &s.Facility.City, &s.Facility.State, &s.Origin, &s.Scope, &s.State,
		&start, &end, &s.FinalRating, &s.Source, &policy, &version, &result, &perMille)
	s.PlannedStart, s.PlannedEnd, s.Score = start.Time, end.Time, scoreSummary(policy, version, result, perMille)
	return err
}

// scoreSummary is nil where a left join found no score.
func scoreSummary(policy pgtype.Text, version pgtype.Int4, result pgtype.Text, perMille pgtype.Int4) *inspection.ScoreSummary {
	if !policy.Valid {
		return nil
	}
	score := &inspection.ScoreSummary{Policy: policy.String, Version: int(version.Int32), Result: result.String}
	if perMille.Valid {
		share := int(perMille.Int32)
		score.PerMille = &share
	}
	return score
}

var inspectionTable = table{name: "inspection", insertOnly: true, columns: []string{"id", "facility_id", "edition_id", "core_set_id", "origin", "scope", "announced", "planned_start", "planned_end",
	"state", "lead_id", "revision", "head", "planned_by", "planned_at", "fieldwork_note", "returned_reason", "cancelled_reason",
	"recommended_rating", "recommended_reason", "final_rating", "final_reason", "source"}}

var scopeTable = table{name: "inspection_standard", key: []string{"inspection_id", "standard_id"},
	columns: []string{"inspection_id", "standard_id", "edition_id", "assigned_to", "position", "reasons"}}

var teamTable = table{name: "team_member", key: []string{"inspection_id", "user_id"}, columns: []string{"inspection_id", "user_id", "joined_at", "removed_at"}}

var milestoneTable = table{name: "milestone", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "kind", "occurred_at", "note",
	"roles_present", "preliminary_list_handed_over", "recorded_by", "recorded_at"}}

func (t *tx) CreateInspection(ctx context.Context, i *inspection.Inspection) error {
	// The team first: what row-level security shows of an inspection follows from it.
	created := row{"id": i.ID, "facility_id": i.FacilityID, "edition_id": optional(i.EditionID), "core_set_id": i.CoreSetID, "origin": i.Origin, "scope": i.Scope, "announced": i.Announced,
		"planned_start": date(i.PlannedStart), "planned_end": date(i.PlannedEnd), "state": i.State, "lead_id": i.LeadID,
		"revision": i.Revision, "head": i.Head, "planned_by": i.PlannedBy, "planned_at": moment(i.PlannedAt), "fieldwork_note": "",
		"returned_reason": "", "cancelled_reason": "", "recommended_rating": "", "recommended_reason": "", "final_rating": "", "final_reason": "",
		"source": i.Source}
	if err := t.save(ctx, inspectionTable, []row{created}); err != nil {
		return err
	}
	return t.saveParts(ctx, i)
}

func (t *tx) saveParts(ctx context.Context, i *inspection.Inspection) error {
	var team, scope, milestones []row
	for _, m := range i.Team {
		team = append(team, row{"inspection_id": i.ID, "user_id": m.UserID, "joined_at": moment(m.JoinedAt), "removed_at": m.RemovedAt})
	}
	for _, s := range i.Standards {
		scope = append(scope, row{"inspection_id": i.ID, "standard_id": s.StandardID, "edition_id": s.EditionID, "assigned_to": s.AssignedTo, "position": s.Position,
			"reasons": list(s.Reasons)})
	}
	for _, m := range i.Milestones {
		milestones = append(milestones, row{"inspection_id": i.ID, "id": m.ID, "kind": m.Kind, "occurred_at": moment(m.OccurredAt), "note": m.Note,
			"roles_present": list(m.RolesPresent), "preliminary_list_handed_over": m.PreliminaryListHandedOver, "recorded_by": m.RecordedBy, "recorded_at": moment(m.RecordedAt)})
	}
	if err := t.save(ctx, teamTable, team); err != nil {
		return err
	}
	if err := t.save(ctx, scopeTable, scope); err != nil {
		return err
	}
	return t.save(ctx, milestoneTable, milestones)
}

func (t *tx) SaveInspection(ctx context.Context, i *inspection.Inspection, parts bool) error {
	if parts {
		if err := t.saveParts(ctx, i); err != nil {
			return err
		}
	}
	recommended, final := decided(i.Recommended), decided(i.Final)
	tag, err := t.Exec(ctx, `update inspection set state = $2, revision = $3, head = $4, started_at = $5, fieldwork_done_at = $6, fieldwork_note = $7,
		submitted_at = $8, returned_reason = $9, approved_by = $10, approved_at = $11, issued_by = $12, issued_at = $13, closed_at = $14,
		cancelled_at = $15, cancelled_reason = $16, recommended_rating = $17, recommended_reason = $18, recommended_by = $19, recommended_at = $20,
		final_rating = $21, final_reason = $22, final_by = $23, final_at = $24 where id = $1`,
		i.ID, i.State, i.Revision, i.Head, i.StartedAt, i.FieldworkDoneAt, i.FieldworkNote, i.SubmittedAt, i.ReturnedReason, i.ApprovedBy, i.ApprovedAt,
		i.IssuedBy, i.IssuedAt, i.ClosedAt, i.CancelledAt, i.CancelledReason, recommended.rating, recommended.reason, recommended.by, recommended.at,
		final.rating, final.reason, final.by, final.at)
	if err != nil {
		return fmt.Errorf("storage: save inspection %s: %w", i.ID, err)
	}
	if tag.RowsAffected() != 1 {
		return inspection.Refuse(inspection.Forbidden, "", "you may not change this inspection")
	}
	return nil
}

// decision is a rating decision by column.
type decision struct {
	rating, reason string
	by             *inspection.ID
	at             *time.Time
}

func decided(d *inspection.RatingDecision) decision {
	if d == nil {
		return decision{}
	}
	return decision{d.Rating, d.Reason, &d.By, &d.At}
}

// Locate asks every aggregate that has ids of its own.
func (t *tx) Locate(ctx context.Context, id inspection.ID) (string, inspection.ID, error) {
	var kind string
	var of pgtype.UUID
	err := t.QueryRow(ctx, `
		select 'Inspection', id from inspection where id = $1 union all
		select 'Facility', null from facility where id = $1 union all
		select 'Answer', inspection_id from answer where id = $1 union all
		select 'Finding', inspection_id from finding where id = $1 union all
		select 'Evidence', inspection_id from evidence where id = $1 union all
		select 'Observation', inspection_id from observation where id = $1 union all
		select 'SampleDraw', inspection_id from sample_draw where id = $1 union all
		select 'CorrectiveAction', inspection_id from corrective_action where id = $1 union all
		select 'Waiver', null from waiver where id = $1 union all
		select 'Webhook', null from webhook where id = $1 union all
		select 'Device', null from device where id = $1 union all
		select 'Standard', edition_id from standard where id = $1 union all
		select 'Requirement', edition_id from requirement where id = $1 union all
		select 'Edition', id from edition where id = $1 union all
		select 'CoreSet', null from core_set where id = $1 union all
		select 'User', null from app_user where id = $1
		limit 1`, id).Scan(&kind, &of)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", inspection.ID{}, missing("object")
	}
	if err != nil {
		return "", inspection.ID{}, fmt.Errorf("storage: locate %s: %w", id, err)
	}
	return kind, of.Bytes, nil
}
