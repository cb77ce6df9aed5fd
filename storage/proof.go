package storage

import (
	"context"
	"fmt"

	"plumbline/inspection"
)

func (t *tx) Proof(ctx context.Context, actions []inspection.ID) ([]inspection.Evidence, error) {
	return collect(ctx, t, "proof", newEvidenceScan().scan,
		"select "+evidenceColumns+" from evidence where action_id = any ($1) order by declared_at, id", list(actions))
}

func (t *tx) EvidenceOfFacility(ctx context.Context, facility inspection.ID, origin inspection.Origin, ids []inspection.ID) (map[inspection.ID]inspection.Evidence, error) {
	es, err := collect(ctx, t, "evidence of a facility", newEvidenceScan().scan,
		"select "+evidenceColumns+" from evidence where id = any ($2) and inspection_id in (select i.id from inspection i where i.facility_id = $1 and i.origin = $3)", facility, list(ids), origin)
	byID := map[inspection.ID]inspection.Evidence{}
	for _, e := range es {
		byID[e.ID] = e
	}
	return byID, err
}

var proofTable = table{name: "evidence", insertOnly: true, columns: append([]string{"action_id", "declared_as"}, evidenceTable.columns...)}

// DeclareProof only adds: a facility may declare in its own name and change nothing declared.
func (t *tx) DeclareProof(ctx context.Context, es []inspection.Evidence) error {
	rows := make([]row, len(es))
	for n, e := range es {
		rows[n] = evidenceRow(e)
		rows[n]["action_id"], rows[n]["declared_as"] = e.ActionID, e.DeclaredAs
	}
	return t.save(ctx, proofTable, rows)
}

func (t *tx) FinaliseProof(ctx context.Context, e inspection.Evidence) error {
	tag, err := t.Exec(ctx, `update evidence set state = $3, version_id = $4, sniffed_type = $5, quarantine_reason = $6, retain_until = $7, finalised_at = $8
		where inspection_id = $1 and id = $2 and action_id is not null`,
		e.InspectionID, e.ID, e.State, e.VersionID, e.SniffedType, e.QuarantineReason, e.RetainUntil, e.FinalisedAt)
	if err != nil {
		return fmt.Errorf("storage: finalise proof %s: %w", e.ID, err)
	}
	if tag.RowsAffected() != 1 {
		return inspection.Refuse(inspection.Forbidden, "", "you may not change this evidence")
	}
	return nil
}
