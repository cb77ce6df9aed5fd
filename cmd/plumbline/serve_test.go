package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	main "plumbline/cmd/plumbline"
	"plumbline/storage/storagetest"
)

const auditKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// From an empty database to a ready server, by the program alone, as an operator would.
func TestMigrateThenServe(t *testing.T) {
	t.Parallel()
	db, bucket := storagetest.EmptyDatabase(t), storagetest.Bucket(t)
	owner := []string{"PLUMBLINE_MIGRATE_DATABASE_URL=" + db.OwnerURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}
	for _, wanted := range []string{"edition pbnds-2011-r2016 loaded", "the database is at version"} {
		got := run(t, owner, "migrate") // the second time there is nothing left to do
		if got.code != 0 || !strings.Contains(got.stdout, wanted) {
			t.Fatalf("migrate: %+v", got)
		}
	}

	environ := []string{
		"PLUMBLINE_ADDR=127.0.0.1:0",
		"PLUMBLINE_DATABASE_URL=" + db.AppURL,
		"PLUMBLINE_S3_ENDPOINT=" + bucket.Endpoint,
		"PLUMBLINE_S3_BUCKET=" + bucket.Name,
		"PLUMBLINE_S3_REGION=" + bucket.Region,
		"PLUMBLINE_S3_ACCESS_KEY=" + bucket.AccessKey,
		"PLUMBLINE_S3_SECRET_KEY=" + bucket.SecretKey,
		"PLUMBLINE_S3_RETENTION=GOVERNANCE",
		"PLUMBLINE_OIDC_ISSUER=http://127.0.0.1:1",
		"PLUMBLINE_OIDC_AUDIENCE=plumbline",
		"PLUMBLINE_AUDIT_KEY=" + auditKey,
		"PLUMBLINE_TOKEN_KEY=" + auditKey,
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, logEnd := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- main.Run(ctx, []string{"serve"}, environ, io.Discard, logEnd)
		logEnd.Close()
	}()
	lines := bufio.NewScanner(log)
	if !lines.Scan() {
		t.Fatal("the server says nothing")
	}
	var line struct{ Msg, Address string }
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Msg != "serving" {
		t.Fatalf("the server begins with %s (%v)", lines.Bytes(), err)
	}
	go io.Copy(io.Discard, log) // nobody else reads the log from here on
	resp, err := http.Get("http://" + line.Address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/readyz answers %s", resp.Status)
	}
	stop()
	if code := <-code; code != 0 {
		t.Errorf("the server ends with code %d", code)
	}
}
