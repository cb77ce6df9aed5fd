package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5/pgxpool"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/device"
	"plumbline/graph/download"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/storage"
	"plumbline/storage/blob"
	"plumbline/storage/webhook"
)

// Options are what the program around the server decides, and not its environment.
type Options struct {
	// Listener is where to answer; nil listens on Config.Addr. Run closes it.
	Listener net.Listener
	// Development adds the API explorer. Nil in production.
	Development *Development
	// Log receives the server's log, JSON lines. Required.
	Log io.Writer
	// Version is what the start page calls this program; empty takes the build's own.
	Version string
	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Development is what only a development stack has.
type Development struct {
	// IssuerURL is the development issuer, which gives the explorer its tokens.
	IssuerURL string
}

// Run serves until ctx ends, and then lets running requests finish within Config.ShutdownTimeout.
// It refuses to start without a usable database and object store configuration; the bucket and the
// issuer themselves may come later.
func Run(ctx context.Context, cfg Config, options Options) error {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Version == "" {
		options.Version = buildVersion()
	}
	log := newLogger(options.Log, cfg.LogLevel)
	s, err := open(ctx, cfg, options, log)
	if err != nil {
		return err
	}
	defer s.close()
	listener := options.Listener
	if listener == nil {
		if listener, err = net.Listen("tcp", cfg.Addr); err != nil {
			return fmt.Errorf("PLUMBLINE_ADDR: %w", err)
		}
	}
	if s.jobs != nil {
		if err := s.jobs.Start(ctx); err != nil {
			return errors.Join(err, listener.Close())
		}
		defer s.stopJobs(time.Duration(cfg.ShutdownTimeout), log)
	}
	log.InfoContext(ctx, "serving", "address", listener.Addr().String(), "version", options.Version)
	return s.serve(ctx, listener, cfg, log)
}

// server is the wired server.
type server struct {
	store   *storage.Store
	schema  *pgxpool.Pool
	handler http.Handler
	jobs    *storage.Jobs // nil if this process works none
	feed    *storage.Feed
	streams *edge.Streams
}

// open connects to what the server needs and wires it together.
func open(ctx context.Context, cfg Config, options Options, log *slog.Logger) (*server, error) {
	verifier, err := auth.NewVerifier(auth.Config{
		Issuer: string(cfg.OIDCIssuer), Audience: cfg.OIDCAudience,
		TrustUnstatedEmail: cfg.OIDCTrustUnstatedEmail, Logger: log, Now: options.Now,
	})
	if err != nil {
		return nil, err
	}
	tokens, err := auth.NewTokens(cfg.TokenKey.Bytes(), cfg.OIDCAudience, options.Now)
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_TOKEN_KEY: %w", err)
	}
	blobs, err := blob.New(blob.Config{
		Endpoint: string(cfg.S3Endpoint), PublicEndpoint: string(cfg.S3PublicEndpoint), Region: cfg.S3Region,
		Bucket: cfg.S3Bucket, AccessKey: string(cfg.S3AccessKey), SecretKey: string(cfg.S3SecretKey),
		Retention: blob.RetentionMode(cfg.S3Retention),
	})
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_S3_*: %w", err)
	}
	store, err := storage.Open(ctx, storage.Config{
		URL: string(cfg.DatabaseURL), AuditKey: cfg.AuditKey.Bytes(), MaxConns: cfg.DatabaseConns,
	})
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_DATABASE_URL: %w", err)
	}
	schema, err := schemaPool(ctx, cfg)
	if err != nil {
		store.Close()
		return nil, err
	}
	feed, err := follow(store, cfg, log)
	if err != nil {
		schema.Close()
		store.Close()
		return nil, fmt.Errorf("PLUMBLINE_LISTEN_DATABASE_URL: %w", err)
	}
	s := &server{store: store, schema: schema, feed: feed, streams: edge.NewStreams()}
	if s.handler, err = s.wire(cfg, options, keys{verifier, tokens}, blobs, log); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// schemaPool is one connection of its own for asking about migrations: it answers also when the
// store's are all in use.
func schemaPool(ctx context.Context, cfg Config) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(string(cfg.DatabaseURL))
	if err != nil {
		return nil, errors.New("PLUMBLINE_DATABASE_URL cannot be read")
	}
	config.MaxConns, config.MinConns, config.MaxConnIdleTime = 1, 0, time.Minute
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_DATABASE_URL: %w", err)
	}
	return pool, nil
}

// keys are what tokens are judged by.
type keys struct {
	verifier *auth.Verifier
	tokens   *auth.Tokens
}

// wire makes the handler: who calls whom, in one place.
func (s *server) wire(cfg Config, options Options, keys keys, blobs *blob.Store, log *slog.Logger) (http.Handler, error) {
	m := newMetrics(s.store.Pool, streamCollector{s.streams.Stats, s.feed.Stats})
	service := inspection.NewService(s.store, blobs, options.Now, inspection.Settings{
		FirstRetention: cfg.FirstRetentionDays.Duration(), Retention: cfg.RetentionDays.Duration(),
		Action: inspection.ActionSettings{Abatement: time.Duration(cfg.ActionAbatementHours) * time.Hour, Plan: cfg.ActionPlanDays.Duration(),
			Proof: cfg.ActionProofDays.Duration(), PriorityProof: cfg.ActionPriorityProofDays.Duration()},
		PrivateWebhooks: cfg.PrivateWebhooks, VaultKeys: cfg.VaultKey.keys,
		DeviceSignIn: cfg.DeviceSignInDays.Duration(), Feed: s.feed,
		Fault: func(ctx context.Context, err error) {
			log.ErrorContext(ctx, "a request was answered, and something beside it failed", "error", err)
		},
	})
	if cfg.Jobs {
		var err error
		if s.jobs, err = s.store.Jobs(service, storage.JobOptions{Sender: webhook.NewSender(cfg.PrivateWebhooks), Logger: log}); err != nil {
			return nil, err
		}
	}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: service}})
	gate := auth.NewGate(keys.verifier, keys.tokens, s.store, log, options.Now)
	api := edge.NewHandler(schema, edge.Options{
		Limits: cfg.limits(), Gate: auth.Door{Gate: gate, Feed: s.feed}, Streams: s.streams, Origins: cfg.Origins,
		Logger: log, Observe: m.operation, Now: options.Now, Extensions: []graphql.HandlerExtension{auth.PushOnlyOnceRevoked{}},
	})
	report, err := download.Report(service, log)
	if err != nil {
		return nil, err
	}
	h := handlers{
		graphql:     door(api, gate.Pushing(noteUser(api))),
		report:      gate.Middleware(noteUser(report)),
		editions:    gate.Middleware(noteUser(download.Editions(service, log))),
		assignments: gate.Middleware(noteUser(download.Assignments(service, log))),

		device:  device.NewDoor(service, keys.tokens, log, options.Now),
		ready:   &readiness{checks: checks(s.store, blobs, s.schema), log: log, now: options.Now},
		metrics: m.handler(),
	}
	if err := h.pages(options.Version, options.Development); err != nil {
		return nil, err
	}
	return watch(routes(h), log, m, options.Now), nil
}

// stopJobs lets the jobs at work finish, and cuts off those that do not in time.
func (s *server) stopJobs(within time.Duration, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := s.jobs.Stop(ctx); err != nil {
		log.Error("the jobs did not stop", "error", err.Error())
	}
}

func (s *server) close() {
	s.feed.Close()
	s.schema.Close()
	s.store.Close()
}

// serve answers until ctx ends and drains.
func (s *server) serve(ctx context.Context, listener net.Listener, cfg Config, log *slog.Logger) error {
	h := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Duration(cfg.OperationTimeout) + time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- listenAndServe(h, listener, cfg) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	streamed := make(chan struct{})
	go func() {
		defer close(streamed)
		endStreams(s.streams, time.Duration(cfg.ShutdownTimeout), log)
	}()
	err := drain(h, time.Duration(cfg.ShutdownTimeout), log)
	<-streamed
	return err
}

func listenAndServe(h *http.Server, listener net.Listener, cfg Config) error {
	if cfg.TLSCert != "" {
		return h.ServeTLS(listener, cfg.TLSCert, cfg.TLSKey)
	}
	return h.Serve(listener)
}

// drain lets running requests finish, and cuts off those that do not in time.
func drain(h *http.Server, within time.Duration, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := h.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		log.Warn("requests were cut off that did not finish in time", "within", within.String())
		err = h.Close()
	}
	if err != nil {
		return fmt.Errorf("serve: stop: %w", err)
	}
	log.Info("stopped")
	return nil
}

// buildVersion is the version of this build, as Go recorded it.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "plumbline"
	}
	return "plumbline " + info.Main.Version
}
