package storage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const waiverColumns = `w.id, w.facility_id, w.action_id, w.requirement_id, w.standard_id, w.authority, w.reference, w.reason, w.starts_on, w.ends_on, w.needs_consent,
	w.granted_by, w.granted_as, w.granted_at, w.consent_by, w.consent_at, w.consent_remarks, w.ended_by, w.ended_at, w.end_reason, w.expired_at`

func scanWaiver(rows pgx.Rows, w *inspection.Waiver) error {
	var action, requirement, standard, granted, consent, ended pgtype.UUID
	var starts, ends pgtype.Date
	var grantedAt, consentAt, endedAt, expired pgtype.Timestamptz
	err := rows.Scan(&w.ID, &w.FacilityID, &action, &requirement, &standard, &w.Authority, &w.Reference, &w.Reason, &starts, &ends, &w.NeedsConsent,
		&granted, &w.GrantedAs, &grantedAt, &consent, &consentAt, &w.ConsentRemarks, &ended, &endedAt, &w.EndReason, &expired)
	w.ActionID, w.RequirementID, w.StandardID, w.StartsOn, w.EndsOn = id(action), id(requirement), id(standard), starts.Time, ends.Time
	w.GrantedBy, w.GrantedAt, w.ConsentBy, w.ConsentAt = id(granted), grantedAt.Time.UTC(), id(consent), at(consentAt)
	w.EndedBy, w.EndedAt, w.ExpiredAt = id(ended), at(endedAt), at(expired)
	return err
}

var waiverTable = table{name: "waiver", insertOnly: true, columns: []string{"id", "facility_id", "action_id", "requirement_id", "standard_id", "authority", "reference",
	"reason", "starts_on", "ends_on", "needs_consent", "granted_by", "granted_as", "granted_at", "consent_remarks", "end_reason"}}

func (t *tx) SaveWaiver(ctx context.Context, w inspection.Waiver) error {
	return t.save(ctx, waiverTable, []row{{"id": w.ID, "facility_id": w.FacilityID, "action_id": w.ActionID, "requirement_id": w.RequirementID,
		"standard_id": w.StandardID, "authority": w.Authority, "reference": w.Reference, "reason": w.Reason, "starts_on": date(w.StartsOn), "ends_on": date(w.EndsOn),
		"needs_consent": w.NeedsConsent, "granted_by": w.GrantedBy, "granted_as": w.GrantedAs, "granted_at": moment(w.GrantedAt), "consent_remarks": "", "end_reason": ""}})
}

func (t *tx) ChangeWaiver(ctx context.Context, w inspection.Waiver) error {
	tag, err := t.Exec(ctx, `update waiver set consent_by = $2, consent_at = $3, consent_remarks = $4, ended_by = $5, ended_at = $6, end_reason = $7, expired_at = $8
		where id = $1`, w.ID, w.ConsentBy, w.ConsentAt, w.ConsentRemarks, w.EndedBy, w.EndedAt, w.EndReason, w.ExpiredAt)
	if err != nil {
		return fmt.Errorf("storage: waiver %s: %w", w.ID, err)
	}
	if tag.RowsAffected() != 1 {
		return inspection.Refuse(inspection.Forbidden, "", "you may not change this waiver")
	}
	return nil
}

func (t *tx) WaiversByID(ctx context.Context, ids []inspection.ID, lock bool) (map[inspection.ID]inspection.Waiver, error) {
	sql := "select " + waiverColumns + " from waiver w where w.id = any ($1)"
	if lock {
		sql += " order by w.id for update"
	}
	found, err := collect(ctx, t, "waivers", scanWaiver, sql, list(ids))
	byID := map[inspection.ID]inspection.Waiver{}
	for _, w := range found {
		byID[w.ID] = w
	}
	return byID, err
}

func (t *tx) WaiversOf(ctx context.Context, actions []inspection.ID) ([]inspection.Waiver, error) {
	return collect(ctx, t, "waivers", scanWaiver, "select "+waiverColumns+
		" from waiver w where w.id in (select a.waiver_id from corrective_action a where a.id = any ($1))", list(actions))
}

func (t *tx) WaiversInEffect(ctx context.Context, facility inspection.ID, now time.Time) ([]inspection.Waiver, error) {
	return collect(ctx, t, "waivers in effect", scanWaiver, "select "+waiverColumns+
		" from waiver w where w.facility_id = $1 and waiver_state(w, $2) = 'IN_EFFECT' order by w.granted_at, w.id", facility, now)
}

func (t *tx) WaiversRunOut(ctx context.Context, now time.Time, limit int) ([]inspection.Waiver, error) {
	return collect(ctx, t, "waivers that ran out", scanWaiver, "select "+waiverColumns+
		` from waiver w where w.ended_at is null and w.expired_at is null and w.ends_on < ($1::timestamptz at time zone 'UTC')::date
		order by w.ends_on, w.id limit $2 for update skip locked`, now, limit)
}

func (t *tx) ListWaivers(ctx context.Context, q inspection.WaiverQuery) (inspection.WaiverPage, error) {
	var page inspection.WaiverPage
	after := inspection.WaiverCursor{}
	if q.After != nil {
		after = *q.After
	}
	found, err := collect(ctx, t, "waivers", scanWaiver, "select "+waiverColumns+` from waiver w
		where ($1::uuid is null or w.facility_id = $1)
		  and (cardinality($2::text[]) = 0 or waiver_state(w, $3) = any ($2))
		  and ($4::boolean or w.granted_at < $5::timestamptz or (w.granted_at = $5 and w.id > $6::uuid))
		order by w.granted_at desc, w.id limit $7`, q.FacilityID, list(q.States), q.Now, q.After == nil, after.GrantedAt, after.ID, q.Limit+1)
	if err != nil {
		return page, err
	}
	page.Waivers, page.More = found[:min(len(found), q.Limit)], len(found) > q.Limit
	c := &page.Counts
	err = t.QueryRow(ctx, `select count(*) filter (where state = 'AWAITING_CONSENT'), count(*) filter (where state = 'IN_EFFECT'),
		count(*) filter (where state = 'EXPIRED'), count(*) filter (where state = 'ENDED')
		from (select waiver_state(w, $2) as state from waiver w where $1::uuid is null or w.facility_id = $1) s`, q.FacilityID, q.Now).
		Scan(&c.AwaitingConsent, &c.InEffect, &c.Expired, &c.Ended)
	if err != nil {
		return page, fmt.Errorf("storage: counts of waivers: %w", err)
	}
	return page, nil
}

func (t *tx) ActionsInScope(ctx context.Context, w inspection.Waiver) ([]inspection.CorrectiveAction, error) {
	return collect(ctx, t, "actions in a waiver's scope", scanAction, actionQuery+`
		where i.facility_id = $1 and (a.id = $2 or (i.origin = 'LIVE' and (d.requirement_id = $3 or d.standard_id = $4)))
		order by a.id for no key update of a`, w.FacilityID, w.ActionID, w.RequirementID, w.StandardID)
}

func (t *tx) ActionsUnder(ctx context.Context, waiver inspection.ID) ([]inspection.CorrectiveAction, error) {
	return collect(ctx, t, "waived actions", scanAction, actionQuery+"where a.waiver_id = $1 order by a.id for no key update of a", waiver)
}

func (t *tx) ScopePriority(ctx context.Context, requirement, standard *inspection.ID) (exists, sourced bool, err error) {
	err = t.QueryRow(ctx, `select count(*) > 0 or exists (select from standard s where s.id = $2), coalesce(bool_or(r.priority = 'SOURCED'), false)
		from requirement r where r.id = $1 or r.standard_id = $2`, requirement, standard).Scan(&exists, &sourced)
	if err != nil {
		err = fmt.Errorf("storage: priority of a waiver's scope: %w", err)
	}
	return exists, sourced, err
}

func (t *tx) TookPart(ctx context.Context, user inspection.ID, inspections []inspection.ID) (bool, error) {
	var part bool
	err := t.QueryRow(ctx, `select exists (select from team_member where user_id = $1 and inspection_id = any ($2))
		or exists (select from inspection where lead_id = $1 and id = any ($2))`, user, list(inspections)).Scan(&part)
	if err != nil {
		return false, fmt.Errorf("storage: who took part: %w", err)
	}
	return part, nil
}
