package blob_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"plumbline/inspection"
	"plumbline/storage/blob"
	"plumbline/storage/blob/blobtest"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// gatewayConfig is the configuration of a fresh bucket in the test binary's own gateway.
func gatewayConfig(t *testing.T) blob.Config {
	t.Helper()
	bucket := storagetest.Bucket(t)
	return blob.Config{
		Endpoint: bucket.Endpoint, Region: bucket.Region, Bucket: bucket.Name,
		AccessKey: bucket.AccessKey, SecretKey: bucket.SecretKey, Retention: blob.Governance,
	}
}

func newStore(t *testing.T, config blob.Config) *blob.Store {
	t.Helper()
	store, err := blob.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// owner is the bucket's owner, who can do what Plumbline does not.
func owner(t *testing.T, config blob.Config) *minio.Client {
	t.Helper()
	endpoint, err := url.Parse(config.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(config.AccessKey, config.SecretKey, ""),
		Secure: endpoint.Scheme == "https", Region: config.Region,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func subject(t *testing.T, config blob.Config) blobtest.Subject {
	t.Helper()
	client := owner(t, config)
	return blobtest.Subject{
		Blobs: newStore(t, config),
		Remove: func(ctx context.Context, key, version string) error {
			return client.RemoveObject(ctx, config.Bucket, key, minio.RemoveObjectOptions{VersionID: version})
		},
		Overwrite: func(ctx context.Context, key, content string) error {
			_, err := client.PutObject(ctx, config.Bucket, key, strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
			return err
		},
		RetainedUntil: func(ctx context.Context, key, version string) (time.Time, error) {
			mode, until, err := lockOf(ctx, client, config.Bucket, key, version)
			if err == nil && mode != string(config.Retention) {
				err = fmt.Errorf("retained in mode %s, want %s", mode, config.Retention)
			}
			return until, err
		},
	}
}

func lockOf(ctx context.Context, client *minio.Client, bucket, key, version string) (mode string, until time.Time, err error) {
	object, err := client.StatObject(ctx, bucket, key, minio.StatObjectOptions{VersionID: version})
	if err != nil {
		return "", time.Time{}, err
	}
	until, err = time.Parse(time.RFC3339, object.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
	return object.Metadata.Get("X-Amz-Object-Lock-Mode"), until, err
}

func TestStoreOnTheGateway(t *testing.T) {
	t.Parallel()
	for _, mode := range []blob.RetentionMode{blob.Governance, blob.Compliance} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			blobtest.Run(t, func(t *testing.T) blobtest.Subject {
				config := gatewayConfig(t)
				config.Retention = mode
				return subject(t, config)
			})
		})
	}
}

// TestStoreOnAnotherServer runs the same suite against any other S3 server, where
// PLUMBLINE_TEST_S3_ENDPOINT, _ACCESS_KEY, _SECRET_KEY and, if it is not us-east-1, _REGION name
// one. It leaves one bucket per test behind.
func TestStoreOnAnotherServer(t *testing.T) {
	t.Parallel()
	const prefix = "PLUMBLINE_TEST_S3_"
	if os.Getenv(prefix+"ENDPOINT") == "" {
		return // the suite has run on the gateway: nothing is left untested
	}
	blobtest.Run(t, func(t *testing.T) blobtest.Subject {
		config := blob.Config{
			Endpoint: os.Getenv(prefix + "ENDPOINT"), Region: os.Getenv(prefix + "REGION"),
			Bucket:    "plumbline-test-" + uuid.NewString(),
			AccessKey: os.Getenv(prefix + "ACCESS_KEY"), SecretKey: os.Getenv(prefix + "SECRET_KEY"),
			Retention: blob.Governance,
		}
		if err := owner(t, config).MakeBucket(t.Context(), config.Bucket, minio.MakeBucketOptions{Region: config.Region, ObjectLocking: true}); err != nil {
			t.Fatal(err)
		}
		if err := newStore(t, config).Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		return subject(t, config)
	})
}

func TestCheckTellsWhetherTheBucketIsFit(t *testing.T) {
	t.Parallel()
	fit := gatewayConfig(t)
	if err := newStore(t, fit).Check(t.Context()); err != nil {
		t.Errorf("a fit bucket: %v", err)
	}

	client := owner(t, fit)
	create := func(name string, versioned bool) {
		t.Helper()
		if err := client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}); err != nil {
			t.Fatal(err)
		}
		if versioned {
			if err := client.EnableVersioning(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	create(fit.Bucket+"-plain", false)
	create(fit.Bucket+"-versioned", true)
	for suffix, want := range map[string]string{
		"-none":      "the bucket does not exist",
		"-plain":     "the bucket is not versioned",
		"-versioned": "the bucket has no object lock",
	} {
		config := fit
		config.Bucket += suffix
		want = fmt.Sprintf("blob: check bucket %q: %s", config.Bucket, want)
		if err := newStore(t, config).Check(t.Context()); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	config := fit
	config.SecretKey = "wrong"
	if err := newStore(t, config).Check(t.Context()); err == nil || errors.Is(err, inspection.ErrBlobsDown) {
		t.Errorf("a wrong secret key: got %v", err)
	}
}

// A missing bucket is a wrong setting. If it read as missing evidence, the ledger would lie.
func TestAMissingBucketIsNotMissingEvidence(t *testing.T) {
	t.Parallel()
	config := gatewayConfig(t)
	config.Bucket += "-none"
	store := newStore(t, config)
	_, statErr := store.Stat(t.Context(), "evidence/a.jpg", "")
	_, openErr := store.Open(t.Context(), "evidence/a.jpg", "")
	retainErr := store.Retain(t.Context(), "evidence/a.jpg", "1", time.Now().Add(time.Hour))
	for name, err := range map[string]error{"stat": statErr, "open": openErr, "retain": retainErr} {
		if err == nil || errors.Is(err, inspection.ErrNoBlob) || errors.Is(err, inspection.ErrBlobsDown) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestComplianceIsNeverWeakened(t *testing.T) {
	t.Parallel()
	strict := gatewayConfig(t)
	strict.Retention = blob.Compliance
	lax := strict
	lax.Retention = blob.Governance

	client := owner(t, strict)
	put, err := client.PutObject(t.Context(), strict.Bucket, "a.jpg", strings.NewReader("a"), 1, minio.PutObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	for _, step := range []struct {
		config blob.Config
		hours  time.Duration
		want   blob.RetentionMode
	}{{lax, 1, blob.Governance}, {strict, 2, blob.Compliance}, {lax, 3, blob.Compliance}} {
		if err := newStore(t, step.config).Retain(t.Context(), "a.jpg", put.VersionID, now.Add(step.hours*time.Hour)); err != nil {
			t.Fatal(err)
		}
		mode, until, err := lockOf(t.Context(), client, strict.Bucket, "a.jpg", put.VersionID)
		if err != nil {
			t.Fatal(err)
		}
		if mode != string(step.want) || !until.Equal(now.Add(step.hours*time.Hour)) {
			t.Errorf("after %d h of %s: got %s until %s", step.hours, step.config.Retention, mode, until)
		}
	}
}
