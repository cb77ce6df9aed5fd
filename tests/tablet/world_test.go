package tablet_test

import (
	"bytes"
	"crypto/hpke"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/inspection"
	"plumbline/storage/storagetest"
)

const auditKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// world is an installation: a database of its own, migrated by the program, two server processes on it,
// an issuer, and one inspection that has started with every item of PBNDS 2011.
type world struct {
	servers    [2]*server
	issuer     string
	clock      *atomic.Pointer[func() time.Time] // the issuer's
	team       []inspection.Actor                // the lead first
	facility   inspection.ID
	inspection inspection.ID
	vault      hpke.PrivateKey // of the interview notes; in no part of Plumbline
	database   *storagetest.DB
}

// newWorld builds a world with a team of so many.
func newWorld(t *testing.T, program string, people int) *world {
	t.Helper()
	db, bucket := storagetest.EmptyDatabase(t), storagetest.Bucket(t)
	command(t, program, []string{"PLUMBLINE_MIGRATE_DATABASE_URL=" + db.OwnerURL, "PLUMBLINE_AUDIT_KEY=" + auditKey}, "migrate")
	w := &world{clock: &atomic.Pointer[func() time.Time]{}, database: db}
	w.setIssuerClock(time.Now)
	var users []issuer.User
	for n := range people {
		role := inspection.RoleInspector
		if n == 0 {
			role = inspection.RoleLead
		}
		user := inspection.Actor{ID: inspection.NewID(), Email: fmt.Sprintf("tablet%d@opr.example", n), Name: fmt.Sprintf("Tablet user %d", n), Role: role}
		w.team, users = append(w.team, user), append(users, issuer.User{Email: user.Email})
	}
	w.issuer = w.startIssuer(t, users)
	w.begin(t)
	vault := w.newVault(t)
	environ := []string{
		"PLUMBLINE_DATABASE_URL=" + db.AppURL,
		"PLUMBLINE_S3_ENDPOINT=" + bucket.Endpoint,
		"PLUMBLINE_S3_BUCKET=" + bucket.Name,
		"PLUMBLINE_S3_REGION=" + bucket.Region,
		"PLUMBLINE_S3_ACCESS_KEY=" + bucket.AccessKey,
		"PLUMBLINE_S3_SECRET_KEY=" + bucket.SecretKey,
		"PLUMBLINE_S3_RETENTION=GOVERNANCE",
		"PLUMBLINE_OIDC_ISSUER=" + w.issuer,
		"PLUMBLINE_OIDC_AUDIENCE=plumbline",
		"PLUMBLINE_AUDIT_KEY=" + auditKey,
		"PLUMBLINE_TOKEN_KEY=" + auditKey,
		"PLUMBLINE_VAULT_KEY=" + vault,
	}
	for n := range w.servers {
		w.servers[n] = newServer(t, program, environ)
	}
	return w
}

// restore puts the backup in the place of the database, with everybody cut off, and starts the servers again.
func (w *world) restore(t *testing.T, backup *storagetest.DB) {
	t.Helper()
	was := w.database.AppURL
	for _, s := range w.servers {
		if err := s.kill(); err != nil {
			t.Fatal(err)
		}
	}
	w.database = storagetest.Copy(t, backup)
	for _, s := range w.servers {
		s.environ[slices.Index(s.environ, "PLUMBLINE_DATABASE_URL="+was)] = "PLUMBLINE_DATABASE_URL=" + w.database.AppURL
		if err := s.start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// setIssuerClock changes by which clock tokens are given.
func (w *world) setIssuerClock(now func() time.Time) { w.clock.Store(&now) }

func (w *world) startIssuer(t *testing.T, users []issuer.User) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	handler, err := issuer.New(t.TempDir(), address, "plumbline", users, func() time.Time { return (*w.clock.Load())() })
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	t.Cleanup(server.Close)
	return address
}

// token is a token of a member of the team.
func (w *world) token(t *testing.T, user inspection.Actor) string {
	t.Helper()
	response, err := http.PostForm(w.issuer+"/token", url.Values{"user": {user.Email}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.AccessToken == "" {
		t.Fatalf("no token for %s: %s, %v", user.Email, response.Status, err)
	}
	return body.AccessToken
}

// ask sends an operation to the first server, over a good link, and decodes its data.
func (w *world) ask(t *testing.T, token, query string, variables map[string]any, into any) {
	t.Helper()
	if err := w.send(t, token, query, variables, into); err != nil {
		t.Fatal(err)
	}
}

func (w *world) send(t *testing.T, token, query string, variables map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.servers[0].address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Errors) > 0 {
		return fmt.Errorf("%s: %v\n%s", query, err, text)
	}
	return json.Unmarshal(answer.Data, into)
}
