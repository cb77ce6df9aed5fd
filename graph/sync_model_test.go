package graph_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"plumbline/inspection"
	"plumbline/storage/storagetest"
)

// Random devices, edits, partitions, faults of the network, clocks ten years off, changes of the team,
// freezes and restores from backup. Whatever happened: once everybody is in reach again, all replicas and
// the server agree, what was acknowledged is readable and nothing is there twice, and every lost race is
// listed. Each case plays against a database, so one in ten of rapid's checks is played: -rapid.checks
// counts the others too.
func TestSyncLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	played, failed, cases, seen := 0, false, 0, happened{}
	rapid.Check(t, func(rt *rapid.T) {
		if played++; !failed && played%10 != 1 {
			return
		}
		held := false
		defer func() { failed = failed || !held }()
		cases++
		held = w.play(rt, seen)
	})
	if !failed {
		seen.demand(t, cases)
	}
}

// play plays one case, and reports whether all held.
func (w *world) play(rt *rapid.T, seen happened) (held bool) {
	m := w.newModel(rt)
	m.happened = happened{}
	defer func() {
		for k := range m.happened {
			seen[k]++
		}
	}()
	defer m.close()
	rt.Repeat(m.actions())
	m.follow(rt)
	m.scenes()
	m.calm = true
	m.heal()
	m.checkAgreement()
	m.checkWrites()
	return !rt.Failed()
}

// follow has what comes next drawn from rt.
func (m *model) follow(rt *rapid.T) {
	m.rt = rt
	m.t.(*caseT).rt = rt
}

// caseT lets the world's helpers fail one case of a property in place of the test.
type caseT struct {
	testing.TB
	rt *rapid.T
}

func (c *caseT) Helper()                         {}
func (c *caseT) Fatal(args ...any)               { c.rt.Fatal(args...) }
func (c *caseT) Fatalf(format string, a ...any)  { c.rt.Fatalf(format, a...) }
func (c *caseT) Error(args ...any)               { c.rt.Error(args...) }
func (c *caseT) Errorf(format string, a ...any)  { c.rt.Errorf(format, a...) }
func (c *caseT) Logf(format string, args ...any) { c.rt.Logf(format, args...) }

// model is one case: an inspection, its tablets, and what is known of every write.
type model struct {
	*world
	home     *world // where the next case plays
	rt       *rapid.T
	db       *pgxpool.Pool
	id       string
	lead     string
	calm     bool // no more faults
	state    string
	tablets  []*client
	present  map[string]bool // by email: on the team now
	revoked  map[*client]bool
	late     []delayed
	facts    facts
	saved    *backup
	restored bool
	words    int
	happened happened
}

// facts are what the model knows of the record, from what it saw happen.
type facts struct {
	// writer is who wrote each field of each answer last, by answer and field; after a ruling, all who
	// had said what stands then: each may change their own words.
	writer map[string]map[string]string
	// on is the tablet on which that was, by answer and field.
	on map[string]string
	// taken holds the edits, each with a field, of which the record said the same when they had come.
	taken map[string]bool
	// found is by edit the fields of which the record said the same before it first came; it has every edit
	// that came.
	found map[string][]string
	acked []ack
}

// ack is a write that its tablet knows to have arrived.
type ack struct {
	t      *client
	row    pushed
	answer document // the server's state, if it did not take the row as it was
	lost   bool     // with a database; its tablet still held it
}

// delayed is a request that is still under way.
type delayed struct {
	t *client
	c call
}

// backup is a copy of the database, with what was known when it was made.
type backup struct {
	database *storagetest.DB
	facts    facts
	present  map[string]bool
	revoked  map[*client]bool
	state    string
}

// cases numbers the cases, so that each has people of its own.
var cases atomic.Int64

const tabletAnswer = "id inspectionId requirementId standardId rating reason remarks methods correctedOnSite revision seq authorId deviceId deviceTime recordedAt deleted"

func (w *world) newModel(rt *rapid.T) *model {
	inner := *w
	inner.t = &caseT{TB: w.t, rt: rt}
	m := &model{world: &inner, home: w, rt: rt, present: map[string]bool{}, revoked: map[*client]bool{}, state: "IN_PROGRESS",
		facts: facts{writer: map[string]map[string]string{}, on: map[string]string{}, taken: map[string]bool{}, found: map[string][]string{}}}
	m.db = m.pool(m.database)
	people := m.recruit(1 + rapid.IntRange(2, 3).Draw(rt, "inspectors"))
	m.lead = people[0].Email
	team := []any{}
	for _, p := range people[1:] {
		team = append(team, p.ID)
		m.present[p.Email] = true
	}
	payload := m.do(m.lead, "planInspection", "PlanInspectionInput", header, map[string]any{"facilityId": m.facility, "editionId": m.edition.ID,
		"origin": "LIVE", "scope": "FULL", "announced": false, "plannedStart": "2026-03-03", "plannedEnd": "2026-03-05", "leadId": people[0].ID,
		"teamIds": team, "standardIds": []any{m.standard("5.2").ID}})
	m.id = fields(payload, "inspection", "id").(string)
	m.step(m.lead, "startInspection", "StepInput", m.id, nil)
	for n := range rapid.IntRange(2, 4).Draw(rt, "tablets") {
		m.addTablet(n, people[1+n%(len(people)-1)].Email)
	}
	m.calm = true
	for _, t := range m.tablets {
		_, errors := t.pull(t.replicas["Answer"], 100)
		m.expect(t, errors)
	}
	m.calm = false
	return m
}

// recruit adds people: the first leads.
func (m *model) recruit(count int) []inspection.Actor {
	number := cases.Add(1)
	people := make([]inspection.Actor, count)
	for n := range people {
		role := inspection.RoleInspector
		if n == 0 {
			role = inspection.RoleLead
		}
		people[n] = inspection.Actor{ID: inspection.NewID(), Email: fmt.Sprintf("case%d.%d@opr.example", number, n), Name: string(role), Role: role}
		m.users[people[n].Email] = people[n]
	}
	if err := m.service.LoadUsers(m.home.t.Context(), inspection.System(), nil, people); err != nil {
		m.t.Fatal(err)
	}
	return people
}

func (m *model) addTablet(n int, as string) {
	off := time.Duration(rapid.Int64Range(-87_600, 87_600).Draw(m.rt, "hours the clock is off")) * time.Hour
	drift := rapid.Float64Range(0.9, 1.1).Draw(m.rt, "speed of the clock")
	began := m.now()
	m.tablets = append(m.tablets, &client{
		name: fmt.Sprintf("tablet %d of %s", n, as), as: as, send: m.send, device: m.register(as),
		clock:    func() time.Time { return began.Add(off + time.Duration(float64(m.now().Sub(began))*drift)) },
		replicas: map[string]*replica{"Answer": newReplica("Answer", tabletAnswer)},
	})
}

// register makes most tablets known; a push needs no registered device.
func (m *model) register(as string) string {
	if rapid.IntRange(0, 9).Draw(m.rt, "registered") == 0 {
		return ""
	}
	id := inspection.NewID()
	m.mustExec(m.db, "insert into device (id, user_id, name, public_key, registered_at) values ($1, $2, 'tablet', $3, now())", id, m.users[as].ID, id[:])
	return id.String()
}

func (m *model) pool(of *storagetest.DB) *pgxpool.Pool {
	pool, err := pgxpool.New(context.Background(), of.SuperuserURL)
	if err != nil {
		m.t.Fatal(err)
	}
	return pool
}

func (m *model) close() {
	m.db.Close()
	if m.saved != nil {
		storagetest.Drop(m.home.t, m.saved.database)
	}
}

// actions are what may happen.
func (m *model) actions() map[string]func(*rapid.T) {
	act := func(f func()) func(*rapid.T) {
		return func(rt *rapid.T) {
			m.follow(rt)
			f()
		}
	}
	return map[string]func(*rapid.T){
		"edit":       act(m.edit),
		"edit again": act(m.edit),
		"push":       act(m.push),
		"pull":       act(m.pull),
		"sync":       act(m.sync),
		"sync again": act(m.sync),
		"restart":    act(func() { m.tablet().replicas["Answer"].restart() }),
		"arrive":     act(m.arrive),
		"race":       act(m.race),
		"rule":       act(func() { m.ruleOnOne() }),
		"team":       act(m.team),
		"wait":       act(func() { m.pass(time.Duration(rapid.IntRange(1, 300).Draw(m.rt, "minutes")) * time.Minute) }),
		"cancel":     act(m.cancel),
		"revoke":     act(m.revoke),
		"back up":    act(m.backUp),
		"restore":    act(m.restore),
	}
}

func (m *model) tablet() *client {
	return m.tablets[rapid.IntRange(0, len(m.tablets)-1).Draw(m.rt, "tablet")]
}

// edit changes an item on a tablet, in reach of the server or not.
func (m *model) edit() {
	t := m.tablet()
	id := m.item(t)
	if id == "" {
		m.rt.Skip("it holds nothing yet")
	}
	change := document{}
	for _, field := range rapid.SliceOfNDistinct(rapid.SampledFrom(judgedFields), 1, 3, rapid.ID).Draw(m.rt, "fields") {
		switch field {
		case "rating":
			change[field] = string(rapid.SampledFrom(inspection.Ratings()).Draw(m.rt, "rating"))
		case "methods":
			change[field] = rapid.SampledFrom([]any{[]any{}, []any{"OBSERVATION"}, []any{"OBSERVATION", "DOCUMENT"}, []any{"STAFF_INTERVIEW"}}).Draw(m.rt, "methods")
		case "correctedOnSite":
			change[field] = string(rapid.SampledFrom(inspection.Corrections()).Draw(m.rt, "correction"))
		default:
			change[field] = m.text(t, id, field)
		}
	}
	m.change(t, id, change)
}

// byRequirement orders ids the same in every run of a case.
func byRequirement(r *replica, ids []string) []string {
	slices.SortFunc(ids, func(a, b string) int {
		return strings.Compare(r.fork[a].doc["requirementId"].(string), r.fork[b].doc["requirementId"].(string))
	})
	return ids
}

func (m *model) push() {
	t := m.tablet()
	_, errors := t.push(t.replicas["Answer"], rapid.IntRange(1, 5).Draw(m.rt, "batch"))
	m.expect(t, errors)
}

func (m *model) pull() {
	t := m.tablet()
	_, errors := t.pull(t.replicas["Answer"], rapid.IntRange(1, 9).Draw(m.rt, "limit"))
	m.expect(t, errors)
}

func (m *model) sync() {
	m.exchangeAll(m.tablet(), 3, 5, 4)
}

// exchangeAll has a tablet push so many rows, so many times at most, and then pull one page.
func (m *model) exchangeAll(t *client, times, rows, page int) {
	r := t.replicas["Answer"]
	for range times {
		sent, errors := t.push(r, rows)
		m.expect(t, errors)
		if !sent {
			break
		}
	}
	_, errors := t.pull(r, page)
	m.expect(t, errors)
}

// expect meets an error as the app does: another history of the database begins the replication anew.
// No other is expected.
func (m *model) expect(t *client, errors []any) {
	if len(errors) == 0 {
		return
	}
	code := fields(errors[0], "extensions", "code")
	if m.revoked[t] && code == "FORBIDDEN" {
		return
	}
	if code != "EPOCH_CHANGED" {
		m.rt.Fatalf("%s: %v", t.name, errors)
	}
	m.rt.Log(t.name, "begins anew")
	r, calm := t.replicas["Answer"], m.calm
	r.renew()
	// The link holds for this: without a checkpoint nobody can tell a tablet what it holds in vain.
	m.calm = true
	t.push(r, 50)
	t.pull(r, 50)
	m.calm = calm
}

// send is the network between a tablet and the server.
func (m *model) send(t *client, c call) replied {
	fate := "fine"
	if !m.calm {
		fate = rapid.SampledFrom([]string{"fine", "fine", "fine", "lost", "answer lost", "twice", "delayed", "doubled"}).Draw(m.rt, "fate")
	}
	switch fate {
	case "lost":
		return replied{}
	case "delayed":
		m.late = append(m.late, delayed{t, c})
		return replied{}
	case "answer lost":
		m.deliver(t, c)
		return replied{}
	case "twice":
		m.deliver(t, c)
	case "doubled":
		m.late = append(m.late, delayed{t, c})
	}
	got := m.deliver(t, c)
	if len(got.errors) == 0 {
		m.note(t, c, got)
	}
	return got
}

// arrive lets a delayed request arrive, in any order. Nobody hears the answer.
func (m *model) arrive() {
	if len(m.late) == 0 {
		m.rt.Skip("nothing is under way")
	}
	n := rapid.IntRange(0, len(m.late)-1).Draw(m.rt, "which")
	one := m.late[n]
	m.late = slices.Delete(m.late, n, n+1)
	m.deliver(one.t, one.c)
}

// team takes somebody off the team, or back on.
func (m *model) team() {
	people := slices.Sorted(maps.Keys(m.present))
	m.move(rapid.SampledFrom(people).Draw(m.rt, "who"))
}

// move takes somebody off the team who is on it, and puts back who is not.
func (m *model) move(who string) {
	mutation := map[bool]string{true: "removeTeamMember", false: "addTeamMember"}[m.present[who]]
	m.rt.Log(mutation, who)
	payload := m.try(m.lead, mutation, "TeamMemberInput", "__typename", map[string]any{"inspectionId": m.id, "userId": m.users[who].ID})
	if m.state == "CANCELLED" {
		m.refused("LockedInspectionProblem", payload)
		return
	}
	if problems := payload["problems"].([]any); len(problems) > 0 {
		m.rt.Fatal(problems)
	}
	m.present[who] = !m.present[who]
}

// cancel freezes the inspection: now and then, since little happens after it.
func (m *model) cancel() {
	if m.state != "IN_PROGRESS" || rapid.IntRange(0, 24).Draw(m.rt, "cancel") > 0 {
		m.rt.Skip("not now")
	}
	m.cancelNow()
}

func (m *model) cancelNow() {
	m.state = m.step(m.lead, "cancelInspection", "ReasonInput", m.id, map[string]any{"reason": "tested"})
	m.rt.Log("cancelled")
}

// revoke revokes a registered tablet, now and then. It may bring what it holds, and reads nothing.
func (m *model) revoke() {
	t := m.tablet()
	if t.device == "" || m.revoked[t] || rapid.IntRange(0, 7).Draw(m.rt, "revoke") > 0 {
		m.rt.Skip("not now")
	}
	m.revokeNow(t)
}

func (m *model) revokeNow(t *client) {
	m.rt.Log(t.name, "is revoked")
	m.do(t.as, "revokeDevice", "RevokeDeviceInput", "device { id }", map[string]any{"deviceId": t.device, "reason": "lost"})
	m.revoked[t] = true
}

// heal brings everybody into reach and syncs until nothing changes.
func (m *model) heal() {
	for round := 1; ; round++ {
		if round > 12 {
			m.rt.Fatal("the tablets and the server do not come to rest")
		}
		busy := false
		for _, t := range m.tablets {
			r := t.replicas["Answer"]
			before := r.writes
			for range 10 {
				sent, errors := t.push(r, 50)
				m.expect(t, errors)
				if !sent {
					break
				}
				busy = true
			}
			_, errors := t.pull(r, 5)
			m.expect(t, errors)
			busy = busy || r.writes != before || len(errors) > 0 && !m.revoked[t]
		}
		if !busy {
			return
		}
	}
}
