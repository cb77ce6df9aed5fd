package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/sampling"
)

// substitution is a row of sample_substitution as PostgreSQL writes it in JSON.
type substitution struct {
	Position      int           `json:"position"`
	Replacement   *int          `json:"replacement"`
	Reason        string        `json:"reason"`
	SubstitutedBy inspection.ID `json:"substituted_by"`
	SubstitutedAt time.Time     `json:"substituted_at"`
}

// SampleDraws implements inspection.Tx. Row-level security leaves out the seeds that are still hidden.
func (t *tx) SampleDraws(ctx context.Context, of inspection.ID) ([]inspection.SampleDraw, error) {
	return collect(ctx, t, "sample draws", func(rows pgx.Rows, d *inspection.SampleDraw) error {
		var requirement, drawnBy pgtype.UUID
		var committed, drawn pgtype.Timestamptz
		var population, size *int
		var list, seed, substitutions []byte
		err := rows.Scan(&d.ID, &requirement, &d.Purpose, (*hash)(&d.Commitment), &d.CommittedBy, &committed, &population, &size, &d.List, &list,
			&drawnBy, &drawn, &d.Positions, &seed, &substitutions)
		if err != nil {
			return err
		}
		d.InspectionID, d.RequirementID, d.CommittedAt, d.DrawnBy, d.DrawnAt = of, id(requirement), committed.Time.UTC(), id(drawnBy), at(drawn)
		if population != nil && size != nil {
			d.Population, d.Size = *population, *size
		}
		if list != nil {
			d.ListSHA256 = (*inspection.SHA256)(list)
		}
		if seed != nil {
			d.Seed = (*sampling.Seed)(seed)
		}
		var made []substitution
		if err := json.Unmarshal(substitutions, &made); err != nil {
			return err
		}
		for _, s := range made {
			d.Substitutions = append(d.Substitutions, inspection.SampleSubstitution{Position: s.Position, Replacement: s.Replacement,
				Reason: s.Reason, SubstitutedBy: s.SubstitutedBy, SubstitutedAt: s.SubstitutedAt.UTC()})
		}
		return nil
	}, `select d.id, d.requirement_id, d.purpose, d.commitment, d.committed_by, d.committed_at, d.population, d.size, d.list, d.list_sha256,
		d.drawn_by, d.drawn_at, d.positions, s.seed,
		coalesce((select json_agg(json_build_object('position', u.position, 'replacement', u.replacement, 'reason', u.reason,
			'substituted_by', u.substituted_by, 'substituted_at', u.substituted_at) order by u.n)
			from sample_substitution u where u.inspection_id = d.inspection_id and u.draw_id = d.id), '[]')
		from sample_draw d left join sample_seed s on s.inspection_id = d.inspection_id and s.draw_id = d.id
		where d.inspection_id = $1 order by d.committed_at, d.id`, of)
}

// CommitSample implements inspection.Tx.
func (t *tx) CommitSample(ctx context.Context, d inspection.SampleDraw, seed sampling.Seed) error {
	_, err := t.Exec(ctx, `insert into sample_draw (inspection_id, id, requirement_id, purpose, commitment, committed_by, committed_at)
		values ($1, $2, $3, $4, $5, $6, $7)`, d.InspectionID, d.ID, d.RequirementID, d.Purpose, d.Commitment[:], d.CommittedBy, d.CommittedAt)
	if err == nil {
		_, err = t.Exec(ctx, "insert into sample_seed (inspection_id, draw_id, seed) values ($1, $2, $3)", d.InspectionID, d.ID, seed[:])
	}
	if err != nil {
		return fmt.Errorf("storage: commit sample %s: %w", d.ID, err)
	}
	return nil
}

// FixSample implements inspection.Tx.
func (t *tx) FixSample(ctx context.Context, d inspection.SampleDraw) (seed sampling.Seed, err error) {
	var list []byte
	if d.ListSHA256 != nil {
		list = d.ListSHA256[:]
	}
	_, err = t.Exec(ctx, `update sample_draw set population = $3, size = $4, list = $5, list_sha256 = $6, drawn_by = $7, drawn_at = $8
		where inspection_id = $1 and id = $2`, d.InspectionID, d.ID, d.Population, d.Size, d.List, list, d.DrawnBy, d.DrawnAt)
	if err != nil {
		return seed, fmt.Errorf("storage: fix sample %s: %w", d.ID, err)
	}
	err = t.QueryRow(ctx, "select seed from sample_seed where inspection_id = $1 and draw_id = $2", d.InspectionID, d.ID).Scan((*hash)(&seed))
	if err != nil {
		return seed, fmt.Errorf("storage: seed of sample %s: %w", d.ID, err)
	}
	return seed, nil
}

// SavePositions implements inspection.Tx.
func (t *tx) SavePositions(ctx context.Context, d inspection.SampleDraw) error {
	_, err := t.Exec(ctx, "update sample_draw set positions = $3 where inspection_id = $1 and id = $2", d.InspectionID, d.ID, d.Positions)
	if err != nil {
		return fmt.Errorf("storage: positions of sample %s: %w", d.ID, err)
	}
	return nil
}

// AddSubstitution implements inspection.Tx.
func (t *tx) AddSubstitution(ctx context.Context, of, draw inspection.ID, n int, s inspection.SampleSubstitution) error {
	_, err := t.Exec(ctx, `insert into sample_substitution (inspection_id, draw_id, n, position, replacement, reason, substituted_by, substituted_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, of, draw, n, s.Position, s.Replacement, s.Reason, s.SubstitutedBy, s.SubstitutedAt)
	if err != nil {
		return fmt.Errorf("storage: substitution in sample %s: %w", draw, err)
	}
	return nil
}
