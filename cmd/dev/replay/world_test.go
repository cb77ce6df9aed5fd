package replay_test

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/cmd/dev/replay"
	"plumbline/cmd/stack"
	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/inspection/catalog"
	"plumbline/storage"
	"plumbline/storage/blob"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

// world is a running stack of one test's own: database, object store, issuer and the real API.
type world struct {
	t       *testing.T
	folder  string
	service *inspection.Service
	users   map[inspection.Role]inspection.Actor
	edition *inspection.Edition
	// loses, unless 0, is n where one in n requests to the API is carried out but not answered.
	loses atomic.Int64
	lost  atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), users: map[inspection.Role]inspection.Actor{}}
	database, bucket := storagetest.Database(t), storagetest.Bucket(t)
	store, err := storage.Open(t.Context(), storage.Config{URL: database.AppURL, AuditKey: bytes.Repeat([]byte("k"), 32), MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	blobs, err := blob.New(blob.Config{Endpoint: bucket.Endpoint, Bucket: bucket.Name, Region: bucket.Region,
		AccessKey: bucket.AccessKey, SecretKey: bucket.SecretKey, Retention: blob.Governance})
	if err != nil {
		t.Fatal(err)
	}
	w.service = inspection.NewService(store, blobs, time.Now, inspection.Settings{})
	w.seed(t.Context())
	issuerURL := w.startIssuer()
	verifier, err := auth.NewVerifier(auth.Config{Issuer: issuerURL, Audience: "plumbline"})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := auth.NewTokens(bytes.Repeat([]byte("k"), 32), "plumbline", nil)
	if err != nil {
		t.Fatal(err)
	}
	api := edge.NewHandler(generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: w.service}}), edge.Options{})
	server := httptest.NewServer(w.unreliable(auth.NewGate(verifier, tokens, store, slog.New(slog.DiscardHandler), nil).Middleware(api)))
	t.Cleanup(server.Close)
	described := stack.Stack{PID: os.Getpid(), URL: server.URL, Issuer: stack.Issuer{URL: issuerURL, Audience: "plumbline"}}
	if err := described.Write(w.folder); err != nil {
		t.Fatal(err)
	}
	return w
}

// unreliable carries every request out, and loses the answer of some.
func (w *world) unreliable(next http.Handler) http.Handler {
	chance := rand.New(rand.NewPCG(1, 2))
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if n := w.loses.Load(); n == 0 || chance.Int64N(n) > 0 {
			next.ServeHTTP(rw, r)
			return
		}
		w.lost.Add(1)
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	})
}

func (w *world) seed(ctx context.Context) {
	w.t.Helper()
	editions, err := catalog.Embedded()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range editions {
		if _, err := w.service.LoadEdition(ctx, inspection.System(), e); err != nil {
			w.t.Fatal(err)
		}
		if e.Key == "pbnds-2011-r2016-v2" {
			w.edition = e
		}
	}
	people := []inspection.Actor{{Email: "lead@opr.example", Role: inspection.RoleLead}, {Email: "inspector@opr.example", Role: inspection.RoleInspector},
		{Email: "reviewer@opr.example", Role: inspection.RoleReviewer}, {Email: "admin@opr.example", Role: inspection.RoleAdmin},
		{Email: "fieldoffice@opr.example", Role: inspection.RoleFieldOffice, FieldOffice: "NOL"}}
	for n := range people {
		people[n].ID, people[n].Name = inspection.NewID(), string(people[n].Role)
		w.users[people[n].Role] = people[n]
	}
	offices := []inspection.FieldOffice{{Code: "NOL", Name: "New Orleans"}, {Code: "SEA", Name: "Seattle"}}
	if err := w.service.LoadUsers(ctx, inspection.System(), offices, people); err != nil {
		w.t.Fatal(err)
	}
	err = w.service.ChangeRoster(ctx, inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{
			{ID: inspection.NewID(), Name: "PINE RIVER ICE PROCESSING CENTER", Aliases: []string{"PINE RIVER DET CTR"}, City: "PINE RIVER", State: "LA", FieldOffice: "NOL", Type: inspection.TypeCDF, Source: "test"},
			{ID: inspection.NewID(), Name: "CEDAR COUNTY JAIL", City: "CEDAR", State: "WA", FieldOffice: "SEA", Type: inspection.TypeIGSA, Source: "test"},
		}}, nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// startIssuer serves the development issuer for the world's people.
func (w *world) startIssuer() string {
	w.t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.t.Cleanup(server.Close)
	var users []issuer.User
	for _, u := range w.users {
		users = append(users, issuer.User{Email: u.Email, Name: u.Name, Role: string(u.Role)})
	}
	made, err := issuer.New(w.folder, server.URL, "plumbline", users, time.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	handler = made
	return server.URL
}

// replay runs the command on a file and returns the lines of its output and its error.
func (w *world) replay(file string, more ...string) ([]string, error) {
	w.t.Helper()
	var out bytes.Buffer
	getenv := func(name string) string {
		if name == "PLUMBLINE_DATA" {
			return w.folder
		}
		return ""
	}
	err := replay.Run(w.t.Context(), append(more, file), getenv, &out)
	return strings.Split(strings.TrimSpace(out.String()), "\n"), err
}

// written puts a changed copy of the fixture into a file.
func (w *world) written(old, replacement string) string {
	w.t.Helper()
	content, err := os.ReadFile("testdata/reports.yaml")
	if err != nil {
		w.t.Fatal(err)
	}
	changed := strings.Replace(string(content), old, replacement, 1)
	if changed == string(content) {
		w.t.Fatalf("the fixture has no %q", old)
	}
	path := filepath.Join(w.t.TempDir(), "reports.yaml")
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// inspections lists the reconstructions by the name of their facility.
func (w *world) inspections() map[string]*inspection.Inspection {
	w.t.Helper()
	reviewer := w.users[inspection.RoleReviewer]
	page, err := w.service.Inspections(w.t.Context(), reviewer, inspection.InspectionQuery{Origins: []inspection.Origin{inspection.Reconstructed}, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]*inspection.Inspection{}
	for _, summary := range slices.Backward(page.Inspections) {
		name := summary.Facility.Name
		if all[name] != nil {
			name += ", " + summary.PlannedEnd.Format(time.DateOnly)
		}
		if all[name] != nil {
			w.t.Errorf("%s was inspected twice", name)
		}
		i, err := w.service.Inspection(w.t.Context(), reviewer, summary.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		all[name] = i
	}
	return all
}
