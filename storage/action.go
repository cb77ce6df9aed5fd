package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// deficiencyOf looks one action's deficiency up by its key: joined as it is, the view would be read whole.
const deficiencyOf = `cross join lateral (
		select * from deficiency where inspection_id = a.inspection_id and id = a.finding_id offset 0)`

// actionQuery reads actions with the deficiency and the place that they are about.
const actionQuery = `select a.inspection_id, a.id, a.finding_id, a.state, a.abatement_due, a.plan_due, a.proof_due, a.opened_at, a.revision,
	a.plan_text, a.plan_role, a.plan_complete_on, a.planned_at, a.report_text, a.done_at, a.reported_at, a.verified_by, a.verified_at, a.reopened_at,
	a.waiver_id, a.waived_until, a.changed_at, f.id, f.name, f.city, f.state, i.origin,
	d.code, d.citation, d.citation_confirmed, d.text, d.priority_declared or d.priority_derived, d.requirement_id, d.standard_id
	from corrective_action a join inspection i on i.id = a.inspection_id join facility f on f.id = i.facility_id
	` + deficiencyOf + ` d `

func scanAction(rows pgx.Rows, a *inspection.CorrectiveAction) error {
	var abatement, plan, proof, opened, planned, done, reported, verified, reopened, until, changed pgtype.Timestamptz
	var complete pgtype.Date
	var by, waiver, requirement, standard pgtype.UUID
	var p inspection.ActionPlan
	var r inspection.ActionReport
	err := rows.Scan(&a.InspectionID, &a.ID, &a.FindingID, &a.State, &abatement, &plan, &proof, &opened, &a.Revision,
		&p.Text, &p.Role, &complete, &planned, &r.Text, &done, &reported, &by, &verified, &reopened, &waiver, &until, &changed,
		&a.Facility.ID, &a.Facility.Name, &a.Facility.City, &a.Facility.State, &a.Origin,
		&a.Deficiency.Code, &a.Deficiency.Citation, &a.Deficiency.CitationConfirmed, &a.Deficiency.Text, &a.Deficiency.Priority, &requirement, &standard)
	a.AbatementDue, a.PlanDue, a.ProofDue, a.OpenedAt = at(abatement), plan.Time.UTC(), proof.Time.UTC(), opened.Time.UTC()
	a.VerifiedBy, a.VerifiedAt, a.ReopenedAt, a.WaiverID, a.WaivedUntil = id(by), at(verified), at(reopened), id(waiver), at(until)
	a.ChangedAt, a.Deficiency.RequirementID, a.Deficiency.StandardID = changed.Time.UTC(), id(requirement), id(standard)
	if planned.Valid {
		p.CompleteOn, p.At = complete.Time, planned.Time.UTC()
		a.Plan = &p
	}
	if reported.Valid {
		r.DoneAt, r.At = done.Time.UTC(), reported.Time.UTC()
		a.Report = &r
	}
	return err
}

func (t *tx) CorrectiveActions(ctx context.Context, of inspection.ID) ([]inspection.CorrectiveAction, error) {
	return collect(ctx, t, "corrective actions", scanAction, actionQuery+"where a.inspection_id = $1 order by a.id", of)
}

func (t *tx) LockAction(ctx context.Context, of, id inspection.ID) (inspection.CorrectiveAction, error) {
	found, err := collect(ctx, t, "corrective action", scanAction, actionQuery+"where a.inspection_id = $1 and a.id = $2 for no key update of a", of, id)
	if err != nil {
		return inspection.CorrectiveAction{}, err
	}
	if len(found) == 0 {
		return inspection.CorrectiveAction{}, missing("corrective action")
	}
	return found[0], nil
}

func (t *tx) LockActions(ctx context.Context, ids []inspection.ID) ([]inspection.CorrectiveAction, error) {
	return collect(ctx, t, "corrective actions", scanAction, actionQuery+"where a.id = any ($1) order by a.id for no key update of a", list(ids))
}

func (t *tx) LockActionOf(ctx context.Context, of, finding inspection.ID) (inspection.CorrectiveAction, error) {
	found, err := collect(ctx, t, "corrective action", scanAction, actionQuery+"where a.inspection_id = $1 and a.finding_id = $2 for no key update of a", of, finding)
	if err != nil {
		return inspection.CorrectiveAction{}, err
	}
	if len(found) == 0 {
		return inspection.CorrectiveAction{}, missing("corrective action")
	}
	return found[0], nil
}

func (t *tx) ListActions(ctx context.Context, q inspection.ActionQuery) (inspection.ActionPage, error) {
	after := inspection.ActionCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "corrective actions", scanAction, actionQuery+`
		where (cardinality($1::uuid[]) = 0 or i.facility_id = any ($1))
		  and ($2 = '' or f.field_office = $2)
		  and (cardinality($3::text[]) = 0 or action_state(a.state, a.waived_until, $4) = any ($3))
		  and ($5::boolean is null or coalesce(action_owed(a, $4) < $4, false) = $5)
		  and (cardinality($6::text[]) = 0 or i.origin = any ($6))
		  and ($7::boolean or (a.proof_due, a.id) > ($8::timestamptz, $9::uuid))
		order by a.proof_due, a.id limit $10`,
		list(q.Facilities), q.FieldOffice, list(q.States), q.Now, q.Overdue, list(q.Origins), q.After == nil, after.ProofDue, after.ID, q.Limit+1)
	if err != nil {
		return inspection.ActionPage{}, err
	}
	return inspection.ActionPage{Actions: found[:min(len(found), q.Limit)], More: len(found) > q.Limit}, nil
}

func (t *tx) OpenActions(ctx context.Context, facilities []inspection.ID, origins []inspection.Origin, now time.Time) ([]inspection.CorrectiveAction, error) {
	found, err := collect(ctx, t, "open actions", scanAction, actionQuery+`
		where i.facility_id = any ($1) and i.origin = any ($2) and action_state(a.state, a.waived_until, $3) in ('OPEN', 'PLANNED', 'REPORTED_DONE', 'REOPENED')
		order by a.proof_due, a.id`, list(facilities), list(origins), now)
	for n := range found {
		found[n] = found[n].At(now)
	}
	return found, err
}

var actionTable = table{name: "corrective_action", insertOnly: true, columns: []string{"inspection_id", "id", "finding_id", "state",
	"abatement_due", "plan_due", "proof_due", "opened_at", "revision", "plan_text", "plan_role", "report_text", "changed_at"}}

func (t *tx) SaveCorrectiveActions(ctx context.Context, actions []inspection.CorrectiveAction) error {
	rows := make([]row, len(actions))
	for n, a := range actions {
		rows[n] = row{"inspection_id": a.InspectionID, "id": a.ID, "finding_id": a.FindingID, "state": a.State, "abatement_due": a.AbatementDue,
			"plan_due": moment(a.PlanDue), "proof_due": moment(a.ProofDue), "opened_at": moment(a.OpenedAt), "revision": a.Revision,
			"plan_text": "", "plan_role": "", "report_text": "", "changed_at": moment(a.ChangedAt)}
	}
	return t.save(ctx, actionTable, rows)
}

var stepTable = table{name: "corrective_action_step", insertOnly: true, columns: []string{"inspection_id", "action_id", "n", "kind", "from_state", "to_state",
	"text", "responsible", "date", "evidence", "actor_id", "actor_role", "at"}}

// StepActions writes the steps first: the database lets no action change without its record. An
// update, and no upsert, because who may change an action may not open one.
func (t *tx) StepActions(ctx context.Context, actions []inspection.CorrectiveAction, steps []inspection.ActionStep) error {
	if len(actions) == 0 {
		return nil
	}
	rows := make([]row, len(steps))
	for n, s := range steps {
		rows[n] = row{"inspection_id": s.InspectionID, "action_id": s.ActionID, "n": s.N, "kind": s.Kind, "from_state": s.From, "to_state": s.To,
			"text": s.Text, "responsible": s.Responsible, "date": s.Date, "evidence": list(s.Evidence), "actor_id": s.ActorID, "actor_role": s.ActorRole, "at": moment(s.At)}
	}
	if err := t.save(ctx, stepTable, rows); err != nil {
		return err
	}
	changed := make([]row, len(actions))
	for n, a := range actions {
		changed[n] = changedAction(a)
	}
	tag, err := t.Exec(ctx, `update corrective_action a set state = r.state, revision = r.revision, plan_text = r.plan_text, plan_role = r.plan_role,
		plan_complete_on = r.plan_complete_on, planned_at = r.planned_at, report_text = r.report_text, done_at = r.done_at, reported_at = r.reported_at,
		verified_by = r.verified_by, verified_at = r.verified_at, reopened_at = r.reopened_at, waiver_id = r.waiver_id, waived_until = r.waived_until,
		changed_at = r.changed_at
		from json_populate_recordset(null::corrective_action, $1::json) r where a.inspection_id = r.inspection_id and a.id = r.id`, changed)
	if err != nil {
		return fmt.Errorf("storage: save corrective actions: %w", err)
	}
	if int(tag.RowsAffected()) != len(actions) {
		return inspection.Refuse(inspection.Forbidden, "", "you may not change this corrective action")
	}
	return nil
}

func changedAction(a inspection.CorrectiveAction) row {
	r := row{"inspection_id": a.InspectionID, "id": a.ID, "state": a.State, "revision": a.Revision, "plan_text": "", "plan_role": "", "report_text": "",
		"verified_by": a.VerifiedBy, "verified_at": a.VerifiedAt, "reopened_at": a.ReopenedAt, "waiver_id": a.WaiverID, "waived_until": a.WaivedUntil,
		"changed_at": moment(a.ChangedAt)}
	if a.Plan != nil {
		r["plan_text"], r["plan_role"], r["plan_complete_on"], r["planned_at"] = a.Plan.Text, a.Plan.Role, date(a.Plan.CompleteOn), moment(a.Plan.At)
	}
	if a.Report != nil {
		r["report_text"], r["done_at"], r["reported_at"] = a.Report.Text, moment(a.Report.DoneAt), moment(a.Report.At)
	}
	return r
}

func (t *tx) ActionSteps(ctx context.Context, actions []inspection.ID) ([]inspection.ActionStep, error) {
	return collect(ctx, t, "steps of corrective actions", func(rows pgx.Rows, s *inspection.ActionStep) error {
		var on, when pgtype.Timestamptz
		var by pgtype.UUID
		err := rows.Scan(&s.InspectionID, &s.ActionID, &s.N, &s.Kind, &s.From, &s.To, &s.Text, &s.Responsible, &on, &s.Evidence, &by, &s.ActorRole, &when)
		s.Date, s.ActorID, s.At = at(on), id(by), when.Time.UTC()
		return err
	}, `select inspection_id, action_id, n, kind, from_state, to_state, text, responsible, date, evidence, actor_id, actor_role, at
		from corrective_action_step where action_id = any ($1) order by action_id, n`, list(actions))
}

func (t *tx) FindingAuthors(ctx context.Context, of, finding inspection.ID) ([]inspection.ID, error) {
	return collect(ctx, t, "authors of a finding", func(rows pgx.Rows, author *inspection.ID) error { return rows.Scan(author) },
		`select author_id from finding_revision where inspection_id = $1 and finding_id = $2
		 union select author_id from finding where inspection_id = $1 and id = $2
		 union select m.author_id from amended_deficiency d join amendment m on m.inspection_id = d.inspection_id and m.id = d.amendment_id
		       where d.inspection_id = $1 and d.finding_id = $2`, of, finding)
}
