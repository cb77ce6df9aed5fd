package blob

import (
	"context"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/inspection"
)

// Store is an S3 bucket of evidence. It is safe for concurrent use and keeps no state besides
// connections.
type Store struct {
	// client talks to the store; signer only signs, for the address at which clients reach it.
	client *minio.Client
	signer *minio.Client
	config Config
}

var _ inspection.Blobs = (*Store)(nil)

// New returns a Store. It connects to nothing: Check tells whether the store is there and fit.
func New(config Config) (*Store, error) {
	config, err := config.completed()
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	client, err := newClient(config.Endpoint, config)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	signer, err := newClient(config.PublicEndpoint, config)
	if err != nil {
		return nil, fmt.Errorf("blob: public: %w", err)
	}
	return &Store{client: client, signer: signer, config: config}, nil
}

// maxTries is how often a call is sent before the store counts as down.
const maxTries = 3

func newClient(endpoint string, config Config) (*minio.Client, error) {
	u, err := parseEndpoint(endpoint)
	if err != nil {
		return nil, err
	}
	secure := u.Scheme == "https"
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.ResponseHeaderTimeout = config.Timeout
	return minio.New(u.Host, &minio.Options{
		Creds:      credentials.NewStaticV4(config.AccessKey, config.SecretKey, ""),
		Secure:     secure,
		Transport:  transport,
		Region:     config.Region, // known, so that signing never has to ask the store for it
		MaxRetries: maxTries,
	})
}

// Stat says what is stored; see inspection.Blobs.
func (s *Store) Stat(ctx context.Context, key, version string) (inspection.BlobInfo, error) {
	ctx, done := s.limited(ctx)
	defer done()
	object, err := s.head(ctx, key, version)
	if err != nil {
		return inspection.BlobInfo{}, failed("stat", key, err, ctx)
	}
	sum, err := checksum(object.ChecksumSHA256)
	if err != nil {
		return inspection.BlobInfo{}, failed("stat", key, err, ctx)
	}
	return inspection.BlobInfo{
		Size:       object.Size,
		SHA256:     sum,
		MediaType:  inspection.MediaType(object.ContentType),
		Version:    object.VersionID,
		ModifiedAt: object.LastModified.UTC(),
	}, nil
}

// head asks for an object's headers.
func (s *Store) head(ctx context.Context, key, version string) (minio.ObjectInfo, error) {
	object, err := s.client.StatObject(ctx, s.config.Bucket, key, minio.StatObjectOptions{VersionID: version, Checksum: true})
	if isMissing(err) {
		err = s.missing(ctx, err)
	}
	return object, err
}

// missing returns the error of a missing object, or what is wrong with its bucket. The answer to a
// HEAD has no body that could tell one from the other, and evidence must not be called missing
// because of a wrong setting.
func (s *Store) missing(ctx context.Context, object error) error {
	exists, err := s.client.BucketExists(ctx, s.config.Bucket)
	switch {
	case err != nil:
		return err
	case !exists:
		return errNoBucket
	}
	return object
}

// Open reads a version; see inspection.Blobs.
func (s *Store) Open(ctx context.Context, key, version string) (io.ReadCloser, error) {
	core := minio.Core{Client: s.client} // whose GetObject asks at once instead of at the first Read
	body, _, _, err := core.GetObject(ctx, s.config.Bucket, key, minio.GetObjectOptions{VersionID: version})
	if isMissing(err) {
		err = s.missing(ctx, err)
	}
	if err != nil {
		return nil, failed("open", key, err, ctx)
	}
	return &content{ctx: ctx, key: key, body: body}, nil
}

// content reads an object's bytes and says what failed, and whether trying later helps.
type content struct {
	ctx  context.Context
	key  string
	body io.ReadCloser
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	if err != nil && err != io.EOF {
		err = failed("read", c.key, err, c.ctx)
	}
	return n, err
}

func (c *content) Close() error { return c.body.Close() }

// limited bounds one exchange with the store.
func (s *Store) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, s.config.Timeout, errTimeout)
}

// Check reports whether the bucket is fit for evidence: it exists, is versioned and has object
// lock. It wraps inspection.ErrBlobsDown if the store does not answer.
func (s *Store) Check(ctx context.Context) error {
	ctx, done := s.limited(ctx)
	defer done()
	if err := s.check(ctx); err != nil {
		return failed("check bucket", s.config.Bucket, err, ctx)
	}
	return nil
}

func (s *Store) check(ctx context.Context) error {
	exists, err := s.client.BucketExists(ctx, s.config.Bucket)
	if err != nil {
		return err
	}
	if !exists {
		return errNoBucket
	}
	versioning, err := s.client.GetBucketVersioning(ctx, s.config.Bucket)
	if err != nil {
		return err
	}
	if !versioning.Enabled() {
		return errNotVersioned
	}
	lock, _, _, _, err := s.client.GetObjectLockConfig(ctx, s.config.Bucket)
	if codeOf(err) == "ObjectLockConfigurationNotFoundError" || err == nil && lock != "Enabled" {
		return errNoLock
	}
	return err
}
