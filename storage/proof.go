package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

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

func (t *tx) FirstSeen(ctx context.Context, hashes []inspection.SHA256) (map[inspection.SHA256]inspection.FirstSeen, error) {
	raw := make([][]byte, len(hashes))
	for n := range hashes {
		raw[n] = hashes[n][:]
	}
	type seen struct {
		sha256 hash
		inspection.FirstSeen
	}
	all, err := collect(ctx, t, "first sight of originals", func(r pgx.Rows, s *seen) error {
		return r.Scan(&s.sha256, &s.Captured, &s.Declared)
	}, "select sha256, captured_from, declared_at from original_first_seen($1)", raw)
	byHash := map[inspection.SHA256]inspection.FirstSeen{}
	for _, s := range all {
		byHash[inspection.SHA256(s.sha256)] = inspection.FirstSeen{Captured: s.Captured.UTC(), Declared: s.Declared.UTC()}
	}
	return byHash, err
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
