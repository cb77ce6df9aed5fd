package replay

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"plumbline/cmd/stack"
)

// ErrNotAllMatched: some inspection could not be played, or differs from what was published. The
// output has said which and why.
var ErrNotAllMatched = errors.New("replay: not all inspections were played and matched")

const usage = "usage: dev replay [-wait 2m] FILE"

// Run is the command "replay [-wait DURATION] FILE". It plays the inspections of the file through the
// API of the stack that runs on the environment's data folder, writes one line for each, sets the
// repeats that reports declare beside those that Plumbline derives and, last, writes "replayed N,
// matched M". It returns nil only if all were played and matched.
func Run(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	wait := flags.Duration("wait", 2*time.Minute, "how long the server may be away")
	if err := flags.Parse(args); err != nil {
		return fmt.Errorf("replay: %w; %s", err, usage)
	}
	if flags.NArg() != 1 || *wait <= 0 {
		return errors.New(usage)
	}
	reports, skipped, err := ReadFile(flags.Arg(0))
	if err != nil {
		return err
	}
	folder, err := stack.Folder(getenv)
	if err != nil {
		return err
	}
	if _, err := stack.Read(folder); err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	held, err := lock(folder)
	if err != nil {
		return err
	}
	defer held.Close()
	out := newProgress(stdout, len(reports))
	for _, s := range skipped {
		out.say("not played: %s: %s", s.Name, s.Reason)
	}
	locate := func() (stack.Stack, error) { return stack.Read(folder) }
	return playAll(ctx, newPlayer(locate, out, time.Now, *wait), reports)
}

// playAll plays the reports in order. A report that cannot be played does not keep the
// others from it; a server that is gone does.
func playAll(ctx context.Context, p *player, reports []Report) error {
	if err := p.persist(ctx, p.prepare); err != nil {
		return ended(ctx, err)
	}
	replayed, matched, repeats := 0, 0, newRepeats()
	var stop error
	for _, r := range reports {
		res, err := p.play(ctx, r)
		if ctx.Err() != nil || errors.Is(err, errGone) {
			stop = ended(ctx, err)
			break
		}
		if err != nil {
			p.out.next("%s: not played: %v", r.name(), err)
			continue
		}
		replayed++
		matched += one(len(res.differences) == 0)
		repeats.add(r, res.place.ID, res.reported)
		p.out.next("%s: %s", r.name(), res.line())
	}
	p.out.clear()
	if stop != nil {
		fmt.Fprintln(p.out.out, stop)
	}
	for _, line := range repeats.lines() {
		fmt.Fprintln(p.out.out, line)
	}
	fmt.Fprintf(p.out.out, "replayed %d, matched %d\n", replayed, matched)
	if matched < len(reports) {
		return ErrNotAllMatched
	}
	return nil
}

// ended says why a replay ended early. It hides that a context was cancelled: an interrupted replay
// has not succeeded.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("replay: interrupted; run it again to go on")
	}
	return fmt.Errorf("replay: %w; run it again to go on", err)
}

func (r Report) name() string {
	return fmt.Sprintf("%s, %s %s, %s to %s", r.Facility, r.City, r.State, r.Start.Format(time.DateOnly), r.End.Format(time.DateOnly))
}

// line tells the result in one line.
func (r result) line() string {
	t := r.tally
	text := fmt.Sprintf("%s in %s, %d priority, %d repeat, %d corrected on site (declared)",
		counted(t.Deficiencies, "deficiency", "deficiencies"), counted(t.DeficientStandards, "standard", "standards"),
		t.PriorityDeclared, t.RepeatDeclared, t.CorrectedOnSite)
	switch {
	case r.added:
		text += "; facility added"
	default:
		text += "; at " + r.place.Name
	}
	if r.before {
		text += "; issued before"
	}
	if len(r.differences) > 0 {
		return text + "; DIFFERS: " + strings.Join(r.differences, "; ")
	}
	return text + "; matched"
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
