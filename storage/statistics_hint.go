package storage

import (
	"context"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// citations matches requirements by their lineage, one without lineage only with itself.
const citations = `with wanted as (
	select r.id, case when r.lineage <> '' then r.lineage else r.id::text end provision from requirement r where r.standard_id = any ($1::uuid[])
), found as (
	select case when r.lineage <> '' then r.lineage else r.id::text end provision, i.origin, i.id inspection_id, i.facility_id, f.type
	from inspection i
	join finding d on d.inspection_id = i.id and d.kind = 'DEFICIENCY' and d.removed_at is null
	join requirement r on r.id = d.requirement_id
	join facility f on f.id = i.facility_id
	where i.state in ('ISSUED', 'CLOSED') and i.origin = any ($2::text[]) and i.id <> $3
	  and not exists (select from finding_response s where s.inspection_id = d.inspection_id and s.finding_id = d.id and s.ruling = 'WITHDRAWN')
)
select w.id, f.origin, count(*), count(distinct f.inspection_id), count(*) filter (where f.type = $4), count(*) filter (where f.facility_id = $5)
from wanted w join found f on f.provision = w.provision group by w.id, f.origin order by w.id, f.origin`

func (t *tx) Citations(ctx context.Context, facility inspection.Facility, standards []inspection.ID, origins []inspection.Origin, except inspection.ID) (map[inspection.ID][]inspection.CitationCount, error) {
	type row struct {
		requirement inspection.ID
		inspection.CitationCount
	}
	rows, err := collect(ctx, t, "citations", func(rows pgx.Rows, r *row) error {
		return rows.Scan(&r.requirement, &r.Origin, &r.Nationwide, &r.Inspections, &r.SameType, &r.Here)
	}, citations, list(standards), list(origins), except, facility.Type, facility.ID)
	counts := map[inspection.ID][]inspection.CitationCount{}
	for _, r := range rows {
		counts[r.requirement] = append(counts[r.requirement], r.CitationCount)
	}
	return counts, err
}
