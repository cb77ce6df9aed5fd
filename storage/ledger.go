package storage

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
)

// ledgerSQL counts each kind of work by device and joins the counts; the zero id stands for no device.
// A ruling is no work of the device whose version it lets stand; who ended a dispute by agreeing brought
// the version, which is why its author is then who ruled. What was adopted is recorded at the decision:
// that is no word of the device, which was heard of when it brought the kept write.
const ledgerSQL = `with
	adopted as (select distinct document_id, user_id, decided_at from kept_write where inspection_id = $1 and decision = 'ADOPTED'),
	e as (select coalesce(device_id, $2) device, count(*) declared, count(*) filter (where state = 'STORED') stored,
	        count(*) filter (where state in ('VERIFIED', 'LOCKED')) verified, count(*) filter (where state = 'QUARANTINED') quarantined,
	        count(*) filter (where state = 'DECLARED' and accepted_reason = '') missing,
	        count(*) filter (where state = 'DECLARED' and accepted_reason <> '') accepted,
	        min(declared_at) filter (where decided_at is null) first_at, max(declared_at) filter (where decided_at is null) last_at
	      from evidence left join adopted on (document_id, user_id, decided_at) = (id, declared_by, declared_at)
	      where inspection_id = $1 and action_id is null group by 1),
	a as (select coalesce(device_id, $2) device, count(*) n,
	        min(recorded_at) filter (where decided_at is null) first_at, max(recorded_at) filter (where decided_at is null) last_at
	      from answer_revision r left join adopted on (document_id, user_id, decided_at) = (answer_id, author_id, recorded_at)
	      where inspection_id = $1 and not exists (
	        select from dispute d where d.inspection_id = r.inspection_id and d.answer_id = r.answer_id
	          and d.ruled_at = r.recorded_at and d.ruled_by <> r.author_id) group by 1),
	f as (select coalesce(device_id, $2) device, count(*) n,
	        min(recorded_at) filter (where decided_at is null) first_at, max(recorded_at) filter (where decided_at is null) last_at
	      from finding_revision left join adopted on (document_id, user_id, decided_at) = (finding_id, author_id, recorded_at)
	      where inspection_id = $1 group by 1),
	o as (select coalesce(device_id, $2) device, count(*) n,
	        min(recorded_at) filter (where decided_at is null) first_at, max(recorded_at) filter (where decided_at is null) last_at
	      from observation_revision left join adopted on (document_id, user_id, decided_at) = (observation_id, author_id, recorded_at)
	      where inspection_id = $1 group by 1),
	n as (select coalesce(device_id, $2) device, first_at, last_at from notes_brought($1)),
	k as (select coalesce(device_id, $2) device, count(*) filter (where late) late, count(*) filter (where late and decision = '') undecided,
	        count(*) filter (where not late) refused, min(received_at) first_at, max(received_at) last_at
	      from kept_write where inspection_id = $1 group by 1),
	c as (select device_id device, outbox, outbox_at, first_contact_at, last_contact_at from device_contact where inspection_id = $1),
	s as (select distinct on (device_id) device_id device, reason, stated_by, stated_at from device_statement
	      where inspection_id = $1 order by device_id, stated_at desc),
	heard as (select device from e union select device from a union select device from f union select device from o
	          union select device from n union select device from k union select device from c)
	select h.device, coalesce(d.name, ''), d.user_id, coalesce(u.name, ''), d.revoked_at, d.last_seen_at, d.clock_offset_ms,
	  coalesce(e.declared, 0), coalesce(e.stored, 0), coalesce(e.verified, 0), coalesce(e.quarantined, 0), coalesce(e.missing, 0), coalesce(e.accepted, 0),
	  coalesce(a.n, 0), coalesce(f.n, 0), coalesce(o.n, 0), coalesce(k.late, 0), coalesce(k.undecided, 0), coalesce(k.refused, 0),
	  c.outbox, c.outbox_at,
	  least(c.first_contact_at, e.first_at, a.first_at, f.first_at, o.first_at, n.first_at, k.first_at),
	  greatest(c.last_contact_at, e.last_at, a.last_at, f.last_at, o.last_at, n.last_at, k.last_at),
	  greatest(e.last_at, a.last_at, f.last_at, o.last_at, n.last_at, k.last_at),
	  coalesce(s.reason, ''), s.stated_by, s.stated_at
	from heard h left join e using (device) left join a using (device) left join f using (device) left join o using (device)
	left join n using (device) left join k using (device) left join c using (device) left join s using (device)
	left join device d on d.id = h.device left join app_user u on u.id = d.user_id
	order by h.device = $2, u.name, d.name, h.device`

func (t *tx) LedgerEntries(ctx context.Context, of inspection.ID) ([]inspection.LedgerEntry, error) {
	return collect(ctx, t, "ledger", func(rows pgx.Rows, e *inspection.LedgerEntry) error {
		var device inspection.ID
		var user, statedBy pgtype.UUID
		var revoked, seen, outboxAt, first, last, work, statedAt pgtype.Timestamptz
		var offset pgtype.Int8
		var reason string
		c := &e.Counts
		err := rows.Scan((*uid)(&device), &e.Name, &user, &e.UserName, &revoked, &seen, &offset,
			&c.EvidenceDeclared, &c.EvidenceStored, &c.EvidenceVerified, &c.EvidenceQuarantined, &c.EvidenceMissing, &c.EvidenceAccepted,
			&c.Answers, &c.Findings, &c.Observations, &c.Late, &c.Undecided, &c.Refused,
			&e.Outbox, &outboxAt, &first, &last, &work, &reason, &statedBy, &statedAt)
		e.UserID, e.RevokedAt, e.LastSeenAt, e.OutboxAt = id(user), at(revoked), at(seen), at(outboxAt)
		e.FirstContactAt, e.LastContactAt, e.LastWorkAt = at(first), at(last), at(work)
		if device != (inspection.ID{}) {
			e.DeviceID = &device
		}
		e.ClockOffset = duration(offset)
		if statedBy.Valid {
			e.Statement = &inspection.DeviceStatement{InspectionID: of, DeviceID: device, Reason: reason, StatedBy: statedBy.Bytes, StatedAt: statedAt.Time.UTC()}
		}
		return err
	}, ledgerSQL, of, inspection.ID{})
}

var statementOfDeviceTable = table{name: "device_statement", insertOnly: true, columns: []string{"inspection_id", "device_id", "reason", "stated_by", "stated_at"}}

func (t *tx) SaveDeviceStatements(ctx context.Context, statements []inspection.DeviceStatement) error {
	rows := make([]row, len(statements))
	for n, s := range statements {
		rows[n] = row{"inspection_id": s.InspectionID, "device_id": s.DeviceID, "reason": s.Reason, "stated_by": s.StatedBy, "stated_at": moment(s.StatedAt)}
	}
	return t.save(ctx, statementOfDeviceTable, rows)
}
