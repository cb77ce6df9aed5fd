package tablet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"plumbline/tests/tablet/faultproxy"
)

// Ten tablets give their answers over links that lose one answer in five after the server has done what was
// asked, cut connections, deliver requests twice, late and out of order; both servers are killed. Then the
// network is good again, and everybody must hold the same, with nothing lost and nothing twice. One fleet at a
// time: two on two cores outlast their own links, and take more than twice as long.
func TestReplicasAgreeAndNothingIsLost(t *testing.T) {
	count := *seeds
	if count == 0 {
		count = 3
		if *firstSeed != 1 {
			count = 1
		}
	}
	program, folder := build(t), scripts(t)
	for n := range count {
		seed := *firstSeed + uint64(n)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			begun := time.Now()
			f := newFleet(t, program, folder, seed)
			if err := f.open(t); err != nil {
				t.Fatal(err)
			}
			worked := make(chan error, 1)
			go func() { worked <- f.work() }()
			if err := f.killTwice(t, worked); err != nil {
				t.Fatal(err)
			}
			if err := f.heal(); err != nil {
				t.Fatal(err)
			}
			healed := time.Since(begun)
			r := f.fetchRecord(t)
			for _, holds := range []func(*findings, record){f.replicasAgree, f.nothingIsLost, f.nothingIsTwice, f.lostRacesAreListed, f.everythingElseArrived, f.whatWasRevisedIsKept} {
				found := &findings{t: t}
				holds(found, r)
				found.report()
			}
			f.itWasABadDay(t, r, healed)
		})
	}
}

// findings are what an invariant does not hold for. The first few are told; there may be thousands.
type findings struct {
	t     *testing.T
	found []string
}

func (f *findings) add(format string, arguments ...any) {
	f.found = append(f.found, fmt.Sprintf(format, arguments...))
}

func (f *findings) report() {
	f.t.Helper()
	for n, one := range f.found {
		if n == 3 {
			f.t.Errorf("and %d more", len(f.found)-n)
			return
		}
		f.t.Error(one)
	}
}

// replicasAgree: every replica is the server's, document by document and field by field.
func (f *fleet) replicasAgree(t *findings, r record) {
	if got := len(r.documents["answer"]); got != len(f.items) {
		t.add("a new tablet pulls %d answers of %d", got, len(f.items))
	}
	if got := len(r.documents["checklistItem"]); got != len(f.items) {
		t.add("a new tablet pulls %d items of %d", got, len(f.items))
	}
	for _, c := range collections {
		if len(r.documents[c.name]) == 0 {
			t.add("a new tablet pulls nothing of %s", c.name)
		}
	}
	for _, d := range f.tablets {
		for _, c := range collections {
			mine, err := d.documents(c.name)
			if err != nil {
				t.add("%v", err)
				continue
			}
			f.replicaAgrees(t, d, c, mine, r.documents[c.name])
		}
	}
}

func (f *fleet) replicaAgrees(t *findings, d *tablet, c collection, mine, server []document) {
	if len(mine) != len(server) {
		t.add("%s holds %d of %s; the server %d", d.name, len(mine), c.name, len(server))
		return
	}
	for n := range mine {
		for _, field := range c.held(d) {
			if !same(mine[n][field], server[n][field]) && !f.unheard(d, c, field, server[n]) {
				t.add("%s differs in %s: it holds %v, the server %v", d.name, field, mine[n], server[n])
				break
			}
		}
	}
}

// unheard: what the server adds to a tablet's own version may be missing there. When the answer to a push is
// lost while a pull is under way, RxDB passes over the version in the pull, since it still has something to
// push, and the push that it sends again is told that nothing is in conflict.
func (f *fleet) unheard(d *tablet, c collection, field string, master document) bool {
	if !slices.Contains(c.added, field) || master.text(c.author) != d.user.ID.String() {
		return false
	}
	f.stale[d.name+" "+c.name+" "+master.text("id")] = true
	return true
}

// row is one document of a push. Own: this version was written on the tablet.
type row = struct {
	Document, Assumed, Master document
	Own                       bool
}

// rows calls visit with every row of answers whose push was acknowledged and that was written on the tablet,
// in the order of each tablet. An app that ends while RxDB stores what it pulled hands back, when it begins
// again, what others wrote.
func (f *fleet) rows(visit func(d *tablet, row row)) { f.rowsOf("answer", visit) }

// rowsOf is rows of another collection.
func (f *fleet) rowsOf(collection string, visit func(d *tablet, row row)) {
	for _, d := range f.tablets {
		for _, p := range d.acknowledged() {
			if p.Collection != collection {
				continue
			}
			for _, row := range p.Rows {
				if row.Own {
					visit(d, row)
				}
			}
		}
	}
}

// nothingIsLost: what was ever acknowledged is a version of the answer by its author, or a kept write.
func (f *fleet) nothingIsLost(t *findings, r record) {
	f.rows(func(d *tablet, row row) {
		id, author := row.Document.text("id"), d.user.ID.String()
		for _, version := range r.revisions[id] {
			if version.text("authorId") == author && said(version, row) {
				return
			}
		}
		for _, k := range r.kept[id] {
			if k.UserID == author && said(k.pushed, row) {
				return
			}
		}
		t.add("%s: an acknowledged write is lost: %v over %v", d.name, row.Document, row.Assumed)
	})
}

// nothingIsTwice: no retry and no copy of a request became a version or a kept write of its own.
func (f *fleet) nothingIsTwice(t *findings, r record) {
	seen := map[string]bool{}
	once := func(what string, among any) {
		if seen[what] {
			t.add("twice: %s, among %v", what, among)
		}
		seen[what] = true
	}
	for id, versions := range r.revisions {
		for n, v := range versions {
			if v["revision"] != float64(n+1) {
				t.add("version %d of %s is numbered %v", n+1, id, v["revision"])
			}
			once(strings.Join([]string{id, v.text("authorId"), v.text("rating"), v.text("reason"), v.text("remarks"), written(v["methods"])}, " "), versions)
		}
	}
	for id, writes := range r.kept {
		for _, k := range writes {
			once(strings.Join([]string{"kept", id, k.UserID, written(k.pushed)}, " "), writes)
		}
	}
}

// lostRacesAreListed: each field in which a row was answered with a master that says something else is in a
// dispute over this field in which the row's version is, or in a refused write, unless somebody wrote over
// the row who had read it, or only its own author did; and where two people's last ratings of an item differ,
// an open dispute over the rating is listed.
func (f *fleet) lostRacesAreListed(t *findings, r record) {
	read := map[string][]document{} // what was the server's state to somebody who wrote over it, by answer
	f.rows(func(_ *tablet, row row) {
		read[row.Document.text("id")] = append(read[row.Document.text("id")], row.Assumed)
	})
	f.rows(func(d *tablet, row row) {
		id, author := row.Document.text("id"), d.user.ID.String()
		another := func(version document) bool { return version.text("authorId") != author }
		if row.Master == nil || said(row.Master, row) || !slices.ContainsFunc(r.revisions[id], another) {
			return
		}
		for _, state := range read[id] {
			if said(state, row) {
				return
			}
		}
		for _, k := range r.kept[id] {
			if k.UserID == author && said(k.pushed, row) {
				return
			}
		}
		for _, field := range unsaid(row.Master, row) {
			if !r.disputed(id, author, field, row) {
				t.add("%s: a lost race over the %s is listed nowhere: %v over %v, answered with %v", d.name, field, row.Document, row.Assumed, row.Master)
			}
		}
	})
	for id, by := range f.lastRatings() {
		different := map[any]bool{}
		for _, rating := range by {
			different[rating] = true
		}
		open := func(d dispute) bool { return !d.Agreed && d.RuledAt == nil && slices.Contains(d.Fields, "rating") }
		if len(different) > 1 && !slices.ContainsFunc(r.disputes[id], open) {
			t.add("two people rate %s differently and no dispute over it is open: %v, %v", id, by, r.disputes[id])
		}
	}
}

// lastRatings is how each person last rated, by answer and author.
func (f *fleet) lastRatings() map[string]map[string]any {
	rated := map[string]map[string]any{}
	f.rows(func(d *tablet, row row) {
		id, author := row.Document.text("id"), d.user.ID.String()
		if same(row.Document["rating"], row.Assumed["rating"]) {
			return
		}
		if rated[id] == nil {
			rated[id] = map[string]any{}
		}
		rated[id][author] = row.Document["rating"]
	})
	return rated
}

// itWasABadDay: the faults did happen, the clients complained of nothing else, and here are the figures.
func (f *fleet) itWasABadDay(t *testing.T, r record, took time.Duration) {
	t.Helper()
	var link faultproxy.Counts
	var total report
	acknowledged, conflicts, versions, disputed, refused := 0, 0, 0, 0, 0
	for _, d := range f.tablets {
		link = link.Plus(d.link.Counts())
		var one report
		if err := d.do(&one, "report", nil); err != nil {
			t.Fatal(err)
		}
		total.Failed += one.Failed
		for message, times := range one.Errors {
			t.Errorf("%s is told %d times: %s", d.name, times, message)
		}
	}
	f.rows(func(_ *tablet, row row) {
		acknowledged++
		if row.Master != nil {
			conflicts++
		}
	})
	for id := range r.revisions {
		versions += len(r.revisions[id])
		disputed += len(r.disputes[id])
		refused += len(r.kept[id])
	}
	for _, happened := range []int{link.Late, link.Duplicated, link.Delayed, link.Truncated, link.Cut, link.Unreached, link.Refused, conflicts, disputed} {
		if happened == 0 {
			t.Errorf("too good a day: %+v, %d conflicts, %d disputes", link, conflicts, disputed)
		}
	}
	if lost := float64(link.Dropped) / float64(link.Requests); lost < 0.12 || lost > 0.25 {
		t.Errorf("%.2f of the answers are lost", lost)
	}
	if replicas := tablets * len(r.documents["answer"]); len(f.stale)*50 > replicas {
		t.Errorf("of %d documents on tablets %d were never heard of again", replicas, len(f.stale))
	}
	for _, s := range f.servers {
		for entry := range strings.Lines(s.log.String()) {
			if strings.Contains(entry, `"level":"ERROR"`) || strings.Contains(entry, "panic") {
				t.Errorf("a server logged %s", entry)
			}
		}
	}
	t.Logf("seed %d: %d tablets made %d answers in %s; %d rows acknowledged, %d of them with another master; %d versions, %d disputes, %d refused writes, %d documents unheard; "+
		"beside them %d declarations, %d findings, %d observations, %d sealed notes; "+
		"%d requests failed; the links: %+v", f.seed, len(f.tablets), f.edits.Load(), took.Round(time.Second/10), acknowledged, conflicts, versions, disputed, refused, len(f.stale), len(r.documents["evidence"]), len(r.documents["finding"]), len(r.documents["observation"]), len(r.notes), total.Failed, link)
}

// report is a tablet's own figures.
type report struct {
	Requests, Failed, Received, Conflicts, Outbox int
	Errors, Complaints                            map[string]int
}
