package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const (
	// childVariable in the environment asks this executable to be a child instead of itself.
	childVariable = "PLUMBLINE_EMBEDDED_CHILD"
	childS3       = "s3"
	// healthPath is no valid bucket name, so it hides none.
	healthPath = "/_healthy"
)

// gatewaySettings is what the parent tells the gateway on its standard input.
type gatewaySettings struct {
	Dir, Addr            string
	AccessKey, SecretKey string
}

// RunChild must be the first call of a main or TestMain that uses StartS3. It returns at once in
// the program itself; in a child that StartS3 started it is the gateway, and never returns.
func RunChild() {
	if os.Getenv(childVariable) != childS3 {
		return
	}
	if err := serveGateway(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serveGateway reads its settings and serves until the lifeline closes, which happens at the latest
// when the parent dies.
func serveGateway(lifeline io.Reader) error {
	in := bufio.NewReader(lifeline)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	var settings gatewaySettings
	if err := json.Unmarshal(line, &settings); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- runGateway(ctx, settings) }()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, in) // whatever ends the reading means that the parent is gone
	}()
	select {
	case err := <-served:
		return fmt.Errorf("the gateway stopped: %w", err)
	case <-closed:
	}
	cancel()
	select {
	case <-served:
	case <-time.After(200 * time.Millisecond): // a client may hold a connection open
	}
	return nil
}

func runGateway(ctx context.Context, s gatewaySettings) error {
	// Three folders side by side: versitygw wants versions and metadata outside of the objects.
	objects, versions, metadata := filepath.Join(s.Dir, "objects"), filepath.Join(s.Dir, "versions"), filepath.Join(s.Dir, "metadata")
	for _, folder := range []string{objects, versions, metadata} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	sidecar, err := meta.NewSideCar(metadata)
	if err != nil {
		return err
	}
	backend, err := posix.New(objects, sidecar, posix.PosixOpts{
		VersioningDir:       versions,
		SideCarDir:          metadata,
		CopyObjectThreshold: 5 << 30, // S3's own limit; zero would refuse every copy
	})
	if err != nil {
		return err
	}
	err = embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess:    s.AccessKey,
		RootUserSecret:    s.SecretKey,
		Ports:             []string{s.Addr},
		MaxConnections:    1000,
		MaxRequests:       500,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
		CORSAllowOrigin:   "*",
		HealthPath:        healthPath,
	})
	if err == nil && ctx.Err() == nil {
		return errors.New("no reason given")
	}
	return err
}
