package blob

import (
	"context"
	"fmt"
	"time"

	"github.com/minio/minio-go/v7"
)

// lock is the retention of one version; the zero lock is none.
type lock struct {
	mode  minio.RetentionMode
	until time.Time
}

// Retain locks a version against deletion; see inspection.Blobs.
func (s *Store) Retain(ctx context.Context, key, version string, until time.Time) error {
	ctx, done := s.limited(ctx)
	defer done()
	if err := s.retain(ctx, key, version, until); err != nil {
		return failed("retain", key, err, ctx)
	}
	return nil
}

func (s *Store) retain(ctx context.Context, key, version string, until time.Time) error {
	if version == "" {
		return errNoVersion // S3 would lock whichever version is the newest
	}
	held, err := s.lockOf(ctx, key, version)
	if err != nil {
		return err
	}
	wanted := held.extended(lock{mode: minio.RetentionMode(s.config.Retention), until: wholeSecond(until)})
	if wanted == held {
		return nil
	}
	return s.client.PutObjectRetention(ctx, s.config.Bucket, key, minio.PutObjectRetentionOptions{
		VersionID: version, Mode: &wanted.mode, RetainUntilDate: &wanted.until,
		// Even to strengthen a governance lock is to alter it, which takes the right to bypass it.
		// A deployment that was always in compliance mode never needs that right.
		GovernanceBypass: held.mode == minio.Governance && wanted.mode == minio.Compliance,
	})
}

// lockOf reads the lock from the object's headers: gateways disagree about the body that a request
// for the retention alone returns.
func (s *Store) lockOf(ctx context.Context, key, version string) (lock, error) {
	object, err := s.head(ctx, key, version)
	if err != nil {
		return lock{}, err
	}
	mode := object.Metadata.Get("X-Amz-Object-Lock-Mode")
	if mode == "" {
		return lock{}, nil
	}
	until, err := time.Parse(time.RFC3339Nano, object.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	if err != nil {
		return lock{}, fmt.Errorf("the store reports a lock without a valid end: %w", err)
	}
	return lock{mode: minio.RetentionMode(mode), until: until.UTC()}, nil
}

// wholeSecond rounds up, since stores keep whole seconds and a lock must not end early.
func wholeSecond(t time.Time) time.Time {
	if whole := t.UTC().Truncate(time.Second); whole.Equal(t) {
		return whole
	}
	return t.UTC().Truncate(time.Second).Add(time.Second)
}

// extended returns the stronger mode and the later end of both locks.
func (l lock) extended(other lock) lock {
	if other.mode == minio.Compliance || l.mode == "" {
		l.mode = other.mode
	}
	if other.until.After(l.until) {
		l.until = other.until
	}
	return l
}
