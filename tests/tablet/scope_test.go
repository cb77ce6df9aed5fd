package tablet_test

import (
	"fmt"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/tests/tablet/faultproxy"
)

// A tablet follows what its user has a part in, by the streams alone: who leaves the team loses what they
// held, who joins it again has it back, and an inspection that begins arrives.
func TestATabletFollowsItsUsersScope(t *testing.T) {
	t.Parallel()
	program, folder := build(t), scripts(t)
	f := &fleet{world: newWorld(t, program, 2), added: map[string][]document{}, words: map[string][]string{}}
	f.tokens = []string{f.token(t, f.team[0]), f.token(t, f.team[1])}
	f.items = f.checklist(t)
	d := f.goodTablet(t, folder, 1)
	f.key = f.publishedKey(t)
	for n := range 3 { // a declaration, a finding and an observation
		if err := f.addOne(0, d, n, f.items[n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.sync(); err != nil {
		t.Fatal(err)
	}
	held := func() map[string]int {
		counts := map[string]int{}
		for _, c := range collections {
			documents, err := d.documents(c.name)
			if err != nil {
				t.Fatal(err)
			}
			counts[c.name] = len(documents)
		}
		return counts
	}
	becomes := func(what string, want map[string]int) {
		t.Helper()
		for end := time.Now().Add(patience / 3); ; time.Sleep(100 * time.Millisecond) {
			got := held()
			if fmt.Sprint(got) == fmt.Sprint(want) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s: it holds %v, want %v", what, got, want)
			}
		}
	}
	whole := held()
	for _, c := range collections {
		if whole[c.name] == 0 {
			t.Fatalf("it holds nothing of %s", c.name)
		}
	}
	nothing := map[string]int{}
	for _, c := range collections {
		nothing[c.name] = 0
	}
	o := f.office(t)
	must[*inspection.Inspection](t)(o.RemoveTeamMember(t.Context(), f.team[0], f.inspection, f.team[1].ID))
	becomes("out of the team", nothing)
	must[*inspection.Inspection](t)(o.AddTeamMember(t.Context(), f.team[0], f.inspection, f.team[1].ID))
	becomes("in the team again", whole)
	standard := o.edition.Standards()[0]
	o.visit(f.world, time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 7), standard.ID)
	more := map[string]int{"inspection": 1, "answer": len(standard.Requirements), "checklistItem": len(standard.Requirements), "assignment": 1, "priorFinding": 1}
	for name, n := range more {
		whole[name] += n
	}
	becomes("with another inspection", whole)
}

// goodTablet is a registered tablet of a person on a good link, which holds all there is for it.
func (f *fleet) goodTablet(t *testing.T, folder string, person int) *tablet {
	t.Helper()
	link, err := faultproxy.Start(1, f.servers[0].address, f.servers[1].address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	code, err := f.code(t, f.tokens[person])
	if err != nil {
		t.Fatal(err)
	}
	d := startTablet(t, folder, "tablet", f.team[person], link)
	s := settings{Base: "http://" + link.Address(), Name: d.name, Code: code, Storage: "memory", Batch: 100, Retry: 100, Collections: []string{"interviewNote"}}
	for _, c := range collections {
		s.Collections = append(s.Collections, c.name)
	}
	if err := d.do(nil, "open", s); err != nil {
		t.Fatal(err)
	}
	if err := d.sync(); err != nil {
		t.Fatal(err)
	}
	return d
}
