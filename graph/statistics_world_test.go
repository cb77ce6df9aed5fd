package graph_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/inspection"
)

// A visit is an inspection as the tests of the statistics write it down.
type visit struct {
	id        inspection.ID
	at        inspection.ID // the facility
	origin    inspection.Origin
	scope     inspection.Scope
	announced *bool
	start     string // YYYY-MM-DD
	state     inspection.State
	parts     []part
	flaws     []flaw
	rating    string // final
	// fieldwork and issue are when the fieldwork was done and the report issued.
	fieldwork, issue time.Time
}

// A part is a standard in a visit's scope. A letter for each requirement: M met and known by two methods, m by
// one; D and d the same for not met; n not applicable, u undetermined (by two methods), - not reviewed.
type part struct {
	edition *inspection.Edition
	number  string
	ratings string
}

// A flaw is a finding, with the corrective action that answers it if it has a state.
type flaw struct {
	kind      inspection.FindingKind // DEFICIENCY if empty
	edition   *inspection.Edition
	number    string // or
	text      string // where no standard is known
	rests     int    // on the standard's requirement of this number from 1; 0 on the standard alone
	repeat    bool   // as declared
	derived   inspection.RepeatKind
	days      int // open, of a derived one
	corrected inspection.Correction
	removed   bool
	withdrawn bool
	action    inspection.ActionState
	abatement *time.Time
	plan      time.Time
	proof     time.Time
	noPlan    bool      // of one that is not OPEN
	until     time.Time // of a waiver
}

var (
	yes, no = true, false
	rated   = map[rune]inspection.Rating{'M': inspection.Meets, 'm': inspection.Meets, 'D': inspection.DoesNotMeet, 'd': inspection.DoesNotMeet,
		'n': inspection.NotApplicable, 'u': inspection.Undetermined, '-': inspection.NotReviewed}
)

// smallEdition is an edition with a few requirements in each standard, e.g. "4.10": 2.
func smallEdition(key string, partial bool, numbers []string, requirements map[string]int) *inspection.Edition {
	e := &inspection.Edition{ID: inspection.EditionID(key), Key: key, Set: key, Version: 1, Title: "The " + key, Partial: partial, Hash: strings.Repeat("ab", 32)}
	p := inspection.Part{Number: 1, Name: "All"}
	for _, number := range numbers {
		st := inspection.Standard{ID: inspection.StandardID(e.ID, number), Number: number, Title: "Standard " + number}
		for n := range requirements[number] {
			r := fmt.Sprintf("%s-%d", number, n)
			st.Requirements = append(st.Requirements, inspection.Requirement{ID: inspection.RequirementID(e.ID, r), Key: r, Text: "Must be so.",
				Strength: inspection.Recalled, Priority: inspection.PriorityNone, Applies: inspection.AppliesAll})
		}
		p.Standards = append(p.Standards, st)
	}
	e.Parts = []inspection.Part{p}
	return e
}

func (w *world) load(editions ...*inspection.Edition) {
	w.t.Helper()
	for _, e := range editions {
		if _, err := w.service.LoadEdition(w.t.Context(), inspection.System(), e); err != nil {
			w.t.Fatal(err)
		}
	}
}

func standardOf(e *inspection.Edition, number string) *inspection.Standard {
	for _, st := range e.Standards() {
		if st.Number == number {
			return st
		}
	}
	panic("no standard " + number + " in " + e.Key)
}

// happen writes visits into the database and takes each through its states, past the API but with
// every trigger in force.
func (w *world) happen(db *pgxpool.Pool, visits []visit) {
	w.t.Helper()
	batch := &pgx.Batch{}
	batch.Queue("select set_config('plumbline.role', 'REVIEWER', true), set_config('plumbline.user', $1, true)", w.users[reviewer].ID.String())
	for n := range visits {
		w.queue(batch, &visits[n])
	}
	err := pgx.BeginFunc(w.t.Context(), db, func(tx pgx.Tx) error { return tx.SendBatch(w.t.Context(), batch).Close() })
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) queue(b *pgx.Batch, v *visit) {
	by := w.users[lead].ID
	if v.id == (inspection.ID{}) {
		v.id = inspection.NewID()
	}
	b.Queue(`insert into inspection (id, facility_id, origin, scope, announced, planned_start, planned_end, state, lead_id, planned_by, planned_at, source)
		values ($1, $2, $3, $4, $5, $6::text::date, $6::text::date + 2, 'PLANNED', $7, $7, now(), $8)`, v.id, v.at, v.origin, v.scope, v.announced, v.start, by, "report "+v.id.String())
	position := 0
	for n, p := range v.parts {
		st := standardOf(p.edition, p.number)
		b.Queue("insert into inspection_standard (inspection_id, standard_id, edition_id, position) values ($1, $2, $3, $4)", v.id, st.ID, p.edition.ID, n)
		for k, letter := range p.ratings {
			methods := []string{}
			switch letter {
			case 'M', 'D', 'u':
				methods = []string{"OBSERVATION", "DOCUMENT"}
			case 'm', 'd':
				methods = []string{"DETAINEE_INTERVIEW"}
			}
			b.Queue(`insert into answer (inspection_id, id, standard_id, requirement_id, position, rating, methods, seq) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
				v.id, inspection.AnswerID(v.id, st.Requirements[k].ID), st.ID, st.Requirements[k].ID, position, rated[letter], methods, position+1)
			position++
		}
	}
	var later []func()
	for n := range v.flaws {
		later = append(later, w.queueFlaw(b, v, &v.flaws[n], n))
	}
	w.queueStates(b, v)
	for _, after := range later {
		after()
	}
	if v.state == inspection.Closed {
		b.Queue("update inspection set state = 'CLOSED', closed_at = issued_at where id = $1", v.id)
	}
}

// queueFlaw writes a finding and returns what follows after the issue.
func (w *world) queueFlaw(b *pgx.Batch, v *visit, f *flaw, n int) func() {
	var standard *inspection.ID
	if f.number != "" {
		standard = &standardOf(f.edition, f.number).ID
	}
	kind, corrected := f.kind, f.corrected
	if kind == "" {
		kind = inspection.Deficiency
	}
	if corrected == "" {
		corrected = inspection.NotCorrected
	}
	var removed *time.Time
	if f.removed {
		removed = &someDay
	}
	var requirement *inspection.ID
	if f.rests > 0 {
		requirement = &standardOf(f.edition, f.number).Requirements[f.rests-1].ID
	}
	var first *string
	var days *int
	times := 0
	if f.derived == inspection.RepeatCertain || f.derived == inspection.RepeatProbable {
		first, days, times = &v.start, &f.days, 1
	}
	id := inspection.NewID()
	b.Queue(`insert into finding (inspection_id, id, kind, standard_id, standard_text, text, responsible_party, repeat_declared, corrected_on_site, removed_at,
		author_id, recorded_at, revised_by, revised_at, seq, requirement_id, repeat_derived, repeat_times, repeat_first_on, repeat_days_open)
		values ($1, $2, $3, $4, $5, 'x', 'FACILITY', $6, $7, $8, $9, now(), $9, now(), $10, $11, $12, $13, $14::text::date - 1, $15)`,
		v.id, id, kind, standard, f.text, f.repeat, corrected, removed, w.users[inspector].ID, n+1, requirement, f.derived, times, first, days)
	return func() {
		if f.withdrawn {
			b.Queue(`insert into finding_response (inspection_id, finding_id, stance, reason, responded_by, responded_at, ruling, ruling_reason)
				values ($1, $2, 'CONTESTED', 'x', $3, now(), 'WITHDRAWN', 'x')`, v.id, id, w.users[facility].ID)
		}
		if f.action != "" {
			// The action is put where the test wants it; how it gets there has tests of its own.
			var planned, until *time.Time
			var waiver *inspection.ID
			if f.action != inspection.ActionOpen && !f.noPlan {
				planned = &someDay
			}
			if f.action == inspection.Waived {
				until, waiver = &f.until, &id
			}
			b.Queue("set local session_replication_role = replica")
			b.Queue(`insert into corrective_action (inspection_id, id, finding_id, state, abatement_due, plan_due, proof_due, opened_at, changed_at, planned_at, waiver_id, waived_until)
				values ($1, $2, $3, $4, $5, $6, $7, now(), now(), $8, $9, $10)`, v.id, inspection.NewID(), id, f.action, f.abatement, f.plan, f.proof, planned, waiver, until)
			b.Queue("set local session_replication_role = origin")
		}
	}
}

func (w *world) queueStates(b *pgx.Batch, v *visit) {
	if v.state == inspection.Cancelled {
		b.Queue("update inspection set state = 'CANCELLED', cancelled_reason = 'x' where id = $1", v.id)
		return
	}
	fieldwork, issue := v.fieldwork, v.issue
	if fieldwork.IsZero() {
		fieldwork, issue = someDay, someDay
	}
	for _, step := range []struct {
		state inspection.State
		sql   string
		args  []any
	}{
		{inspection.InProgress, "update inspection set state = 'IN_PROGRESS' where id = $1", nil},
		{inspection.FieldworkDone, "update inspection set state = 'FIELDWORK_DONE', fieldwork_done_at = $2 where id = $1", []any{fieldwork}},
		{inspection.InReview, "update inspection set state = 'IN_REVIEW' where id = $1", nil},
		{inspection.Issued, `update inspection set state = 'ISSUED', approved_by = $2, final_by = $2, issued_by = $2, issued_at = $3, final_rating = $4, final_at = $3
			where id = $1`, []any{w.users[reviewer].ID, issue, v.rating}},
	} {
		if v.state == inspection.Planned {
			return
		}
		b.Queue(step.sql, append([]any{v.id}, step.args...)...)
		if v.state == step.state {
			return
		}
	}
}

// forget removes every inspection and what hangs on it, so that another world can begin.
func forget(ctx context.Context, db *pgxpool.Pool) error {
	_, err := db.Exec(ctx, "truncate inspection cascade")
	return err
}
