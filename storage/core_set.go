package storage

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

func (t *tx) CoreSets(ctx context.Context) ([]inspection.CoreSet, error) {
	return collect(ctx, t, "core sets", func(rows pgx.Rows, c *inspection.CoreSet) error {
		var supersedes pgtype.UUID
		var added pgtype.Timestamptz
		var standards []byte
		err := rows.Scan(&c.ID, &c.Set, &c.FiscalYear, &c.LastFiscalYear, &c.Version, &supersedes, &c.Name, &c.Partial, &c.Note, &c.Source, &added, &standards)
		if err != nil {
			return err
		}
		c.Supersedes, c.AddedAt = id(supersedes), added.Time.UTC()
		return json.Unmarshal(standards, &c.Standards)
	}, `select c.id, c.standards_set, c.fiscal_year, c.last_fiscal_year, c.version, c.supersedes, c.name, c.partial, c.note, c.source, c.added_at,
		(select json_agg(json_build_object('code', s.code, 'basis', s.basis) order by s.position) from core_set_standard s where s.core_set_id = c.id)
		from core_set c order by c.standards_set, c.fiscal_year, c.last_fiscal_year, c.version`)
}

var coreSetTable = table{name: "core_set", insertOnly: true, columns: []string{"id", "standards_set", "fiscal_year", "last_fiscal_year", "version", "supersedes",
	"name", "partial", "note", "source", "standards", "added_at"}}

var coreStandardTable = table{name: "core_set_standard", insertOnly: true, columns: []string{"core_set_id", "position", "code", "basis"}}

func (t *tx) SaveCoreSet(ctx context.Context, c inspection.CoreSet) error {
	err := t.save(ctx, coreSetTable, []row{{"id": c.ID, "standards_set": c.Set, "fiscal_year": c.FiscalYear, "last_fiscal_year": c.LastFiscalYear,
		"version": c.Version, "supersedes": c.Supersedes, "name": c.Name, "partial": c.Partial, "note": c.Note, "source": c.Source,
		"standards": len(c.Standards), "added_at": moment(c.AddedAt)}})
	if err != nil {
		return err
	}
	rows := make([]row, len(c.Standards))
	for n, st := range c.Standards {
		rows[n] = row{"core_set_id": c.ID, "position": n, "code": st.Code, "basis": st.Basis}
	}
	return t.save(ctx, coreStandardTable, rows)
}
