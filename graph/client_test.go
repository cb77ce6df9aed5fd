package graph_test

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A client is a tablet that replicates as the unmodified client does (rxdb 17.6.0, replication-protocol/upstream.ts and
// downstream.ts with the default conflict handler): it keeps its own state of every document, the fork,
// and beside it the state that it assumes the server to have.
type client struct {
	name   string
	as     string                          // the user's email
	device string                          // empty: it is not registered
	clock  func() time.Time                // its own, which may be years off
	send   func(t *client, o call) replied // the network, good or bad
	// answers and the rest are its collections, by name.
	replicas map[string]*replica
}

// call is one request of a tablet; it may be sent late, or twice.
type call struct {
	query     string
	variables map[string]any
	rows      []pushed // of a push
}

// replied is what a tablet hears, which may be nothing.
type replied struct {
	heard  bool
	data   map[string]any
	errors []any
}

// replica is one collection on one tablet.
type replica struct {
	name, fields string
	generation   int // of the replication: a new one starts with nothing assumed
	fork         map[string]forked
	assumed      map[string]assumed
	writes       int // of the fork: RxDB's change feed
	up           int // the write up to which all was pushed
	checkpoint   any
	pending      []pushed // built, sent and not answered: what a retry sends again
	pendingUp    int
}

type forked struct {
	doc    document
	rev    int
	write  int
	pulled [2]int // generation and revision of the state that came from the server
}

type assumed struct {
	doc      document
	resolved int // the fork's revision that resolved a conflict, and goes up once more
}

// pushed is a row of a push.
type pushed struct {
	id          string
	base, state document // base is nil if nothing is assumed
	rev         int
}

func newReplica(name, fields string) *replica {
	return &replica{name: name, fields: fields, generation: 1, fork: map[string]forked{}, assumed: map[string]assumed{}}
}

// write puts a state into the fork.
func (r *replica) write(id string, doc document, pulled bool) int {
	r.writes++
	old := r.fork[id]
	next := forked{doc: doc, rev: old.rev + 1, write: r.writes, pulled: old.pulled}
	if pulled {
		next.pulled = [2]int{r.generation, next.rev}
	}
	r.fork[id] = next
	return next.rev
}

// edit changes fields of a document, as the tablet's user does. The device's clock is in every edit.
func (t *client) edit(r *replica, id string, change document) document {
	doc := document{}
	maps.Copy(doc, r.fork[id].doc)
	maps.Copy(doc, change)
	doc["deviceTime"] = t.clock().UTC().Format(time.RFC3339Nano)
	r.write(id, doc, false)
	return doc
}

// outgoing lists what goes up: what was written since the last push and differs from what the server
// is assumed to have.
func (r *replica) outgoing() []pushed {
	var rows []pushed
	for id, f := range r.fork {
		a, known := r.assumed[id]
		if f.write <= r.up || known && a.resolved != f.rev && reflect.DeepEqual(a.doc, f.doc) {
			continue
		}
		rows = append(rows, pushed{id: id, base: a.doc, state: f.doc, rev: f.rev})
	}
	slices.SortFunc(rows, func(a, b pushed) int { return cmp.Compare(r.fork[a.id].write, r.fork[b.id].write) })
	return rows
}

// restart is the app killed and started again: what was in flight is forgotten, what is stored is not.
func (r *replica) restart() { r.pending = nil }

// renew starts the replication under a new identifier: nothing is assumed, everything goes up.
func (r *replica) renew() {
	r.generation++
	r.assumed, r.checkpoint, r.up, r.pending = map[string]assumed{}, nil, 0, nil
}

// push sends what is outgoing, size rows at a time, or again what had no answer. It reports whether
// there was something to send, and the errors of the server.
func (t *client) push(r *replica, size int) (sent bool, errors []any) {
	if r.pending == nil {
		r.pending, r.pendingUp = r.outgoing(), r.writes
	}
	if len(r.pending) == 0 {
		r.up, r.pending = r.pendingUp, nil
		return false, nil
	}
	conflicts := map[string]document{}
	for batch := range slices.Chunk(r.pending, size) {
		got := t.send(t, r.pushCall(batch))
		if !got.heard || len(got.errors) > 0 {
			return true, got.errors
		}
		for _, one := range got.data["push"+r.name].([]any) {
			conflicts[one.(document)["id"].(string)] = one.(document)
		}
	}
	r.settle(conflicts)
	return true, nil
}

// settle takes the server's answer to the pending rows: what it names is in conflict and gives way.
func (r *replica) settle(conflicts map[string]document) {
	for _, row := range r.pending {
		master, lost := conflicts[row.id]
		delete(conflicts, row.id)
		switch {
		case !lost:
			r.assumed[row.id] = assumed{doc: row.state, resolved: r.assumed[row.id].resolved}
		case r.fork[row.id].rev == row.rev:
			rev := r.write(row.id, master, false)
			r.assumed[row.id] = assumed{doc: master, resolved: rev}
		}
	}
	if len(conflicts) > 0 {
		panic(fmt.Sprint("the server names documents that were not pushed: ", conflicts)) // RxDB fails on these
	}
	r.up, r.pending = r.pendingUp, nil
}

func (r *replica) pushCall(rows []pushed) call {
	sent := make([]any, len(rows))
	for n, row := range rows {
		entry := map[string]any{"newDocumentState": row.state}
		if row.base != nil {
			entry["assumedMasterState"] = row.base
		}
		sent[n] = entry
	}
	argument := strings.ToLower(r.name[:1]) + r.name[1:] + "PushRow"
	return call{rows: rows, variables: map[string]any{argument: sent},
		query: fmt.Sprintf("mutation Push%[1]s($%[2]s: [%[1]sInputPushRow!]) { push%[1]s(%[2]s: $%[2]s) { %[3]s } }", r.name, argument, r.fields)}
}

// pull asks for pages until one is shorter than its limit.
func (t *client) pull(r *replica, limit int) (documents int, errors []any) {
	for {
		variables := map[string]any{"limit": limit}
		if r.checkpoint != nil {
			variables["checkpoint"] = r.checkpoint
		}
		got := t.send(t, call{variables: variables,
			query: fmt.Sprintf("query Pull%[1]s($checkpoint: %[1]sInputCheckpoint, $limit: Int!) { pull%[1]s(checkpoint: $checkpoint, limit: $limit) { documents { %[2]s } checkpoint { seq } } }", r.name, r.fields)})
		if !got.heard || len(got.errors) > 0 {
			return documents, got.errors
		}
		bulk := got.data["pull"+r.name].(map[string]any)
		page := bulk["documents"].([]any)
		if len(page) == 0 {
			return documents, nil // the checkpoint of an empty page is not kept
		}
		for _, one := range page {
			r.receive(one.(document))
		}
		r.checkpoint = bulk["checkpoint"]
		documents += len(page)
		if len(page) < limit {
			return documents, nil
		}
	}
}

// receive takes a state that the server sent, unless the document was edited here and not yet pushed.
func (r *replica) receive(master document) {
	id := master["id"].(string)
	f, held := r.fork[id]
	a, known := r.assumed[id]
	edited := held && (!known || !reflect.DeepEqual(a.doc, f.doc))
	if edited && f.pulled != [2]int{r.generation, f.rev} {
		return
	}
	if !held || !reflect.DeepEqual(master, f.doc) {
		r.write(id, master, true)
	}
	r.assumed[id] = assumed{doc: master, resolved: a.resolved}
}
