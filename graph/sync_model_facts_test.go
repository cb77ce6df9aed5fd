package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// judgedFields are the fields of an answer that inspectors write.
var judgedFields = []string{"rating", "reason", "remarks", "methods", "correctedOnSite"}

// said is what an answer says, by field.
type said map[string]string

// saidBy reads it from a document, as the server understands it.
func saidBy(doc document) said {
	s := written(doc)
	for f := range s {
		s[f] = strings.TrimSpace(s[f])
	}
	return s
}

// written is what the document says to the letter.
func written(doc document) said {
	s := said{}
	for _, f := range judgedFields {
		switch v := doc[f].(type) {
		case string:
			s[f] = v
		case []any:
			all := make([]string, len(v))
			for n := range v {
				all[n] = v[n].(string)
			}
			s[f] = strings.Join(all, ",")
		default:
			s[f] = ""
		}
	}
	return s
}

// untouched is what every item says from the start.
var untouched = said{"rating": "NOT_REVIEWED", "reason": "", "remarks": "", "methods": "", "correctedOnSite": "NONE"}

// changed lists the fields that a row changes; without a base, what differs from the start.
func (p pushed) changed() []string {
	base, state := untouched, saidBy(p.state)
	if p.base != nil {
		base = saidBy(p.base)
	}
	return slices.DeleteFunc(slices.Clone(judgedFields), func(f string) bool { return base[f] == state[f] })
}

// by names the edit that somebody pushes in the row: nobody makes two of an item at one device time.
func (p pushed) by(user string) string { return user + " " + p.id + " " + deviceTimeOf(p.state) }

func deviceTimeOf(doc document) string {
	text, _ := doc["deviceTime"].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return ""
	}
	return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// version is one state of an answer in the database.
type version struct {
	said
	answer, author, deviceTime string
	revision                   int
	recorded                   time.Time
}

// edit names the edit that made the version; as pushed.by does.
func (v version) edit() string { return v.author + " " + v.answer + " " + v.deviceTime }

const saidColumns = `rating, reason, remarks, array_to_string(methods, ','), corrected_on_site, coalesce(author_id::text, ''),
	coalesce(to_char(device_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), revision, coalesce(recorded_at, 'epoch')`

// masters reads the record behind the API.
func (m *model) masters() map[string]version {
	all := map[string]version{}
	for id, vs := range m.versions(`select id, ` + saidColumns + ` from answer where inspection_id = $1`) {
		all[id] = vs[0]
	}
	return all
}

// revisions reads every kept version.
func (m *model) revisions() map[string][]version {
	return m.versions(`select answer_id, ` + saidColumns + ` from answer_revision where inspection_id = $1 order by revision`)
}

func (m *model) versions(sql string) map[string][]version {
	found, err := m.db.Query(m.home.t.Context(), sql, m.id)
	if err != nil {
		m.rt.Fatal(err)
	}
	defer found.Close()
	all := map[string][]version{}
	for found.Next() {
		var v version
		at := [5]string{}
		if err := found.Scan(&v.answer, &at[0], &at[1], &at[2], &at[3], &at[4], &v.author, &v.deviceTime, &v.revision, &v.recorded); err != nil {
			m.rt.Fatal(err)
		}
		v.said = said{}
		for n, f := range judgedFields {
			v.said[f] = at[n]
		}
		if v.deviceTime != "" {
			v.deviceTime = deviceTimeOf(document{"deviceTime": v.deviceTime})
		}
		all[v.answer] = append(all[v.answer], v)
	}
	if err := found.Err(); err != nil {
		m.rt.Fatal(err)
	}
	return all
}

// deliver brings a request to the server and looks at what it did to the record.
func (m *model) deliver(t *client, c call) replied {
	before := m.masters()
	got := m.exchange(t, c)
	after := m.masters()
	if len(c.rows) == 0 || len(got.errors) > 0 {
		if !maps.EqualFunc(before, after, func(a, b version) bool { return maps.Equal(a.said, b.said) && a.revision == b.revision }) {
			m.rt.Fatalf("%s changed the record with %s", t.name, c.query[:20])
		}
		return got
	}
	rows := map[string]pushed{}
	for _, row := range c.rows {
		rows[row.id] = row
	}
	for id, now := range after {
		m.judge(t, id, rows, before[id], now)
	}
	return got
}

// judge looks at what a push did to one answer: no field changes that the row did not change, and none
// that somebody else wrote and its tablet had not seen.
func (m *model) judge(t *client, id string, rows map[string]pushed, before, now version) {
	row, sent := rows[id]
	for _, f := range judgedFields {
		if before.said[f] == now.said[f] {
			continue
		}
		switch state := saidBy(row.state); {
		case !sent:
			m.rt.Fatalf("%s changed %s of %s, which it did not push", t.name, f, id)
		case m.state != "IN_PROGRESS" || !m.present[t.as] || m.revoked[t]:
			m.rt.Fatalf("%s changed %s of %s, which is %s; on the team: %v, revoked: %v", t.name, f, id, m.state, m.present[t.as], m.revoked[t])
		case now.said[f] != state[f]:
			m.rt.Fatalf("%s pushed %q as %s of %s, and it became %q", t.name, state[f], f, id, now.said[f])
		case row.base != nil && saidBy(row.base)[f] == state[f] && !m.restored && m.facts.on[id+" "+f] != t.name:
			// A state of a lost history counts whole, and a tablet that never heard what became of its words
			// may have taken them back meanwhile.
			m.rt.Fatalf("%s changed %s of %s from %q to %q without meaning to", t.name, f, id, before.said[f], now.said[f])
		case (row.base == nil || saidBy(row.base)[f] != before.said[f]) && m.facts.writer[id][f] != "" && !slices.Contains(strings.Fields(m.facts.writer[id][f]), t.as):
			m.rt.Fatalf("%s overwrote %s of %s, %q by %s, with %q, unseen", t.name, f, id, before.said[f], m.facts.writer[id][f], now.said[f])
		}
		m.wrote(id, f, t.as, t.name)
	}
	if sent {
		m.came(t, row, before, now)
	}
}

// came remembers what the record said of an edit when that came: before, if it came for the first time, and
// after.
func (m *model) came(t *client, row pushed, before, now version) {
	edit, state := row.by(m.idOf(t)), saidBy(row.state)
	_, again := m.facts.found[edit]
	if !again {
		m.facts.found[edit] = nil
	}
	for _, f := range judgedFields { // also what this row leaves: one without a base states it as changed
		if !again && before.said[f] == state[f] {
			m.facts.found[edit] = append(m.facts.found[edit], f)
		}
		if now.said[f] == state[f] {
			m.facts.taken[edit+" "+f] = true
		}
	}
}

func (m *model) idOf(t *client) string { return m.users[t.as].ID.String() }

func (m *model) wrote(id, field, by, on string) {
	if m.facts.writer[id] == nil {
		m.facts.writer[id] = map[string]string{}
	}
	m.facts.writer[id][field], m.facts.on[id+" "+field] = by, on
}

// note remembers what a tablet now knows to have arrived.
func (m *model) note(t *client, c call, got replied) {
	if len(c.rows) == 0 {
		return
	}
	answered := map[string]document{}
	for _, one := range got.data["pushAnswer"].([]any) {
		answered[one.(document)["id"].(string)] = one.(document)
	}
	for _, row := range c.rows {
		m.facts.acked = append(m.facts.acked, ack{t: t, row: row, answer: answered[row.id]})
	}
}

// checkAgreement: the tablets of who is on the team hold what the server holds, the others nothing.
func (m *model) checkAgreement() {
	masters := m.masters()
	for _, t := range m.tablets {
		r := t.replicas["Answer"]
		if m.revoked[t] {
			continue // it reads nothing any more
		}
		if r.checkpoint == nil {
			continue // it never got a page whole, and knows of nothing that it could hand back
		}
		open := m.present[t.as] && m.state != "CANCELLED" && m.state != "ISSUED"
		for id, f := range r.fork {
			if f.doc["deleted"] == true {
				if open {
					m.rt.Errorf("%s lacks %s", t.name, id)
				}
				continue
			}
			if !open {
				m.rt.Errorf("%s still holds %s", t.name, id)
			} else if here := written(f.doc); !maps.Equal(here, masters[id].said) {
				m.rt.Errorf("%s holds %v of %s, the server %v", t.name, here, id, masters[id].said)
			}
		}
		if open && len(r.fork) != len(masters) {
			m.rt.Errorf("%s holds %d of %d answers", t.name, len(r.fork), len(masters))
		}
	}
}

// keptWrite is a refused write as the lead sees it.
type keptWrite struct {
	document, user, deviceTime, code, received string
	said
}

func (k keptWrite) edit() string { return k.user + " " + k.document + " " + k.deviceTime }

// record is what can be read of the inspection in the end.
type record struct {
	revisions map[string][]version
	kept      []keptWrite
	// disputed holds the edits that are part of a dispute, with each field of it and what they say in it.
	disputed map[string]bool
}

// checkWrites: what was acknowledged is readable, nothing twice, and what lost is listed.
func (m *model) checkWrites() {
	r := record{revisions: m.revisions(), kept: m.keptWrites()}
	r.disputed = m.disputed(r.revisions)
	for _, a := range m.facts.acked {
		if a.lost && m.revoked[a.t] {
			continue // it reads nothing, and so cannot learn that the database lost what it brought
		}
		m.checkReadable(a, r)
		m.checkListed(a, r)
	}
	m.checkOnce(r.revisions, r.kept)
}

// checkReadable: a version or a refused write says all that an acknowledged edit changed, in the name of who
// made it and with the device time. Only what said nothing new may be neither.
func (m *model) checkReadable(a ack, r record) {
	edit, state, fields := a.row.by(m.idOf(a.t)), saidBy(a.row.state), a.row.changed()
	says := func(s said) bool {
		return !slices.ContainsFunc(fields, func(f string) bool { return s[f] != state[f] })
	}
	same := func(other string) bool {
		// After a restore a tablet may be the first to bring back what another's user wrote, and brings it in
		// the name of its own.
		return other == edit || m.restored && strings.HasSuffix(other, a.row.by(""))
	}
	news := slices.ContainsFunc(fields, func(f string) bool { return !slices.Contains(m.facts.found[edit], f) })
	inRecord := slices.ContainsFunc(r.revisions[a.row.id], func(v version) bool { return same(v.edit()) && says(v.said) })
	aside := slices.ContainsFunc(r.kept, func(k keptWrite) bool { return same(k.edit()) && says(k.said) })
	if news && !inRecord && !aside {
		m.rt.Errorf("%s: the edit %s is acknowledged and gone:\nassumed %v\npushed %v", a.t.name, edit, a.row.base, state)
	}
}

// checkListed: each field of an edit that the server answered with another state, and never took, is in a
// dispute with that edit or among the refused writes, with user and device time.
func (m *model) checkListed(a ack, r record) {
	// What goes up anew without a base may be an older state that the record already has: it is readable,
	// and lost no race.
	if a.answer == nil || a.row.base == nil || deviceTimeOf(a.row.state) == "" {
		return
	}
	edit, state, master := a.row.by(m.idOf(a.t)), saidBy(a.row.state), saidBy(a.answer)
	for _, f := range a.row.changed() {
		if master[f] == state[f] || m.facts.taken[edit+" "+f] || r.disputed[edit+" "+f+" "+state[f]] {
			continue
		}
		if !slices.ContainsFunc(r.kept, func(k keptWrite) bool {
			return k.edit() == edit && k.said[f] == state[f] && k.code != "" && k.received != ""
		}) {
			m.rt.Errorf("%s: %s of the edit %s lost and is not listed:\nassumed %v\npushed %v\nserver %v", a.t.name, f, edit, saidBy(a.row.base), state, master)
		}
	}
}

// checkOnce: no edit is there twice. A ruling repeats the version that it lets stand.
func (m *model) checkOnce(revisions map[string][]version, kept []keptWrite) {
	rulings := map[string]int{}
	data := m.ask(reviewer, "query($id: ID!) { inspection(id: $id) { disputes { answerId ruledAt } } }", map[string]any{"id": m.id})
	for _, d := range fields(data, "inspection", "disputes").([]any) {
		if fields(d, "ruledAt") != nil {
			rulings[fields(d, "answerId").(string)]++
		}
	}
	for id, vs := range revisions {
		seen := map[string]int{}
		for _, v := range vs {
			if v.deviceTime != "" {
				seen[v.edit()]++
			}
		}
		for edit, times := range seen {
			if times > 1+rulings[id] {
				m.rt.Errorf("the edit %s is there %d times", edit, times)
			}
		}
	}
	seen := map[string]bool{}
	for _, k := range kept {
		// What was refused while it was in time is kept once more when it comes late, to be adopted.
		key := fmt.Sprint(k.edit(), " ", strings.HasPrefix(k.code, "LATE_"), " ", k.said)
		if seen[key] {
			m.rt.Errorf("a kept write is there twice: %s", key)
		}
		seen[key] = true
	}
}
