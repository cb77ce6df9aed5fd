package embedded_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"plumbline/storage/embedded"
)

func startS3(t *testing.T, dir string) *embedded.S3 {
	t.Helper()
	s3, err := embedded.StartS3(t.Context(), embedded.S3Config{Dir: dir, AccessKey: "key", SecretKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s3.Stop() })
	return s3
}

func client(t *testing.T, s3 *embedded.S3) *minio.Client {
	t.Helper()
	endpoint, err := url.Parse(s3.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	c, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(s3.AccessKey, s3.SecretKey, ""), Region: embedded.Region,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestObjectsSurviveARestart(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "s3")
	first := startS3(t, dir)
	if err := first.CreateBucket(ctx, "evidence"); err != nil {
		t.Fatal(err)
	}
	if _, err := client(t, first).PutObject(ctx, "evidence", "a/b", strings.NewReader("content"), 7, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}

	second := startS3(t, dir)
	if err := second.CreateBucket(ctx, "evidence"); err != nil {
		t.Fatalf("a bucket that exists: %v", err)
	}
	object, err := client(t, second).GetObject(ctx, "evidence", "a/b", minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(object)
	if err != nil || string(content) != "content" {
		t.Errorf("after the restart the object is %q, %v", content, err)
	}
}

func TestABrowserMayPutEvidence(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, filepath.Join(t.TempDir(), "s3"))
	if err := s3.CreateBucket(t.Context(), "evidence"); err != nil {
		t.Fatal(err)
	}
	preflight, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s3.Endpoint+"/evidence/photo", nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", "http://localhost:8080")
	preflight.Header.Set("Access-Control-Request-Method", http.MethodPut)
	preflight.Header.Set("Access-Control-Request-Headers", "content-type,if-none-match,x-amz-checksum-sha256")
	answer, err := http.DefaultClient.Do(preflight)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	allowed := strings.ToLower(answer.Header.Get("Access-Control-Allow-Headers"))
	for _, header := range []string{"content-type", "if-none-match", "x-amz-checksum-sha256"} {
		if answer.StatusCode != http.StatusOK || !strings.Contains(allowed, header) {
			t.Errorf("preflight answers %s and allows the headers %q; %s is missing", answer.Status, allowed, header)
		}
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	s3 := startS3(t, filepath.Join(t.TempDir(), "s3"))
	if err := s3.CreateBucket(t.Context(), "evidence"); err != nil {
		t.Fatal(err)
	}
	stranger := *s3
	stranger.SecretKey = "guessed"
	if err := stranger.CreateBucket(t.Context(), "other"); err == nil {
		t.Error("a wrong secret key made a bucket")
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	_, err = embedded.StartS3(t.Context(), embedded.S3Config{Dir: t.TempDir(), Addr: addr, AccessKey: "key", SecretKey: "secret"})
	if err == nil || !strings.Contains(err.Error(), addr+" is taken") {
		t.Errorf("got %v", err)
	}
}

func TestAGatewayThatCannotRunSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := embedded.StartS3(t.Context(), embedded.S3Config{Dir: "/dev/null/s3", AccessKey: "key", SecretKey: "secret"})
	if err == nil || !strings.Contains(err.Error(), "/dev/null") {
		t.Errorf("got %v", err)
	}
}
