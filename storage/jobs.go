package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"plumbline/inspection"
	"plumbline/migrations"
)

// Work is what the jobs do; inspection.Service does it. Each may be done by several processes at
// once, and again after it was done, and comes to the same.
type Work interface {
	Dispatch(ctx context.Context, limit int) (int, error)
	Deliver(ctx context.Context, sender inspection.Sender, event, webhook inspection.ID, last bool) error
	Escalate(ctx context.Context, limit int) (int, error)
	ExpireWaivers(ctx context.Context, limit int) (int, error)
}

// JobOptions say how often the periodic jobs run. The zero value of a duration takes its default.
type JobOptions struct {
	// Dispatch looks for events to deliver: every 5 seconds.
	Dispatch time.Duration
	// Sweep looks for due dates and waivers: every 10 minutes.
	Sweep time.Duration
	// Retry is how long to wait after the given failed attempt, counted from 1: the fourth power of its
	// number in seconds, so that 14 attempts take a day.
	Retry  func(attempt int) time.Duration
	Sender inspection.Sender
	Logger *slog.Logger
}

const (
	mostAttempts  = 14
	atOnce        = 4   // jobs of one process
	eventsAtOnce  = 100 // events of one dispatch
	waiversAtOnce = 50
	actionsAtOnce = 500
	// attemptWithin bounds one job. A delivery's own limit is shorter.
	attemptWithin = 2 * time.Minute
)

// Jobs works the queue in this process. Any number of processes may: one of them, elected by way of
// the database, starts the periodic jobs, and each job is worked by one.
type Jobs struct{ client *river.Client[pgx.Tx] }

// warnings leaves out what the queue logs of its daily life.
func warnings(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(quiet{log.Handler()})
}

type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

// WithAttrs and WithGroup stay quiet.
func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }

// Jobs returns the workers of the queue, not yet started. They use the store's pool, as the
// application role.
func (s *Store) Jobs(work Work, options JobOptions) (*Jobs, error) {
	if options.Dispatch == 0 {
		options.Dispatch = 5 * time.Second
	}
	if options.Sweep == 0 {
		options.Sweep = 10 * time.Minute
	}
	if options.Retry == nil {
		options.Retry = func(attempt int) time.Duration {
			return time.Duration(attempt*attempt*attempt*attempt) * time.Second
		}
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &dispatchWorker{work: work})
	river.AddWorker(workers, &sweepWorker{work: work, log: options.Logger})
	river.AddWorker(workers, &deliverWorker{work: work, sender: options.Sender, retry: options.Retry})
	client, err := river.NewClient(riverpgxv5.New(s.pool), &river.Config{
		Schema: migrations.JobSchema, Logger: warnings(options.Logger), Workers: workers, JobTimeout: attemptWithin, MaxAttempts: mostAttempts,
		// To rebuild an index is the owner's right.
		ReindexerSchedule: river.NeverSchedule(),
		// A process that died with a job at hand must not keep the periodic ones waiting for long.
		RescueStuckJobsAfter: 2 * attemptWithin,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: atOnce}},
		// What was done is in Plumbline's own tables.
		CompletedJobRetentionPeriod: time.Hour,
		PeriodicJobs: []*river.PeriodicJob{
			periodic(options.Dispatch, dispatchArgs{}),
			periodic(options.Sweep, sweepArgs{}),
		},
	})
	if err != nil {
		return nil, fmt.Errorf("storage: jobs: %w", err)
	}
	return &Jobs{client}, nil
}

// periodic starts a job at intervals, unless the one before is still waiting or at work.
func periodic(every time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(every), func() (river.JobArgs, *river.InsertOpts) {
		return args, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled}}}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// Start begins to work the queue; it goes on until Stop.
func (j *Jobs) Start(ctx context.Context) error {
	if err := j.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("storage: start jobs: %w", err)
	}
	return nil
}

// Stop takes no more jobs and waits for those at work until ctx ends, then cuts them off; they are
// worked again by another process.
func (j *Jobs) Stop(ctx context.Context) error {
	err := j.client.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		cut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = j.client.StopAndCancel(cut)
	}
	if err != nil {
		return fmt.Errorf("storage: stop jobs: %w", err)
	}
	return nil
}

type dispatchArgs struct{}

func (dispatchArgs) Kind() string { return "dispatch_events" }

// dispatchWorker makes deliveries of events until none waits.
type dispatchWorker struct {
	river.WorkerDefaults[dispatchArgs]
	work Work
}

func (w *dispatchWorker) Work(ctx context.Context, _ *river.Job[dispatchArgs]) error {
	for {
		if n, err := w.work.Dispatch(ctx, eventsAtOnce); err != nil || n < eventsAtOnce {
			return err
		}
	}
}

type sweepArgs struct{}

func (sweepArgs) Kind() string { return "sweep_due_dates" }

// sweepWorker writes down what time has brought: waivers that ran out, dates that were missed.
type sweepWorker struct {
	river.WorkerDefaults[sweepArgs]
	work Work
	log  *slog.Logger
}

func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweepArgs]) error {
	expired := 0
	for {
		n, err := w.work.ExpireWaivers(ctx, waiversAtOnce)
		expired += n
		if err != nil {
			return err
		}
		if n < waiversAtOnce {
			break
		}
	}
	escalated, err := w.work.Escalate(ctx, actionsAtOnce)
	if w.log != nil && expired+escalated > 0 {
		w.log.InfoContext(ctx, "due dates", "waiversExpired", expired, "escalations", escalated)
	}
	return err
}

type deliverArgs struct {
	Event   inspection.ID `json:"event"`
	Webhook inspection.ID `json:"webhook"`
}

func (deliverArgs) Kind() string { return "deliver_event" }

// deliverWorker sends one event to one webhook, and again until it is taken.
type deliverWorker struct {
	river.WorkerDefaults[deliverArgs]
	work   Work
	sender inspection.Sender
	retry  func(attempt int) time.Duration
}

func (w *deliverWorker) Work(ctx context.Context, job *river.Job[deliverArgs]) error {
	err := w.work.Deliver(ctx, w.sender, job.Args.Event, job.Args.Webhook, job.Attempt >= job.MaxAttempts)
	if errors.Is(err, inspection.ErrGivenUp) {
		return nil
	}
	return err
}

// NextRetry is when to try again.
func (w *deliverWorker) NextRetry(job *river.Job[deliverArgs]) time.Time {
	return time.Now().Add(w.retry(job.Attempt))
}
