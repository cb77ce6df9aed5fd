package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Superuser is the name of the cluster's superuser, which trusts everyone who can reach the socket.
const Superuser = "postgres"

// PostgresConfig says which PostgreSQL to run, and on what.
type PostgresConfig struct {
	// Bin is the folder of postgres and initdb, as FindPostgres returns it.
	Bin string
	// Dir is the data folder; it is made and initialised if it does not exist.
	Dir string
	// Test trades durability for speed: what is committed does not survive a crash of the machine.
	Test bool
	// Log receives PostgreSQL's log; nil drops it.
	Log io.Writer
}

// Postgres is a running PostgreSQL server.
type Postgres struct {
	child      *child
	socket     string
	ownSocket  bool // the socket folder is temporary and goes with the server
	binFolder  string
	dataFolder string
}

// StartPostgres starts PostgreSQL and returns when it answers. It initialises the data folder if
// there is none, and recovers one that a killed server left behind. Cancelling ctx abandons the
// start; a server that has started runs until Stop, or until this process ends however it ends.
func StartPostgres(ctx context.Context, cfg PostgresConfig) (*Postgres, error) {
	p, err := startPostgres(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("embedded: postgres: %w", err)
	}
	return p, nil
}

func startPostgres(ctx context.Context, cfg PostgresConfig) (*Postgres, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	p := &Postgres{binFolder: cfg.Bin, dataFolder: dir}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return nil, err
	}
	// First of all: nothing below may disturb a server that runs on this folder.
	if err := p.clearStalePID(ctx); err != nil {
		return nil, err
	}
	if err := p.makeSocketFolder(); err != nil {
		return nil, err
	}
	if err := p.start(ctx, cfg); err != nil {
		p.removeSocketFolder()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) start(ctx context.Context, cfg PostgresConfig) error {
	who, err := postgresAccount(p.binFolder, p.dataFolder, p.socket)
	if err != nil {
		return err
	}
	if err := who.own(p.socket); err != nil {
		return err
	}
	if err := p.initialise(ctx, who); err != nil {
		return err
	}
	if err := who.own(p.dataFolder); err != nil {
		return err
	}
	return p.launch(ctx, who, cfg)
}

// initialise runs initdb, unless the data folder is there. It works beside the final place and
// renames, so that an initdb that was cut off leaves nothing that looks like a database.
func (p *Postgres) initialise(ctx context.Context, who account) error {
	switch _, err := os.Stat(filepath.Join(p.dataFolder, "PG_VERSION")); {
	case err == nil:
		return p.checkVersion(ctx)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	fresh := p.dataFolder + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	if err := who.own(fresh); err != nil {
		return err
	}
	if err := p.initdb(ctx, who, fresh); err != nil {
		return err
	}
	return os.Rename(fresh, p.dataFolder)
}

func (p *Postgres) initdb(ctx context.Context, who account, folder string) error {
	args := []string{"-D", folder, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"}
	cmd := exec.Command(filepath.Join(p.binFolder, "initdb"), append(args, localeFlags()...)...)
	cmd.Dir, cmd.Env = "/", childEnviron()
	c, err := startChild(cmd, who, syscall.SIGKILL, nil)
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.stop()
		return fmt.Errorf("initdb: %w", context.Cause(ctx))
	}
	if c.err != nil {
		return fmt.Errorf("initdb: %w%s", c.err, c.log.suffix())
	}
	return nil
}

// checkVersion tells a user whose PostgreSQL was upgraded what PostgreSQL itself would say less
// plainly.
func (p *Postgres) checkVersion(ctx context.Context) error {
	made, err := os.ReadFile(filepath.Join(p.dataFolder, "PG_VERSION"))
	if err != nil {
		return err
	}
	major, err := majorVersion(ctx, p.binFolder)
	if err != nil {
		return err
	}
	if version := strings.TrimSpace(string(made)); version != fmt.Sprint(major) {
		return fmt.Errorf("%s was made by PostgreSQL %s and %s is PostgreSQL %d:"+
			" name the old one in PLUMBLINE_PGBIN, or start over with FRESH=1", p.dataFolder, version, p.binFolder, major)
	}
	return nil
}

// launch runs postgres itself. The death signal is SIGQUIT, an immediate stop: it takes no time,
// and what was committed is recovered from the log at the next start.
func (p *Postgres) launch(ctx context.Context, who account, cfg PostgresConfig) error {
	for deadline := time.Now().Add(10 * time.Second); ; {
		cmd := exec.Command(filepath.Join(p.binFolder, "postgres"), p.flags(cfg.Test)...)
		cmd.Dir, cmd.Env = "/", childEnviron()
		c, err := startChild(cmd, who, syscall.SIGQUIT, cfg.Log)
		if err != nil {
			return err
		}
		p.child = c
		err = p.awaitReady(ctx)
		if err == nil {
			return nil
		}
		_ = p.Stop() // err says what is wrong
		// The sessions of a server that was killed need a moment to notice and let go.
		if !c.log.contains("pre-existing shared memory block") || time.Now().After(deadline) {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (p *Postgres) flags(test bool) []string {
	flags := []string{"-D", p.dataFolder, "-k", p.socket, "-h", "", "-p", "5432"}
	settings := []string{"max_connections=200", "timezone=UTC", "log_timezone=UTC", "unix_socket_permissions=0700"}
	if test {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
	}
	for _, s := range settings {
		flags = append(flags, "-c", s)
	}
	return flags
}

// awaitReady returns when the server answers a query, or fails with what it logged.
func (p *Postgres) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 30*time.Second, errors.New("no answer for 30 s"))
	defer cancel()
	for {
		err := ping(ctx, p.SuperuserURL())
		if err == nil {
			return nil
		}
		if p.child.ended() {
			return fmt.Errorf("stopped at once: %w%s", p.child.err, p.child.log.suffix())
		}
		if sleepErr := sleep(ctx, 10*time.Millisecond); sleepErr != nil {
			return fmt.Errorf("%w: %w%s", sleepErr, err, p.child.log.suffix())
		}
	}
}

func ping(ctx context.Context, databaseURL string) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

// sleep waits, or returns why the context ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// URL is the address of a database for one user, to be given to pgx or psql. The server trusts
// whoever reaches its socket, so there is no password.
func (p *Postgres) URL(user, database string) string {
	query := url.Values{"host": {p.socket}, "port": {"5432"}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(user), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// SuperuserURL is the address of the maintenance database for the superuser.
func (p *Postgres) SuperuserURL() string { return p.URL(Superuser, "postgres") }

// PID is the process id of the server.
func (p *Postgres) PID() int { return p.child.cmd.Process.Pid }

// Done is closed when the server has ended, by Stop or by itself.
func (p *Postgres) Done() <-chan struct{} { return p.child.done }

// Stop ends every session and the server, cleanly if that takes less than half a second, else at
// once: then the next start recovers what was committed. It returns when the process is gone, and
// an error only if the server had failed before.
func (p *Postgres) Stop() error {
	defer p.removeSocketFolder()
	if p.child.ended() {
		if p.child.err != nil {
			return fmt.Errorf("embedded: postgres had ended: %w%s", p.child.err, p.child.log.suffix())
		}
		return nil
	}
	p.child.stop(
		p.child.signal(syscall.SIGINT, 500*time.Millisecond),
		p.child.signal(syscall.SIGQUIT, 300*time.Millisecond),
	)
	return nil
}

// childEnviron is what PostgreSQL needs of the environment: nothing of the user's PG settings.
func childEnviron() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}
