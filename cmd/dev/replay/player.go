package replay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/cmd/stack"
)

// player plays reports as the people of an inspection.
type player struct {
	admin, lead, inspector, reviewer *client

	out  *progress
	now  func() time.Time
	wait time.Duration // how long the server may be away

	editions    map[string]edition // by key
	leadID      uuid.UUID
	inspectorID uuid.UUID
	offices     map[string]string  // codes by lower-case name
	places      map[string][]Place // by state, as far as they were asked for
}

func newPlayer(locate func() (stack.Stack, error), out *progress, now func() time.Time, wait time.Duration) *player {
	transport := &http.Client{}
	as := func(user string) *client { return &client{user: user, locate: locate, http: transport} }
	return &player{admin: as("admin@opr.example"), lead: as("lead@opr.example"), inspector: as("inspector@opr.example"),
		reviewer: as("reviewer@opr.example"), out: out, now: now, wait: wait, places: map[string][]Place{}, editions: map[string]edition{}}
}

// result is what became of one report.
type result struct {
	place       Place
	added       bool // the administrator added the facility
	before      bool // an earlier run had issued it
	tally       Tally
	reported    []reported
	differences []string
}

// errGone: the server stayed away longer than the replay waits.
var errGone = errors.New("gave up waiting")

// mostAttempts is how often one report is begun again while the server does answer between the
// attempts.
const mostAttempts = 100

// persist runs a step that looks first at what is there, again and again while the server is away.
func (p *player) persist(ctx context.Context, do func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		err := do(ctx)
		var gone *awayError
		if ctx.Err() != nil || !errors.As(err, &gone) {
			return err
		}
		if attempt == mostAttempts {
			return fmt.Errorf("%w: after %d attempts: %w", errGone, attempt, err)
		}
		clear(p.places)
		if err := p.awaitServer(ctx, attempt, err); err != nil {
			return err
		}
	}
}

// awaitServer waits until the server answers again, longer with every attempt.
func (p *player) awaitServer(ctx context.Context, attempt int, cause error) error {
	if attempt == 0 {
		p.out.say("waiting for the server (at most %s): %v", p.wait, cause)
	}
	giveUp, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	pause := min(time.Duration(attempt+1)*50*time.Millisecond, time.Second)
	for {
		select {
		case <-giveUp.Done():
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%w after %s: %w", errGone, p.wait, cause)
		case <-time.After(pause):
		}
		_, err := ask[viewerData](giveUp, p.lead, viewerQuery, nil)
		if err == nil {
			return nil
		}
		var gone *awayError
		if !errors.As(err, &gone) {
			return err
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// prepare loads what every report needs.
func (p *player) prepare(ctx context.Context) error {
	var err error
	if p.leadID, err = idOf(ctx, p.lead); err != nil {
		return err
	}
	if p.inspectorID, err = idOf(ctx, p.inspector); err != nil {
		return err
	}
	offices, err := ask[officesData](ctx, p.admin, officesQuery, nil)
	if err != nil {
		return err
	}
	p.offices = map[string]string{}
	for _, office := range offices.FieldOffices {
		p.offices[strings.ToLower(office.Name)] = office.Code
	}
	return nil
}

// edition returns a stored edition, and asks for it once.
func (p *player) edition(ctx context.Context, key string) (edition, error) {
	if known, loaded := p.editions[key]; loaded {
		return known, nil
	}
	stored, err := ask[editionData](ctx, p.lead, editionQuery, map[string]any{"key": key})
	if err != nil {
		return edition{}, err
	}
	if stored.Edition == nil {
		return edition{}, fmt.Errorf("the server has no edition %s", key)
	}
	found := edition{id: stored.Edition.ID}
	for _, part := range stored.Edition.Parts {
		found.standards = append(found.standards, part.Standards...)
	}
	p.editions[key] = found
	return found, nil
}

func idOf(ctx context.Context, c *client) (uuid.UUID, error) {
	data, err := ask[viewerData](ctx, c, viewerQuery, nil)
	return data.Viewer.ID, err
}

// play brings a report's inspection to ISSUED, from wherever it stands, and compares it.
func (p *player) play(ctx context.Context, r Report) (result, error) {
	var res result
	err := p.persist(ctx, func(ctx context.Context) (err error) {
		res, err = p.attempt(ctx, r, res.added)
		return err
	})
	return res, err
}

func (p *player) attempt(ctx context.Context, r Report, added bool) (result, error) {
	res := result{added: added}
	var err error
	if res.place, res.added, err = p.facility(ctx, r, added); err != nil {
		return res, err
	}
	i, err := p.planned(ctx, r, res.place.ID)
	if err != nil {
		return res, err
	}
	res.before = issued(i.State)
	for !issued(i.State) {
		state := i.State
		if i, err = p.advance(ctx, r, i); err != nil {
			return res, err
		}
		if i.State == state {
			return res, fmt.Errorf("the inspection stays %s", state)
		}
	}
	data, err := ask[tallyData](ctx, p.reviewer, tallyQuery, map[string]any{"id": i.ID})
	if err != nil {
		return res, err
	}
	if data.Inspection == nil {
		return res, errors.New("the issued inspection cannot be read")
	}
	res.tally, res.reported = data.Inspection.Tally, data.Inspection.Findings
	b, err := p.boundTo(ctx, r)
	if err != nil {
		return res, err
	}
	res.differences = Compare(r, res.tally, b.codeOf)
	return res, nil
}

func issued(state string) bool { return state == "ISSUED" || state == "CLOSED" }
