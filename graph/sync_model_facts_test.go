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

// key names an edit: no two edits of an item have one device time.
func (p pushed) key() string { return p.id + " " + deviceTimeOf(p.state) }

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
	author, deviceTime string
	revision           int
}

const saidColumns = `rating, reason, remarks, array_to_string(methods, ','), corrected_on_site, coalesce(author_id::text, ''),
	coalesce(to_char(device_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), revision`

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
		var id string
		var v version
		at := [5]string{}
		if err := found.Scan(&id, &at[0], &at[1], &at[2], &at[3], &at[4], &v.author, &v.deviceTime, &v.revision); err != nil {
			m.rt.Fatal(err)
		}
		v.said = said{}
		for n, f := range judgedFields {
			v.said[f] = at[n]
		}
		if v.deviceTime != "" {
			v.deviceTime = deviceTimeOf(document{"deviceTime": v.deviceTime})
		}
		all[id] = append(all[id], v)
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
		case (row.base == nil || saidBy(row.base)[f] != before.said[f]) && m.facts.writer[id][f] != "" && m.facts.writer[id][f] != t.as:
			m.rt.Fatalf("%s overwrote %s of %s, %q by %s, with %q, unseen", t.name, f, id, before.said[f], m.facts.writer[id][f], now.said[f])
		}
		m.wrote(id, f, t.as, t.name)
	}
	if sent && now.revision > before.revision && !slices.ContainsFunc(row.changed(), func(f string) bool { return now.said[f] != saidBy(row.state)[f] }) {
		m.facts.taken[row.key()] = true
	}
}

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
		open := m.present[t.as] && m.state != "CANCELLED"
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

// checkWrites: what was acknowledged is readable, nothing twice, and what lost is listed.
func (m *model) checkWrites() {
	revisions, listed, kept := m.revisions(), m.disputed(), m.keptWrites()
	for _, a := range m.facts.acked {
		if a.lost && m.revoked[a.t] {
			continue // it reads nothing, and so cannot learn that the database lost what it brought
		}
		state, fields := saidBy(a.row.state), a.row.changed()
		says := func(s said) bool {
			return !slices.ContainsFunc(fields, func(f string) bool { return s[f] != state[f] })
		}
		inRecord := slices.ContainsFunc(revisions[a.row.id], func(v version) bool { return says(v.said) })
		aside := slices.ContainsFunc(kept, func(k keptWrite) bool { return k.document == a.row.id && says(k.said) })
		if !inRecord && !aside && len(fields) > 0 {
			m.rt.Errorf("%s: a write of %s is acknowledged and gone: %v", a.t.name, a.row.id, state)
		}
		m.checkListed(a, fields, listed, kept)
	}
	m.checkOnce(revisions, kept)
}

// checkListed: an edit that the server answered with another state, and never took, is in a dispute or
// among the refused writes, with user and device time.
func (m *model) checkListed(a ack, changed []string, disputed map[string]bool, kept []keptWrite) {
	// What goes up anew without a base may be an older state that the record already has: it is readable,
	// and lost no race.
	if a.answer == nil || a.row.base == nil || m.facts.taken[a.row.key()] || deviceTimeOf(a.row.state) == "" {
		return
	}
	master := saidBy(a.answer)
	lost := slices.ContainsFunc(changed, func(f string) bool { return master[f] != saidBy(a.row.state)[f] })
	user := m.users[a.t.as].ID.String()
	if !lost || disputed[user+" "+a.row.key()] {
		return
	}
	if !slices.ContainsFunc(kept, func(k keptWrite) bool {
		return k.document == a.row.id && k.user == user && k.deviceTime == deviceTimeOf(a.row.state) && k.code != "" && k.received != ""
	}) {
		m.rt.Errorf("%s: an edit of %s lost and is not listed:\nassumed %v\npushed %v\nserver %v", a.t.name, a.row.id, saidBy(a.row.base), saidBy(a.row.state), master)
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
				seen[v.author+" "+v.deviceTime]++
			}
		}
		for who, times := range seen {
			if times > 1+rulings[id] {
				m.rt.Errorf("the edit %s of %s is there %d times", who, id, times)
			}
		}
	}
	seen := map[string]bool{}
	for _, k := range kept {
		// What was refused while it was in time is kept once more when it comes late, to be adopted.
		key := fmt.Sprint(k.document, " ", k.user, " ", k.deviceTime, " ", strings.HasPrefix(k.code, "LATE_"), " ", k.said)
		if seen[key] {
			m.rt.Errorf("a kept write is there twice: %s", key)
		}
		seen[key] = true
	}
}
