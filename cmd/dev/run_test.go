package main_test

import (
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"plumbline/cmd/stack"
)

func TestTheStackRunsAndKeepsItsDataOverARestart(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, before := start(t, folder)
	if got := status(t, before.URL+"/readyz"); got != http.StatusOK {
		t.Errorf("/readyz answers %d", got)
	}
	mark(t, before)
	if err := first.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("after SIGINT: %v", err)
	}
	if _, err := stack.Read(folder); err == nil {
		t.Error("stack.json still stands for a running stack")
	}

	_, after := start(t, folder)
	if !marked(t, after) {
		t.Error("the database lost what was committed")
	}
	if before.AuditKey != after.AuditKey || before.TokenKey != after.TokenKey || before.S3.SecretKey != after.S3.SecretKey {
		t.Error("the keys changed with the restart")
	}
	stays(t, before.S3.Endpoint, after.S3.Endpoint)
	stays(t, before.Issuer.URL, after.Issuer.URL)
}

// stays: a server listens where it did before, unless another program of this machine does so by now.
func stays(t *testing.T, before, after string) {
	t.Helper()
	if before == after {
		return
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(before, "http://"))
	if err != nil {
		t.Errorf("it moved from %s to %s, and the first is free", before, after)
		return
	}
	conn.Close()
}

// The port that it had is somebody else's by now: it starts on another.
func TestATakenPortOfItsOwnIsLeftAlone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, before := start(t, folder)
	if err := first.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{before.S3.Endpoint, before.Issuer.URL} {
		listener, err := net.Listen("tcp", strings.TrimPrefix(taken, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
	}
	_, after := start(t, folder)
	if before.S3.Endpoint == after.S3.Endpoint || before.Issuer == after.Issuer || status(t, after.URL+"/readyz") != http.StatusOK {
		t.Errorf("it started at %s and %s", after.S3.Endpoint, after.Issuer.URL)
	}
}

// A folder of a version that had no tokens for tablets gets their key, and keeps its other secrets.
func TestAFolderWithoutATokenKeyGetsOne(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, before := start(t, folder)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "secrets.json")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := strings.Replace(string(content), before.TokenKey, "", 1)
	if old == string(content) {
		t.Fatal("the key is not among the secrets")
	}
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	_, after := start(t, folder)
	if len(after.TokenKey) != 64 || after.TokenKey == before.TokenKey || after.AuditKey != before.AuditKey || after.S3.SecretKey != before.S3.SecretKey {
		t.Error("the secrets are not what they were, and a new token key")
	}
}

func TestFreshStartsOverEvenWithLockedEvidence(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	first, before := start(t, folder)
	mark(t, before)
	lockObject(t, before)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	closeFolders(t, filepath.Join(folder, "s3"))

	_, after := start(t, folder, "FRESH=1")
	if marked(t, after) {
		t.Error("the database was kept")
	}
	if before.AuditKey == after.AuditKey {
		t.Error("the keys were kept")
	}
	for object := range bucket(t, after).ListObjects(t.Context(), after.S3.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		t.Errorf("evidence was kept: %s, %v", object.Key, object.Err)
	}
}

func TestSecretsAreForTheOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	start(t, folder)
	for name, want := range map[string]fs.FileMode{
		"": 0o700 | fs.ModeDir, "postgres": 0o700 | fs.ModeDir, "s3": 0o700 | fs.ModeDir,
		"stack.json": 0o600, "secrets.json": 0o600,
	} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%q has the mode %v, want %v", name, info.Mode(), want)
		}
	}
}

func TestATakenAddressStopsEverythingBeforeItStarts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	addr := listener.Addr().String()
	folder := filepath.Join(t.TempDir(), "data")
	complaint := fails(t, command(t, folder, "PLUMBLINE_ADDR="+addr))
	if !strings.Contains(complaint, addr+" is taken") || !strings.Contains(complaint, "PLUMBLINE_ADDR") {
		t.Errorf("the complaint is %q", complaint)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("the data folder was made: %v", err)
	}
}

func TestASecondStackOnTheSameFolderIsRefused(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "data")
	_, first := start(t, folder)
	mark(t, first)
	for _, fresh := range []string{"FRESH=0", "FRESH=1"} {
		if complaint := fails(t, command(t, folder, fresh)); !strings.Contains(complaint, "another stack") {
			t.Errorf("%s: the complaint is %q", fresh, complaint)
		}
	}
	if !marked(t, first) || status(t, first.URL+"/readyz") != http.StatusOK {
		t.Error("the first stack was disturbed")
	}
}

func TestAFolderWithOtherThingsIsLeftAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	letter := filepath.Join(folder, "letter.txt")
	if err := os.WriteFile(letter, []byte("dear"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []string{"FRESH=0", "FRESH=1"} {
		if complaint := fails(t, command(t, folder, fresh)); !strings.Contains(complaint, "holds other things") {
			t.Errorf("%s: the complaint is %q", fresh, complaint)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder now holds %v, %v", entries, err)
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"PLUMBLINE_ADDR=8080", "PLUMBLINE_ADDR=localhost:", "FRESH=perhaps"} {
		name, _, _ := strings.Cut(setting, "=")
		if complaint := fails(t, command(t, filepath.Join(t.TempDir(), "data"), setting)); !strings.Contains(complaint, name) {
			t.Errorf("%s: the complaint is %q", setting, complaint)
		}
	}
	wrong := filepath.Join(t.TempDir(), "none")
	if complaint := fails(t, command(t, filepath.Join(t.TempDir(), "data"), "PLUMBLINE_PGBIN="+wrong)); !strings.Contains(complaint, "PLUMBLINE_PGBIN") {
		t.Errorf("the complaint is %q", complaint)
	}
}

func TestAnUnknownCommandIsRefused(t *testing.T) {
	t.Parallel()
	cmd := command(t, t.TempDir())
	cmd.Args = append(cmd.Args, "dance")
	if complaint := fails(t, cmd); !strings.Contains(complaint, `"dance"`) {
		t.Errorf("the complaint is %q", complaint)
	}
}

// mark leaves a table of our own in the database; marked looks for it.
func mark(t *testing.T, s stack.Stack) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.MigrateDatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `create table mark ()`); err != nil {
		t.Fatal(err)
	}
}

func marked(t *testing.T, s stack.Stack) bool {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var found bool
	if err := conn.QueryRow(t.Context(), `select to_regclass('mark') is not null`).Scan(&found); err != nil {
		t.Fatal(err)
	}
	return found
}

func bucket(t *testing.T, s stack.Stack) *minio.Client {
	t.Helper()
	endpoint, err := url.Parse(s.S3.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	client, err := minio.New(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(s.S3.AccessKey, s.S3.SecretKey, ""), Region: s.S3.Region,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// lockObject stores an object that nobody may delete for a day.
func lockObject(t *testing.T, s stack.Stack) {
	t.Helper()
	ctx, client := t.Context(), bucket(t, s)
	if _, err := client.PutObject(ctx, s.S3.Bucket, "a/photo", strings.NewReader("content"), 7, minio.PutObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	mode, until := minio.Compliance, time.Now().Add(24*time.Hour).UTC()
	if err := client.PutObjectRetention(ctx, s.S3.Bucket, "a/photo", minio.PutObjectRetentionOptions{Mode: &mode, RetainUntilDate: &until}); err != nil {
		t.Fatal(err)
	}
}

// closeFolders makes every folder below read-only, which stops an ordinary user's removal.
func closeFolders(t *testing.T, root string) {
	t.Helper()
	var folders []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if err := os.Chmod(folder, 0o500); err != nil {
			t.Fatal(err)
		}
	}
}
