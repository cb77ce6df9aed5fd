package tablet_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/tests/tablet/faultproxy"
)

// Ten tablets of nine people. The first two people work the same items and see them differently; the last
// two tablets are one person's, on the same items; everybody else has items of their own.
const (
	tablets = 10
	people  = 9
	shares  = 8
)

func userOf(tablet int) int { return min(tablet, people-1) }

func shareOf(tablet int) int { return max(0, userOf(tablet)-1) }

// badLink is what every tablet works over until the end.
var badLink = faultproxy.Faults{Drop: 0.2, Truncate: 0.03, Late: 0.04, Duplicate: 0.05, Delay: 0.3,
	MaxDelay: 150 * time.Millisecond, Life: 6 * time.Second, Bytes: 300_000}

// item is a requirement of the inspection with the id of its answer.
type item struct {
	requirement, answer string
}

// fleet is a world with its tablets.
type fleet struct {
	*world
	seed    uint64
	items   []item
	tokens  []string // by person
	tablets []*tablet
	edits   atomic.Int64    // made so far, on all tablets
	total   int64           // to be made
	stale   map[string]bool // own versions of which a tablet has not heard what the server added
	key     vaultKey        // to which notes are sealed

	mu    sync.Mutex
	turns [tablets]int          // what each tablet adds next
	added map[string][]document // what is no answer, by collection
	words map[string][]string   // what was written in each of these, by id
}

// newFleet starts a world and its tablets, all of them over bad links from the beginning.
func newFleet(t *testing.T, program, folder string, seed uint64) *fleet {
	t.Helper()
	f := &fleet{world: newWorld(t, program, people), seed: seed, total: int64(tablets * *answers), stale: map[string]bool{}, added: map[string][]document{}, words: map[string][]string{}}
	for _, user := range f.team {
		f.tokens = append(f.tokens, f.token(t, user))
	}
	f.items, f.key = f.checklist(t), f.publishedKey(t)
	for n := range tablets {
		link, err := faultproxy.Start(seed*tablets+uint64(n), f.servers[0].address, f.servers[1].address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(link.Close)
		link.Set(badLink)
		f.tablets = append(f.tablets, startTablet(t, folder, fmt.Sprintf("tablet %d", n), f.team[userOf(n)], link))
	}
	return f
}

func (f *fleet) settings(n int) settings {
	random := f.random(n, 1)
	s := settings{
		Base: "http://" + f.tablets[n].link.Address(), Name: f.tablets[n].name,
		Skew:    random.Int64N(int64(20*365*24*time.Hour/time.Millisecond)) - int64(10*365*24*time.Hour/time.Millisecond),
		Storage: "memory", Printed: n == 5, Batch: 100, Retry: 100, Collections: []string{"interviewNote"},
	}
	for _, c := range collections {
		s.Collections = append(s.Collections, c.name)
	}
	if n == 3 || n == 7 {
		s.Storage = "dexie"
	}
	return s
}

// random is a source of its own for each tablet and purpose.
func (f *fleet) random(tablet int, purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(f.seed, uint64(tablet)<<8|purpose))
}

func (f *fleet) checklist(t *testing.T) []item {
	t.Helper()
	var data struct {
		Inspection struct {
			Checklist struct {
				Items []struct{ Requirement, Answer struct{ ID string } }
			}
		}
	}
	f.ask(t, f.tokens[0], `query($id: ID!) { inspection(id: $id) { checklist { items { requirement { id } answer { id } } } } }`,
		map[string]any{"id": f.inspection}, &data)
	var items []item
	for _, i := range data.Inspection.Checklist.Items {
		items = append(items, item{i.Requirement.ID, i.Answer.ID})
	}
	if len(items) < 600 {
		t.Fatalf("the inspection has %d items", len(items))
	}
	return items
}

// each runs something on every tablet at once and joins what went wrong.
func (f *fleet) each(act func(n int, d *tablet) error) error {
	errs := make([]error, len(f.tablets))
	var all sync.WaitGroup
	for n, d := range f.tablets {
		all.Go(func() { errs[n] = act(n, d) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// open registers and opens every tablet and waits until it has the whole checklist. A person's tablets come
// one after the other, for a new code ends the one before.
func (f *fleet) open(t *testing.T) error {
	var turns [people]sync.Mutex
	return f.each(func(n int, d *tablet) error {
		if err := f.register(t, n, d, &turns[userOf(n)]); err != nil {
			return err
		}
		return d.sync()
	})
}

func (f *fleet) register(t *testing.T, n int, d *tablet, turn *sync.Mutex) error {
	turn.Lock()
	defer turn.Unlock()
	code, err := f.code(t, f.tokens[userOf(n)])
	if err != nil {
		return err
	}
	s := f.settings(n)
	s.Code, d.printed = code, s.Printed
	return d.do(nil, "open", s)
}

// code asks for a code under which a tablet may register.
func (f *fleet) code(t *testing.T, token string) (string, error) {
	var data struct {
		StartDeviceRegistration struct {
			Registration *struct{ Code string }
			Problems     []struct{ Message string }
		}
	}
	err := f.send(t, token, `mutation { startDeviceRegistration(input: {}) { registration { code } problems { message } } }`, nil, &data)
	if err == nil && data.StartDeviceRegistration.Registration == nil {
		err = fmt.Errorf("no code to register under: %v", data.StartDeviceRegistration.Problems)
	}
	if err != nil {
		return "", err
	}
	return data.StartDeviceRegistration.Registration.Code, nil
}

// work has every tablet give its answers, in bursts, now and then without a network.
func (f *fleet) work() error {
	return f.each(func(n int, d *tablet) error {
		random := f.random(n, 2)
		mine := f.share(n)
		random.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		for done := 0; done < *answers; {
			burst := min(1+random.IntN(20), *answers-done, len(mine))
			edits := make([]document, burst)
			for i := range edits {
				edits[i] = f.edit(n, done+i, mine[(done+i)%len(mine)], random)
			}
			if err := d.do(nil, "edit", map[string]any{"collection": "answer", "documents": edits}); err != nil {
				return err
			}
			done += burst
			f.edits.Add(int64(burst))
			if err := f.addOne(n, d, done, mine[0]); err != nil {
				return err
			}
			if err := f.pause(n, d, random); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fleet) share(tablet int) []item {
	var mine []item
	for n, i := range f.items {
		if n%shares == shareOf(tablet) {
			mine = append(mine, i)
		}
	}
	return mine
}

var (
	ratings = []inspection.Rating{inspection.Meets, inspection.DoesNotMeet, inspection.NotApplicable, inspection.Undetermined}
	ways    = []inspection.Method{inspection.Observed, inspection.DocumentReview, inspection.StaffInterview, inspection.Measurement}
)

// edit is the n-th thing that a tablet says. It says something that nobody said before, in the remarks or
// in the reason, so that every version can be told from every other.
func (f *fleet) edit(tablet, n int, i item, random *rand.Rand) document {
	said := fmt.Sprintf("tablet %d says %d", tablet, n)
	d := document{"id": i.answer}
	field := "remarks"
	if random.IntN(4) == 0 {
		field = "reason"
	}
	d[field] = said
	if random.IntN(3) > 0 {
		d["rating"] = ratings[random.IntN(len(ratings))]
	}
	if random.IntN(2) == 0 && !f.settings(tablet).Printed {
		some := slices.Clone(ways)
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		d["methods"] = some[:1+random.IntN(len(some))]
	}
	return d
}

// pause is what happens between two bursts.
func (f *fleet) pause(n int, d *tablet, random *rand.Rand) error {
	switch what := random.IntN(20); {
	case what == 0:
		d.link.Down(true)
		time.AfterFunc(time.Duration(100+random.IntN(500))*time.Millisecond, func() { d.link.Down(false) })
	case what == 1:
		return d.sync()
	case what == 2 && f.settings(n).Storage == "dexie":
		return d.do(nil, "restart", nil)
	}
	time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
	return nil
}

// killTwice kills each server once while the tablets work, and starts it again.
func (f *fleet) killTwice(t *testing.T, worked <-chan error) error {
	for n, s := range f.servers {
		for f.edits.Load() < f.total*int64(n+1)/3 {
			select {
			case err := <-worked:
				return errors.Join(err, errors.New("the work ended before both servers were killed"))
			case <-time.After(5 * time.Millisecond):
			}
		}
		if err := s.kill(); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond)
		if err := s.start(t.Context()); err != nil {
			return err
		}
	}
	return <-worked
}

// heal makes every link good and has every tablet bring and fetch what is missing: twice, because a
// request that was late may arrive after the first time.
func (f *fleet) heal() error {
	for _, d := range f.tablets {
		d.link.Set(faultproxy.Faults{})
		d.link.Down(false)
	}
	for range 2 {
		if err := f.each(func(_ int, d *tablet) error { return d.sync() }); err != nil {
			return err
		}
		for _, d := range f.tablets {
			d.link.Settle()
		}
	}
	return f.each(func(_ int, d *tablet) error { return d.sync() })
}
