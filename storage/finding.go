package storage

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

const findingColumns = `inspection_id, id, kind, standard_id, standard_text, requirement_id, line_id, code, citation, citation_confirmed, text, responsible_party,
	priority_declared, priority_derived, repeat_declared, corrected_on_site, immediate_threat, removed_at, removed_reason, author_id, recorded_at,
	revised_by, revised_at, revision, seq, correction_note, condition, likelihood, spread, severity,
	repeat_derived, repeat_times, repeat_first_on, repeat_days_open, repeat_of, device_id, device_time, written_by`

func scanFinding(rows pgx.Rows, f *inspection.Finding) error {
	var standard, requirement, line pgtype.UUID
	var removed, recorded, revised pgtype.Timestamptz
	var first pgtype.Date
	var w writtenScan
	err := rows.Scan((*uid)(&f.InspectionID), &f.ID, &f.Kind, &standard, &f.StandardText, &requirement, &line, &f.Code, &f.Citation, &f.CitationConfirmed, &f.Text,
		&f.ResponsibleParty, &f.PriorityDeclared, &f.PriorityDerived, &f.RepeatDeclared, &f.CorrectedOnSite, &f.ImmediateThreat,
		&removed, &f.RemovedReason, &f.AuthorID, &recorded, &f.RevisedBy, &revised, &f.Revision, &f.Seq,
		&f.CorrectionNote, &f.Condition, &f.Likelihood, &f.Spread, &f.Severity,
		&f.RepeatDerived, &f.RepeatTimes, &first, &f.RepeatDaysOpen, &f.RepeatOf, &w.device, &w.time, &w.by)
	if err != nil {
		return err
	}
	if first.Valid {
		f.RepeatFirstOn = &first.Time
	}
	f.StandardID, f.RequirementID, f.LineID = id(standard), id(requirement), id(line)
	f.RemovedAt, f.RecordedAt, f.RevisedAt = at(removed), recorded.Time.UTC(), revised.Time.UTC()
	f.Written, err = w.written()
	return err
}

func (t *tx) Findings(ctx context.Context, of inspection.ID) ([]inspection.Finding, error) {
	return collect(ctx, t, "findings", scanFinding, "select "+findingColumns+" from finding where inspection_id = $1 order by recorded_at, id", of)
}

var findingTable = table{name: "finding", key: []string{"inspection_id", "id"}, columns: []string{"inspection_id", "id", "kind", "standard_id", "standard_text",
	"requirement_id", "line_id", "code", "citation", "citation_confirmed", "text", "responsible_party", "priority_declared", "priority_derived",
	"repeat_declared", "corrected_on_site", "immediate_threat", "removed_at", "removed_reason", "author_id", "recorded_at", "revised_by", "revised_at", "revision", "seq",
	"correction_note", "condition", "likelihood", "spread", "severity", "device_id", "device_time", "written_by"}}

var findingRevisionTable = table{name: "finding_revision", insertOnly: true, columns: []string{"inspection_id", "finding_id", "revision", "seq", "content", "author_id", "recorded_at",
	"device_id", "device_time", "clock_offset_ms"}}

func (t *tx) SaveFindings(ctx context.Context, fs []inspection.Finding) error {
	rows, versions := make([]row, len(fs)), make([]row, len(fs))
	for n, f := range fs {
		content, err := json.Marshal(f)
		if err != nil {
			return fmt.Errorf("storage: finding %s: %w", f.ID, err)
		}
		rows[n] = row{"inspection_id": f.InspectionID, "id": f.ID, "kind": f.Kind, "standard_id": f.StandardID, "standard_text": f.StandardText,
			"requirement_id": f.RequirementID, "line_id": f.LineID, "code": f.Code, "citation": f.Citation, "citation_confirmed": f.CitationConfirmed,
			"text": f.Text, "responsible_party": f.ResponsibleParty, "priority_declared": f.PriorityDeclared, "priority_derived": f.PriorityDerived,
			"repeat_declared": f.RepeatDeclared, "corrected_on_site": f.CorrectedOnSite, "immediate_threat": f.ImmediateThreat,
			"removed_at": f.RemovedAt, "removed_reason": f.RemovedReason, "author_id": f.AuthorID, "recorded_at": moment(f.RecordedAt),
			"revised_by": f.RevisedBy, "revised_at": moment(f.RevisedAt), "revision": f.Revision, "seq": f.Seq,
			"correction_note": f.CorrectionNote, "condition": f.Condition, "likelihood": f.Likelihood, "spread": f.Spread, "severity": f.Severity,
			"device_id": optional(f.Written.DeviceID), "device_time": moment(f.Written.DeviceTime), "written_by": f.Written.By}
		versions[n] = row{"inspection_id": f.InspectionID, "finding_id": f.ID, "revision": f.Revision, "seq": f.Seq,
			"content": json.RawMessage(content), "author_id": f.RevisedBy, "recorded_at": moment(f.RevisedAt),
			"device_id": optional(f.Written.DeviceID), "device_time": moment(f.Written.DeviceTime), "clock_offset_ms": milliseconds(f.Written.ClockOffset)}
	}
	if err := t.save(ctx, findingRevisionTable, versions); err != nil {
		return err
	}
	return t.save(ctx, findingTable, newest(rows))
}

func (t *tx) Responses(ctx context.Context, of inspection.ID) ([]inspection.FindingResponse, error) {
	return collect(ctx, t, "responses", func(rows pgx.Rows, r *inspection.FindingResponse) error {
		var by pgtype.UUID
		var responded, ruled pgtype.Timestamptz
		err := rows.Scan(&r.FindingID, &r.Stance, &r.Reason, &r.RespondedBy, &responded, &r.Ruling, &r.RulingReason, &by, &ruled)
		r.InspectionID, r.RespondedAt, r.RuledBy, r.RuledAt = of, responded.Time.UTC(), id(by), at(ruled)
		return err
	}, `select finding_id, stance, reason, responded_by, responded_at, ruling, ruling_reason, ruled_by, ruled_at
		from finding_response where inspection_id = $1 order by finding_id`, of)
}

// SaveResponse adds the facility's response, or OPR's ruling to it. They are two statements because
// two different hands may write them.
func (t *tx) SaveResponse(ctx context.Context, r inspection.FindingResponse) error {
	var err error
	if r.Ruling == "" {
		_, err = t.Exec(ctx, `insert into finding_response (inspection_id, finding_id, stance, reason, responded_by, responded_at)
			values ($1, $2, $3, $4, $5, $6)`, r.InspectionID, r.FindingID, r.Stance, r.Reason, r.RespondedBy, r.RespondedAt)
	} else {
		_, err = t.Exec(ctx, `update finding_response set ruling = $3, ruling_reason = $4, ruled_by = $5, ruled_at = $6
			where inspection_id = $1 and finding_id = $2`, r.InspectionID, r.FindingID, r.Ruling, r.RulingReason, r.RuledBy, r.RuledAt)
	}
	if err != nil {
		return fmt.Errorf("storage: response to %s: %w", r.FindingID, err)
	}
	return nil
}
