package storage

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

var amendmentTable = table{name: "amendment", insertOnly: true, columns: []string{"inspection_id", "id", "kept_write_id", "collection", "document_id", "content",
	"author_id", "device_id", "device_time", "clock_offset_ms", "received_at", "adopted_by", "adopted_at", "reason"}}

var amendmentNoteTable = table{name: "amendment_note", insertOnly: true, columns: []string{"inspection_id", "amendment_id", "key_id", "sealed"}}

var amendedDeficiencyTable = table{name: "amended_deficiency", insertOnly: true, columns: []string{"inspection_id", "amendment_id", "finding_id", "standard_id",
	"standard_text", "requirement_id", "line_id", "code", "citation", "citation_confirmed", "text", "responsible_party", "priority_declared",
	"priority_derived", "repeat_declared", "corrected_on_site", "correction_note", "immediate_threat", "opens_action", "adopted_at"}}

func (t *tx) SaveAmendments(ctx context.Context, as []inspection.Amendment) error {
	var rows, notes, deficiencies []row
	for _, a := range as {
		made := row{"inspection_id": a.InspectionID, "id": a.ID, "kept_write_id": a.KeptWriteID, "collection": a.Collection, "document_id": a.DocumentID,
			"content": nil, "author_id": a.AuthorID, "device_id": optional(a.DeviceID), "device_time": moment(a.DeviceTime),
			"clock_offset_ms": milliseconds(a.ClockOffset), "received_at": moment(a.ReceivedAt), "adopted_by": a.AdoptedBy, "adopted_at": moment(a.AdoptedAt), "reason": a.Reason}
		if a.Content != "" {
			made["content"] = json.RawMessage(a.Content)
		}
		rows = append(rows, made)
		if key, sealed := a.Note(); sealed != nil {
			notes = append(notes, row{"inspection_id": a.InspectionID, "amendment_id": a.ID, "key_id": key, "sealed": bytea(sealed)})
		}
		if d := a.Deficiency; d != nil {
			deficiencies = append(deficiencies, row{"inspection_id": a.InspectionID, "amendment_id": a.ID, "finding_id": d.FindingID, "standard_id": d.StandardID,
				"standard_text": d.StandardText, "requirement_id": d.RequirementID, "line_id": d.LineID, "code": d.Code, "citation": d.Citation,
				"citation_confirmed": d.CitationConfirmed, "text": d.Text, "responsible_party": d.ResponsibleParty, "priority_declared": d.PriorityDeclared,
				"priority_derived": d.PriorityDerived, "repeat_declared": d.RepeatDeclared, "corrected_on_site": d.CorrectedOnSite,
				"correction_note": d.CorrectionNote, "immediate_threat": d.ImmediateThreat, "opens_action": d.OpensAction, "adopted_at": moment(a.AdoptedAt)})
		}
	}
	if err := t.save(ctx, amendmentTable, rows); err != nil {
		return err
	}
	if err := t.save(ctx, amendmentNoteTable, notes); err != nil {
		return err
	}
	return t.save(ctx, amendedDeficiencyTable, deficiencies)
}

const deficiencyColumns = `d.finding_id, d.standard_id, d.standard_text, d.requirement_id, d.line_id, d.code, d.citation, d.citation_confirmed, d.text,
	d.responsible_party, d.priority_declared, d.priority_derived, d.repeat_declared, d.corrected_on_site, d.correction_note, d.immediate_threat, d.opens_action`

// deficiencyScan scans the deficiency of an amendment, which has none where all is null.
type deficiencyScan struct {
	finding, standard, requirement, line                pgtype.UUID
	standardText, code, citation, text, party, correct  pgtype.Text
	note                                                pgtype.Text
	confirmed, declared, derived, repeat, threat, opens pgtype.Bool
}

func (s *deficiencyScan) targets() []any {
	return []any{&s.finding, &s.standard, &s.standardText, &s.requirement, &s.line, &s.code, &s.citation, &s.confirmed, &s.text,
		&s.party, &s.declared, &s.derived, &s.repeat, &s.correct, &s.note, &s.threat, &s.opens}
}

func (s *deficiencyScan) value() *inspection.AmendedDeficiency {
	if !s.finding.Valid {
		return nil
	}
	return &inspection.AmendedDeficiency{FindingID: s.finding.Bytes, StandardID: id(s.standard), StandardText: s.standardText.String,
		RequirementID: id(s.requirement), LineID: id(s.line), Code: s.code.String, Citation: s.citation.String, CitationConfirmed: s.confirmed.Bool,
		Text: s.text.String, ResponsibleParty: inspection.Party(s.party.String), PriorityDeclared: s.declared.Bool, PriorityDerived: s.derived.Bool,
		RepeatDeclared: s.repeat.Bool, CorrectedOnSite: inspection.Correction(s.correct.String), CorrectionNote: s.note.String, ImmediateThreat: s.threat.Bool, OpensAction: s.opens.Bool}
}

func (t *tx) Amendments(ctx context.Context, of inspection.ID) ([]inspection.Amendment, error) {
	return collect(ctx, t, "amendments", func(rows pgx.Rows, a *inspection.Amendment) error {
		var d deficiencyScan
		var device, received, adopted pgtype.Timestamptz
		var offset pgtype.Int8
		err := rows.Scan(append([]any{(*uid)(&a.ID), (*uid)(&a.KeptWriteID), &a.Collection, (*uid)(&a.DocumentID), &a.Content, (*uid)(&a.AuthorID),
			(*uid)(&a.DeviceID), &device, &offset, &received, (*uid)(&a.AdoptedBy), &adopted, &a.Reason}, d.targets()...)...)
		a.InspectionID, a.ClockOffset, a.Deficiency = of, duration(offset), d.value()
		a.ReceivedAt, a.AdoptedAt = received.Time.UTC(), adopted.Time.UTC()
		if device.Valid {
			a.DeviceTime = device.Time.UTC()
		}
		return err
	}, `select a.id, a.kept_write_id, a.collection, a.document_id, coalesce(a.content::text, ''), a.author_id, a.device_id, a.device_time, a.clock_offset_ms,
		a.received_at, a.adopted_by, a.adopted_at, a.reason, `+deficiencyColumns+`
		from amendment a left join amended_deficiency d on d.inspection_id = a.inspection_id and d.amendment_id = a.id
		where a.inspection_id = $1 order by a.adopted_at, a.id`, of)
}

func (t *tx) ToldAmendments(ctx context.Context, of inspection.ID) ([]inspection.Amendment, error) {
	return collect(ctx, t, "amendments", func(rows pgx.Rows, a *inspection.Amendment) error {
		var d deficiencyScan
		var adopted pgtype.Timestamptz
		err := rows.Scan(append([]any{(*uid)(&a.ID), &adopted}, d.targets()...)...)
		a.InspectionID, a.AdoptedAt, a.Collection, a.DocumentID, a.Deficiency = of, adopted.Time.UTC(), inspection.CollectionFinding, d.finding.Bytes, d.value()
		return err
	}, "select d.amendment_id, d.adopted_at, "+deficiencyColumns+" from amended_deficiency d where d.inspection_id = $1 order by d.adopted_at, d.amendment_id", of)
}
