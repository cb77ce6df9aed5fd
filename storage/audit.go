package storage

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

// Audit implements inspection.Tx. Events are written at the end of the transaction, so that their
// chains are locked as briefly as can be.
func (t *tx) Audit(_ context.Context, e inspection.AuditEvent) error {
	t.events = append(t.events, e)
	return nil
}

var auditTable = table{name: "audit_event", insertOnly: true, columns: []string{"chain", "n", "id", "inspection_id",
	"at", "actor_id", "actor_role", "action", "outcome", "target_type", "target_id", "detail", "mac"}}

func (t *tx) saveEvents(ctx context.Context) error {
	type head struct {
		n   int64
		mac []byte
	}
	heads := map[string]head{}
	rows := make([]row, 0, len(t.events))
	for _, e := range t.events {
		chain := e.Chain()
		h, known := heads[chain]
		if !known {
			// audit_head locks the chain until this transaction ends: no two events get one number.
			err := t.QueryRow(ctx, "select n, mac from audit_head($1)", chain).Scan(&h.n, &h.mac)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return fmt.Errorf("storage: audit chain: %w", err)
			}
		}
		h.n++
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			return fmt.Errorf("storage: audit detail: %w", err)
		}
		h.mac = t.store.mac(h.mac, h.n, chain, e, detail)
		heads[chain] = h
		rows = append(rows, row{"chain": chain, "n": h.n, "id": e.ID, "inspection_id": e.InspectionID, "at": moment(e.At),
			"actor_id": e.Actor.ID, "actor_role": e.Actor.Role, "action": e.Action, "outcome": e.Outcome,
			"target_type": e.TargetType, "target_id": e.TargetID, "detail": json.RawMessage(detail), "mac": bytea(h.mac)})
	}
	return t.save(ctx, auditTable, rows)
}

// mac signs an event together with the mac before it. Each field is length-prefixed, so that no two
// events have one encoding.
func (s *Store) mac(previous []byte, n int64, chain string, e inspection.AuditEvent, detail []byte) []byte {
	h := hmac.New(sha256.New, s.auditKey)
	for _, field := range [][]byte{previous, binary.BigEndian.AppendUint64(nil, uint64(n)), []byte(chain), e.ID[:],
		[]byte(e.At.UTC().Format(time.RFC3339Nano)), e.Actor.ID[:], []byte(e.Actor.Role), []byte(e.Action),
		[]byte(e.Outcome), []byte(e.TargetType), e.TargetID[:], detail} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(field))))
		h.Write(field)
	}
	return h.Sum(nil)
}
