package storage

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) Populations(ctx context.Context, of inspection.ID) ([]inspection.Population, error) {
	return collect(ctx, t, "population", func(rows pgx.Rows, p *inspection.Population) error {
		var asOf, recorded pgtype.Timestamptz
		var counts []byte
		if err := rows.Scan(&p.Version, &asOf, &p.Source, &counts, &p.RecordedBy, &recorded, &p.Seq); err != nil {
			return err
		}
		p.InspectionID, p.AsOf, p.RecordedAt = of, asOf.Time.UTC(), recorded.Time.UTC()
		return json.Unmarshal(counts, &p.Counts)
	}, `select version, as_of, source, counts, recorded_by, recorded_at, seq from population where inspection_id = $1 order by version desc`, of)
}

var populationTable = table{name: "population", insertOnly: true, columns: []string{"inspection_id", "version", "as_of", "source", "counts", "recorded_by", "recorded_at", "seq"}}

func (t *tx) SavePopulation(ctx context.Context, p inspection.Population) error {
	return t.save(ctx, populationTable, []row{{"inspection_id": p.InspectionID, "version": p.Version, "as_of": moment(p.AsOf), "source": p.Source,
		"counts": p.Counts, "recorded_by": p.RecordedBy, "recorded_at": moment(p.RecordedAt), "seq": p.Seq}})
}

func (t *tx) NotApplicableBases(ctx context.Context, of inspection.ID) ([]inspection.NotApplicableBasis, error) {
	return collect(ctx, t, "bases of not applicable", func(rows pgx.Rows, b *inspection.NotApplicableBasis) error {
		b.InspectionID = of
		return rows.Scan((*uid)(&b.AnswerID), &b.Revision, &b.Group, &b.Version)
	}, `select b.answer_id, b.answer_revision, b.population_group, coalesce(b.population_version, 0)
		from not_applicable_basis b
		join answer a on a.inspection_id = b.inspection_id and a.id = b.answer_id and a.revision = b.answer_revision
		where b.inspection_id = $1 order by a.position`, of)
}

var basisTable = table{name: "not_applicable_basis", insertOnly: true, columns: []string{"inspection_id", "answer_id", "answer_revision", "population_group", "population_version"}}

func (t *tx) SaveNotApplicableBases(ctx context.Context, bases []inspection.NotApplicableBasis) error {
	rows := make([]row, len(bases))
	for n, b := range bases {
		rows[n] = row{"inspection_id": b.InspectionID, "answer_id": b.AnswerID, "answer_revision": b.Revision, "population_group": b.Group,
			"population_version": optional(b.Version)}
	}
	return t.save(ctx, basisTable, rows)
}
