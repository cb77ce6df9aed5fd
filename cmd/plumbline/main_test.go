package main_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	main "plumbline/cmd/plumbline"
	"plumbline/cmd/stack"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// result is what a run left.
type result struct {
	code           int
	stdout, stderr string
}

// run runs the program with nothing in its environment but what is given. It finds no development
// stack unless PLUMBLINE_DATA names one.
func run(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	environ = append(environ, "PLUMBLINE_DATA="+t.TempDir()) // the first of a name counts
	var stdout, stderr bytes.Buffer
	code := main.Run(t.Context(), args, environ, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

const someID = "01a214eb-0842-7c8d-a227-1b199f90476e"

func TestMisuseExitsWithTwoAndTheUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		says string
	}{
		{nil, "name a command"},
		{[]string{"launch"}, `there is no command "launch"`},
		{[]string{"serve", "now"}, "serve takes no arguments"},
		{[]string{"migrate", "down"}, "migrate takes no arguments"},
		{[]string{"token"}, "say for whom"},
		{[]string{"token", "lead@opr.example"}, "say for whom"},
		{[]string{"token", "--user", "a@b.example", "more"}, "say for whom"},
		{[]string{"import", "people", "x.xlsx"}, "say what to import"},
		{[]string{"export"}, "say what to export"},
		{[]string{"export", "snapshot", "seven"}, `"seven" is no inspection's id`},
		{[]string{"export", "photo", someID}, "say what to export"},
		{[]string{"export", "snapshot", someID, "more"}, "say what to export"},
		{[]string{"export", "report", someID, "--form"}, "say what to export"},
		{[]string{"export", "report", someID, "--form", "secret"}, `there is no form "secret"`},
		{[]string{"verify", "snapshot"}, "say what to verify"},
		{[]string{"verify", "everything", "x"}, "say what to verify"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, tt.args...)
			if got.code != 2 || got.stdout != "" || !strings.HasPrefix(got.stderr, "plumbline: "+tt.says) || !strings.Contains(got.stderr, "plumbline serve") {
				t.Errorf("got %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	if got := run(t, nil, "help"); got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, "plumbline migrate") {
		t.Errorf("help: %+v", got)
	}
	if got := run(t, nil, "version"); got.code != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, "plumbline ") {
		t.Errorf("version: %+v", got)
	}
}

func TestWithoutADatabaseEachCommandSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		says string
	}{
		{[]string{"migrate"}, "plumbline: PLUMBLINE_MIGRATE_DATABASE_URL is not set, and "},
		{[]string{"token", "--user", "lead@opr.example"}, "plumbline: tokens are issued by a development stack only: "},
	}
	for _, tt := range tests {
		got := run(t, nil, tt.args...)
		if got.code != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 ||
			!strings.HasPrefix(got.stderr, tt.says) || !strings.Contains(got.stderr, "make run") {
			t.Errorf("%v: %+v", tt.args, got)
		}
	}
}

func TestServeListsEveryMissingSetting(t *testing.T) {
	t.Parallel()
	got := run(t, []string{"PLUMBLINE_OIDC_AUDIENCE=plumbline", "PLUMBLINE_AUDIT_KEY=short"}, "serve")
	if got.code != 1 || got.stdout != "" {
		t.Errorf("got %d %s", got.code, got.stdout)
	}
	for _, name := range []string{"DATABASE_URL is not set", "S3_ENDPOINT is not set", "S3_BUCKET is not set", "S3_ACCESS_KEY is not set",
		"S3_SECRET_KEY is not set", "OIDC_ISSUER is not set", "AUDIT_KEY is not written in hex", "TOKEN_KEY is not set"} {
		if strings.Count(got.stderr, "plumbline: PLUMBLINE_"+name) != 1 {
			t.Errorf("no line of its own for %s in\n%s", name, got.stderr)
		}
	}
	if lines := strings.Count(got.stderr, "\n"); lines != 8 {
		t.Errorf("%d lines:\n%s", lines, got.stderr)
	}
}

// aStack describes a running stack whose issuer is the handler.
func aStack(t *testing.T, issuer http.HandlerFunc) (environ []string) {
	t.Helper()
	server := httptest.NewServer(issuer)
	t.Cleanup(server.Close)
	folder := t.TempDir()
	s := stack.Stack{PID: os.Getpid(), Issuer: stack.Issuer{URL: server.URL, Audience: "plumbline"}}
	if err := s.Write(folder); err != nil {
		t.Fatal(err)
	}
	return []string{"PLUMBLINE_DATA=" + folder}
}

func TestTokenPrintsTheTokenAndNothingElse(t *testing.T) {
	t.Parallel()
	environ := aStack(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/token" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, `{"access_token":"token-of-%s"}`, r.PostFormValue("user"))
	})
	got := run(t, environ, "token", "--user", "lead@opr.example")
	if want := (result{stdout: "token-of-lead@opr.example\n"}); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestTokenOfNobodyFails(t *testing.T) {
	t.Parallel()
	environ := aStack(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":"invalid_grant","error_description":"there is no such demo user"}`)
	})
	got := run(t, environ, "token", "--user", "nobody@opr.example")
	if want := (result{1, "", "plumbline: no token for nobody@opr.example: there is no such demo user\n"}); got != want {
		t.Errorf("got %+v", got)
	}
}
