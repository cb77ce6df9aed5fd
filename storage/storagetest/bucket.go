package storagetest

import (
	"fmt"
	"net/url"
	"sync/atomic"
	"testing"

	"plumbline/storage/embedded"
)

// S3Bucket is one test's own bucket: empty, versioned, with object lock.
type S3Bucket struct {
	// Endpoint is a URL without a path; Host is its host:port, as minio-go takes it.
	Endpoint, Host       string
	Region, Name         string
	AccessKey, SecretKey string
}

// buckets counts the buckets made so far, for their names.
var buckets atomic.Int64

// Bucket makes a fresh bucket. It goes with the test binary and not with the test: what is locked
// in it could not be deleted sooner.
func Bucket(t testing.TB) *S3Bucket {
	t.Helper()
	gateway, err := shared.gateway()
	if err != nil {
		t.Fatalf("storagetest: no S3 server to test with: %v", err)
	}
	name := fmt.Sprintf("test-%d", buckets.Add(1))
	if err := gateway.CreateBucket(t.Context(), name); err != nil {
		t.Fatalf("storagetest: %v", err)
	}
	endpoint, err := url.Parse(gateway.Endpoint)
	if err != nil {
		t.Fatalf("storagetest: %v", err)
	}
	return &S3Bucket{
		Endpoint: gateway.Endpoint, Host: endpoint.Host, Region: embedded.Region, Name: name,
		AccessKey: gateway.AccessKey, SecretKey: gateway.SecretKey,
	}
}
