package graph_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"plumbline/storage/storagetest"
)

// exchange is one request over HTTP, with the device and its clock in the headers.
func (m *model) exchange(t *client, c call) replied {
	body, err := json.Marshal(map[string]any{"query": c.query, "variables": c.variables})
	if err != nil {
		m.rt.Fatal(err)
	}
	request, err := http.NewRequestWithContext(m.home.t.Context(), http.MethodPost, m.server.URL, bytes.NewReader(body))
	if err != nil {
		m.rt.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Test-User", t.as)
	request.Header.Set("Plumbline-Device-Time", t.clock().UTC().Format(time.RFC3339Nano))
	if t.device != "" {
		request.Header.Set("Plumbline-Device", t.device)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.rt.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		m.rt.Fatal(err)
	}
	var answer struct {
		Data       map[string]any
		Errors     []any
		Extensions struct{ RefusedWrites []struct{ Code string } }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		m.rt.Fatalf("%v: %s", err, text)
	}
	for _, refused := range answer.Extensions.RefusedWrites {
		m.happened[refused.Code]++
	}
	return replied{heard: true, data: answer.Data, errors: answer.Errors}
}

// disputes lists every dispute with its versions, as the lead sees them.
func (m *model) disputes() []any {
	data := m.ask(m.lead, `query($id: ID!) { inspection(id: $id) { disputes { id answerId firstRevision secondRevision ruledAt agreed fields
		versions { revision authorId deviceId deviceTime clockOffsetMs recordedAt } } } }`, map[string]any{"id": m.id})
	return fields(data, "inspection", "disputes").([]any)
}

// disputed names the edits that are part of a dispute, each with the fields that are in it and what it says there.
func (m *model) disputed(revisions map[string][]version) map[string]bool {
	all := map[string]bool{}
	for _, d := range m.disputes() {
		over := fields(d, "fields").([]any)
		m.happened["DISPUTE"]++
		if fields(d, "agreed") == true {
			m.happened["AGREEMENT"]++
		}
		if len(over) == 0 {
			m.rt.Errorf("a dispute names no field: %v", d)
		}
		for _, v := range fields(d, "versions").([]any) {
			if fields(v, "recordedAt") == nil || fields(v, "deviceTime") != nil && fields(v, "clockOffsetMs") == nil {
				m.rt.Errorf("a version in dispute says not when, by both clocks: %v", v)
			}
		}
		for _, v := range partsOf(d, revisions[fields(d, "answerId").(string)]) {
			for _, f := range over {
				all[v.edit()+" "+f.(string)+" "+v.said[f.(string)]] = true
			}
		}
	}
	return all
}

// partsOf are the versions that a dispute is between, up to its end: those that may be chosen, and those whose
// author brought another after them.
func partsOf(dispute any, versions []version) []version {
	in := slices.DeleteFunc(slices.Clone(versions), func(v version) bool {
		ruled, _ := fields(dispute, "ruledAt").(string)
		ended, err := time.Parse(time.RFC3339Nano, ruled)
		outside := v.revision != int(fields(dispute, "firstRevision").(float64)) && v.revision < int(fields(dispute, "secondRevision").(float64))
		return outside || err == nil && v.recorded.After(ended)
	})
	return slices.DeleteFunc(slices.Clone(in), func(v version) bool {
		left := slices.ContainsFunc(in, func(later version) bool { return later.author == v.author && later.revision > v.revision })
		return !left && !slices.ContainsFunc(fields(dispute, "versions").([]any), func(choice any) bool {
			return fields(choice, "authorId") == v.author && deviceTimeOf(choice.(document)) == v.deviceTime
		})
	})
}

// keptWrites lists the refused writes, as the lead sees them.
func (m *model) keptWrites() []keptWrite {
	data := m.ask(m.lead, `query($id: ID!) { inspection(id: $id) { refusedWrites { id collection documentId document code reason late userId deviceId deviceTime receivedAt } } }`,
		map[string]any{"id": m.id})
	var all []keptWrite
	for _, one := range fields(data, "inspection", "refusedWrites").([]any) {
		var doc document
		if err := json.Unmarshal([]byte(fields(one, "document").(string)), &doc); err != nil {
			m.rt.Fatal(err)
		}
		if fields(one, "reason") == "" {
			m.rt.Errorf("a refused write has no reason: %v", one)
		}
		all = append(all, keptWrite{document: fields(one, "documentId").(string), user: fields(one, "userId").(string), deviceTime: deviceTimeOf(one.(document)),
			code: fields(one, "code").(string), received: fields(one, "receivedAt").(string), said: saidBy(doc)})
	}
	return all
}

// ruleOnOne rules on a dispute, for one of its versions, and reports whether there was one.
func (m *model) ruleOnOne() bool {
	open := slices.DeleteFunc(m.disputes(), func(d any) bool { return fields(d, "ruledAt") != nil })
	if len(open) == 0 || m.state != "IN_PROGRESS" {
		return false
	}
	d := open[rapid.IntRange(0, len(open)-1).Draw(m.rt, "dispute")]
	versions := fields(d, "versions").([]any)
	choice := fields(versions[rapid.IntRange(0, len(versions)-1).Draw(m.rt, "choice")], "revision")
	before, said := m.masters(), m.revisions()
	m.do(m.lead, "ruleDispute", "RuleDisputeInput", "answer { id }", map[string]any{"inspectionId": m.id, "disputeId": fields(d, "id"), "revision": choice, "reason": "tested"})
	id, over := fields(d, "answerId").(string), fields(d, "fields").([]any)
	for f, now := range m.masters()[id].said {
		// Who said first what stands may have gone over to the other side since, and lost.
		if before[id].said[f] != now || slices.Contains(over, any(f)) {
			m.wrote(id, f, "ruled for "+strings.Join(m.whoSaid(f, now, said[id]), " "), "")
		}
	}
	m.happened["RULING"]++
	m.rt.Log("ruled on", id, "for", choice)
	return true
}

// whoSaid are those in whose versions a field has the value.
func (m *model) whoSaid(field, value string, versions []version) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(m.present)), func(who string) bool {
		return !slices.ContainsFunc(versions, func(v version) bool { return v.author == m.users[who].ID.String() && v.said[field] == value })
	})
}

// copy returns facts that go their own way.
func (f facts) copy() facts {
	own := facts{writer: map[string]map[string]string{}, on: maps.Clone(f.on), taken: maps.Clone(f.taken), found: maps.Clone(f.found), acked: append([]ack(nil), f.acked...)}
	for id, by := range f.writer {
		own.writer[id] = maps.Clone(by)
	}
	return own
}

// backUp copies the database, in place of an older copy.
func (m *model) backUp() {
	if rapid.IntRange(0, 3).Draw(m.rt, "back up") > 0 {
		m.rt.Skip("not now")
	}
	m.save()
}

func (m *model) save() {
	if m.saved != nil {
		storagetest.Drop(m.home.t, m.saved.database)
	}
	m.reopen(func() *storagetest.DB {
		m.saved = &backup{database: storagetest.Copy(m.home.t, m.database), facts: m.facts.copy(), present: maps.Clone(m.present), revoked: maps.Clone(m.revoked), state: m.state}
		return m.database
	})
	m.rt.Log("backed up")
}

// restore loses the database and goes on with a copy of the backup. What tablets hold goes up again.
func (m *model) restore() {
	if m.saved == nil {
		m.rt.Skip("no backup")
	}
	lost := m.facts
	m.reopen(func() *storagetest.DB {
		storagetest.Drop(m.home.t, m.database)
		return storagetest.Copy(m.home.t, m.saved.database)
	})
	m.facts, m.present, m.revoked, m.state, m.late = m.saved.facts.copy(), maps.Clone(m.saved.present), maps.Clone(m.saved.revoked), m.saved.state, nil
	m.restored = true
	m.rt.Log("restored")
	m.again(lost)
}

// again adds what was acknowledged after the backup to what must be readable, as far as its tablet
// still holds it.
func (m *model) again(lost facts) {
	// What the backup has not, and its tablet has let go of since, because the inspection was frozen, is
	// nowhere any more.
	m.facts.acked = slices.DeleteFunc(m.facts.acked, func(a ack) bool { return a.lost && !a.held() })
	for _, a := range lost.acked[min(len(m.saved.facts.acked), len(lost.acked)):] {
		if a.t.replicas["Answer"].checkpoint == nil {
			continue // no page told it which history it is in, so that it does not learn of another
		}
		if a.answer == nil && a.held() && m.present[a.t.as] {
			a.lost = true
			m.happened["LOST WITH A DATABASE"]++
			m.facts.acked = append(m.facts.acked, a)
		}
	}
}

// held reports whether the tablet still holds what it was told was taken.
func (a ack) held() bool {
	held := a.t.replicas["Answer"].fork[a.row.id].doc
	return held != nil && deviceTimeOf(held) == deviceTimeOf(a.row.state)
}

// reopen stops the server, does something to its database, and goes on with the one that this returns.
func (m *model) reopen(stopped func() *storagetest.DB) {
	m.db.Close()
	m.home.server.Close()
	m.home.store.Close()
	m.home.database = stopped()
	m.home.open()
	inner := *m.home
	inner.t = m.t
	m.world = &inner
	m.db = m.pool(m.database)
}
