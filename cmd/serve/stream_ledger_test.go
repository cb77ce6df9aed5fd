package serve_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
)

// seenLedger is what the tests ask of a ledger.
type seenLedger struct {
	Totals  struct{ Observations, Answers, EvidenceDeclared, EvidenceMissing int }
	Entries []struct {
		Name      string
		Outbox    *int
		RevokedAt *time.Time
		OnTeam    bool
		Statement *struct{ Reason string }
	}
}

// ledgers subscribes to the ledger of the pair's inspection.
func (p *pair) ledgers(through *world) *subscriber {
	p.t.Helper()
	return p.subscribeTo(through, fmt.Sprintf(`subscription { ledgerChanged(inspectionId: %q) { totals { observations answers evidenceDeclared evidenceMissing }
		entries { name outbox revokedAt onTeam statement { reason } } } }`, p.inspection))
}

// ledger is the next one that the subscriber hears.
func (s *subscriber) ledger() seenLedger {
	s.t.Helper()
	for {
		kind, payload := s.message()
		switch kind {
		case "ping":
			continue
		case "next":
		default:
			s.t.Fatalf("heard %s %s", kind, payload)
		}
		var result struct {
			Data   struct{ LedgerChanged *seenLedger }
			Errors []struct{ Message string }
		}
		if err := json.Unmarshal(payload, &result); err != nil || len(result.Errors) > 0 || result.Data.LedgerChanged == nil {
			s.t.Fatalf("%v: %s", err, payload)
		}
		return *result.Data.LedgerChanged
	}
}

// told waits for a ledger that says it.
func (s *subscriber) told(what string, says func(seenLedger) bool) {
	s.t.Helper()
	for began := time.Now(); time.Since(began) < within; {
		if says(s.ledger()) {
			return
		}
	}
	s.t.Fatalf("no ledger tells of %s", what)
}

// tablet registers one of the lead's behind the servers' backs, which connections then name.
func (p *pair) tablet(name string) inspection.ID {
	p.t.Helper()
	device := inspection.NewID()
	p.exec(`insert into device (id, user_id, name, public_key, registered_at) select $1::uuid, id, $2, convert_to($1::uuid::text, 'utf8'), now() from app_user where email = 'lead@opr.example'`, device, name)
	return device
}

// tells has the lead's tablet do something that must be taken.
func (p *pair) tells(through *world, query string, variables map[string]any) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	_, text := through.ask(p.t, "POST", "/graphql", string(body), "Content-Type", "application/json", "Authorization", "Bearer "+p.lead, "Plumbline-Device", p.device)
	if strings.Contains(text, "errors") || strings.Contains(text, "refusedWrites") || strings.Contains(text, `"message"`) {
		p.t.Fatalf("not taken: %s", text)
	}
}

func (p *pair) pushes(through *world, collection string, row map[string]any) {
	p.t.Helper()
	row["id"], row["inspectionId"] = inspection.NewID(), p.inspection
	p.tells(through, fmt.Sprintf(`mutation($rows: [%[1]sInputPushRow!]) { push%[1]s(%[2]sPushRow: $rows) { id } }`, collection, strings.ToLower(collection)),
		map[string]any{"rows": []any{map[string]any{"newDocumentState": row}}})
}

// Whoever follows a ledger has it as it is, and hears of each thing it counts, through whichever server it
// came.
func TestALedgerIsFollowed(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h") // nothing is found by polling
	p.other.metric(t, "plumbline_feed_listening 1")
	s := p.ledgers(p.other)
	if first := s.ledger(); len(first.Entries) != 0 || first.Totals.Answers != 0 {
		t.Errorf("the first ledger is %v", first)
	}
	tablet := p.tablet("tablet 7")
	p.device = tablet.String()
	p.tells(p.one, `mutation($input: ReportOutboxInput!) { reportOutbox(input: $input) { problems { message } } }`,
		map[string]any{"input": map[string]any{"inspectionId": p.inspection, "waiting": 3}})
	s.told("the outbox", func(l seenLedger) bool {
		return len(l.Entries) == 1 && l.Entries[0].Name == "tablet 7" && *l.Entries[0].Outbox == 3 && l.Entries[0].OnTeam
	})
	p.pushes(p.one, "Observation", map[string]any{"text": "A door stands open."})
	s.told("a push", func(l seenLedger) bool { return l.Totals.Observations == 1 })
	p.answer(p.one, 0, "seen")
	s.told("an answer", func(l seenLedger) bool { return l.Totals.Answers == 1 })
	p.pushes(p.one, "Evidence", map[string]any{"sha256": strings.Repeat("ab", 32), "size": 1000.0, "mediaType": "image/jpeg", "class": "NONE",
		"capturedFrom": time.Now().Format(time.RFC3339), "capturedTo": time.Now().Format(time.RFC3339)})
	s.told("a declaration", func(l seenLedger) bool { return l.Totals.EvidenceDeclared == 1 && l.Totals.EvidenceMissing == 1 })
	p.exec(`insert into device_statement select $1, $2, 'fell into the river', lead_id, now() from inspection where id = $1`, p.inspection, tablet)
	s.told("a statement", func(l seenLedger) bool { return l.Entries[0].Statement != nil })
	p.exec(`update device set revoked_at = now(), revoked_by = user_id, revoked_reason = 'lost' where id = $1`, tablet)
	s.told("a revocation", func(l seenLedger) bool { return l.Entries[0].RevokedAt != nil })
}

// However fast the work comes in, a ledger comes about once a second; what changes nothing is not told.
func TestALedgerIsToldOfTogether(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	s := p.ledgers(p.other)
	s.ledger()
	p.exec(`select tell('ledger', $1)`, p.inspection) // without cause
	p.device = p.tablet("tablet 7").String()
	began, told := time.Now(), 0
	const pushes = 12
	for range pushes {
		p.pushes(p.one, "Observation", map[string]any{"text": "A door stands open."})
	}
	s.told("the pushes", func(l seenLedger) bool {
		if told++; l.Totals.Observations == 0 {
			t.Errorf("a ledger came that says nothing new: %v", l)
		}
		return l.Totals.Observations == pushes
	})
	if most := 1 + int(time.Since(began)/time.Second); told > most {
		t.Errorf("%d ledgers in %s", told, time.Since(began))
	}
}

// The ledger is fieldwork: who may not see it is refused, and who may no longer hears why it ends.
func TestALedgerIsFollowedByThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	p := newPair(t, "PLUMBLINE_FEED_POLL", "1h")
	p.other.metric(t, "plumbline_feed_listening 1")
	inspector := inspection.NewID()
	p.exec(`insert into app_user (id, email, name, role) values ($1, 'second@opr.example', 'In Spector', 'INSPECTOR')`, inspector)
	p.exec(`insert into app_user (id, email, name, role, facility_id) select gen_random_uuid(), 'facility@opr.example', 'Fa Cility', 'FACILITY', facility_id from inspection where id = $1`, p.inspection)
	for _, as := range []string{"facility@opr.example", "second@opr.example"} {
		p.lead = p.one.token(t, as)
		if kind, payload := p.ledgers(p.other).message(); kind != "error" || !strings.Contains(string(payload), `"code":"`) || strings.Contains(string(payload), "INTERNAL") {
			t.Errorf("%s hears %s %s", as, kind, payload)
		}
	}
	p.exec(`insert into team_member (inspection_id, user_id, joined_at) values ($1, $2, now())`, p.inspection, inspector)
	s := p.ledgers(p.other)
	s.ledger()
	p.exec(`update team_member set removed_at = now() where user_id = $1`, inspector)
	if kind, payload := s.message(); kind != "error" || !strings.Contains(string(payload), `"code":"`) || strings.Contains(string(payload), "INTERNAL") {
		t.Errorf("after leaving the team they hear %s %s", kind, payload)
	}
}
