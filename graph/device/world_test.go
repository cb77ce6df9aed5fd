package device_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"plumbline/graph"
	"plumbline/graph/auth"
	"plumbline/graph/device"
	"plumbline/graph/edge"
	"plumbline/graph/generated"
	"plumbline/inspection"
	"plumbline/storage"
	"plumbline/storage/storagetest"
)

func TestMain(m *testing.M) { storagetest.Main(m) }

const (
	inspector = "inspector@opr.example"
	lead      = "lead@opr.example"
	reviewer  = "reviewer@opr.example"
	admin     = "admin@opr.example"
	facility  = "facility@opr.example"
)

// world is a database, an OIDC issuer, a clock, and as many server processes as a test starts on them.
type world struct {
	*testing.T
	database *storagetest.DB
	issuer   string
	oidcKey  *ecdsa.PrivateKey
	users    map[string]inspection.Actor
	place    inspection.ID // of the facility's user
	service  *inspection.Service
	ahead    atomic.Int64 // how far the servers' clock is ahead of the real one, in nanoseconds
	start    time.Time
	server   *server // the first
}

// server is one server process as serve wires it: API, another page for people, and the devices' door.
type server struct {
	*world
	url        string
	statements *storagetest.Statements
	log        *bytes.Buffer
}

var (
	auditKey = bytes.Repeat([]byte("k"), 32)
	tokenKey = bytes.Repeat([]byte("t"), 32)
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, database: storagetest.Database(t), users: map[string]inspection.Actor{}, start: time.Now().UTC().Truncate(time.Second)}
	w.startIssuer()
	w.server = w.serve(tokenKey)
	w.place = inspection.NewID()
	err := w.service.ChangeRoster(t.Context(), inspection.System(), "test", func([]inspection.Facility, []inspection.ExternalRating) (inspection.RosterChange, error) {
		return inspection.RosterChange{NewFacilities: []inspection.Facility{{ID: w.place, Name: "PINE RIVER", City: "PINE RIVER", State: "LA", Type: inspection.TypeCDF, Source: "test"}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	users := []inspection.Actor{{Email: inspector, Role: inspection.RoleInspector}, {Email: lead, Role: inspection.RoleLead},
		{Email: reviewer, Role: inspection.RoleReviewer}, {Email: admin, Role: inspection.RoleAdmin},
		{Email: facility, Role: inspection.RoleFacility, FacilityID: w.place}}
	for n := range users {
		users[n].ID, users[n].Name = inspection.NewID(), string(users[n].Role)
		w.users[users[n].Email] = users[n]
	}
	if err := w.service.LoadUsers(t.Context(), inspection.System(), nil, users); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) now() time.Time { return w.start.Add(time.Duration(w.ahead.Load())) }

// pass lets time go by for every server.
func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// startIssuer serves the documents of an OIDC issuer with one key.
func (w *world) startIssuer() {
	w.Helper()
	w.oidcKey = newKey(w.T)
	jwk, err := jwkset.NewJWKFromKey(w.oidcKey.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: "k1", ALG: "ES256", USE: "sig"}})
	if err != nil {
		w.Fatal(err)
	}
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		document := any(map[string]string{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})
		if r.URL.Path == "/keys" {
			document = map[string]any{"keys": []any{jwk.Marshal()}}
		}
		_ = json.NewEncoder(rw).Encode(document)
	}))
	w.Cleanup(server.Close)
	w.issuer = server.URL
}

// serve starts a server process: it shares nothing with another but the database and the key.
func (w *world) serve(key []byte) *server {
	w.Helper()
	s := &server{world: w, statements: &storagetest.Statements{}, log: &bytes.Buffer{}}
	log := slog.New(slog.DiscardHandler)
	store, err := storage.Open(w.Context(), storage.Config{URL: w.database.AppURL, AuditKey: auditKey, Tracer: s.statements, MaxConns: 4})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(store.Close)
	service := inspection.NewService(store, nil, w.now, inspection.Settings{})
	if w.service == nil {
		w.service = service
	}
	verifier, err := auth.NewVerifier(auth.Config{Issuer: w.issuer, Audience: "plumbline", Logger: log, Now: w.now})
	if err != nil {
		w.Fatal(err)
	}
	tokens, err := auth.NewTokens(key, "plumbline", w.now)
	if err != nil {
		w.Fatal(err)
	}
	gate := auth.NewGate(verifier, tokens, store, log, w.now)
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: &graph.Resolver{Service: service}})
	api := edge.NewHandler(schema, edge.Options{Logger: log, Extensions: []graphql.HandlerExtension{auth.PushOnlyOnceRevoked{}}})
	mux := http.NewServeMux()
	mux.Handle("/graphql", gate.Pushing(api))
	mux.Handle("/page", gate.Middleware(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		actor, _ := auth.ActorFrom(r.Context())
		_ = json.NewEncoder(rw).Encode(map[string]any{"user": actor.ID, "device": actor.Device.ID, "offset": actor.Device.Offset.String(),
			"known": actor.Device.OffsetKnown, "byKey": actor.Device.ByKey})
	})))
	mux.Handle("/device/", device.NewDoor(service, tokens, log, w.now))
	web := httptest.NewServer(mux)
	w.Cleanup(web.Close)
	s.url = web.URL
	return s
}

// signIn returns an OIDC token of a person. The changes are to its claims, nil takes one away.
func (w *world) signIn(email string, changes ...any) string {
	w.Helper()
	now := w.now()
	claims := jwt.MapClaims{"iss": w.issuer, "aud": "plumbline", "sub": email, "email": email, "email_verified": true,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for n := 0; n < len(changes); n += 2 {
		if claims[changes[n].(string)] = changes[n+1]; changes[n+1] == nil {
			delete(claims, changes[n].(string))
		}
	}
	return signed(w.T, jwt.SigningMethodES256, w.oidcKey, map[string]any{"kid": "k1"}, claims)
}

func signed(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// answer is an HTTP answer.
type answer struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// code is the code of the first error.
func (a answer) code() string {
	errs, _ := a.body["errors"].([]any)
	if len(errs) == 0 {
		return ""
	}
	code, _ := dig(errs[0], "extensions", "code").(string)
	return code
}

// dig follows a path through objects.
func dig(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// post sends a JSON body with headers given by name and value.
func (s *server) post(path string, body any, headers ...string) answer {
	s.Helper()
	raw, ok := body.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			s.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, s.url+path, bytes.NewReader(raw))
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(headers); n += 2 {
		request.Header.Add(headers[n], headers[n+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	if err := json.Unmarshal(text, &a.body); err != nil {
		s.Fatalf("%v: %s", err, text)
	}
	return a
}

// ask sends an operation with a token.
func (s *server) ask(token, query string, variables map[string]any, headers ...string) answer {
	s.Helper()
	return s.post("/graphql", map[string]any{"query": query, "variables": variables}, append([]string{"Authorization", "Bearer " + token}, headers...)...)
}

// data is ask that fails the test if anything is refused.
func (s *server) data(token, query string, variables map[string]any, headers ...string) map[string]any {
	s.Helper()
	a := s.ask(token, query, variables, headers...)
	if a.status != http.StatusOK || a.body["errors"] != nil {
		s.Fatalf("%d %s", a.status, a.text)
	}
	return a.body["data"].(map[string]any)
}

const startRegistration = `mutation { startDeviceRegistration(input: {name: "tablet 7"}) { registration { code expiresAt } problems { code message } } }`

// code asks for a registration code as a person.
func (s *server) code(email string) string {
	s.Helper()
	return dig(s.data(s.signIn(email), startRegistration, nil), "startDeviceRegistration", "registration", "code").(string)
}

// tablet is a device as its maker would write it, by the documentation alone.
type tablet struct {
	key      *ecdsa.PrivateKey
	id       string
	audience string
	// wrong is how far its clock is off.
	wrong time.Duration
}

// registration is the body by which a key registers.
func registration(t *testing.T, key crypto.Signer, code string, sign func(string) []byte) map[string]any {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"code": code, "name": "", "publicKey": base64.StdEncoding.EncodeToString(der), "proof": base64.StdEncoding.EncodeToString(sign(code))}
}

// webCrypto signs as WebCrypto's ECDSA does: r and s of 32 bytes each.
func webCrypto(t *testing.T, key *ecdsa.PrivateKey) func(string) []byte {
	return func(message string) []byte {
		digest := sha256.Sum256([]byte(message))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
}

// register makes a person's tablet.
func (s *server) register(email string) *tablet {
	s.Helper()
	t := &tablet{key: newKey(s.T)}
	code := s.code(email)
	a := s.post("/device/register", registration(s.T, t.key, code, webCrypto(s.T, t.key)))
	if a.status != http.StatusOK {
		s.Fatalf("%d %s", a.status, a.text)
	}
	t.id, t.audience = a.body["deviceId"].(string), a.body["audience"].(string)
	return t
}

func (s *server) challenge() string {
	s.Helper()
	return s.post("/device/challenge", map[string]any{}).body["challenge"].(string)
}

// assertion signs a challenge. The changes are to its claims.
func (s *server) assertion(t *tablet, challenge string, changes ...any) string {
	s.Helper()
	claims := jwt.MapClaims{"aud": t.audience, "challenge": challenge, "deviceTime": s.now().Add(t.wrong).Format(time.RFC3339Nano)}
	for n := 0; n < len(changes); n += 2 {
		if claims[changes[n].(string)] = changes[n+1]; changes[n+1] == nil {
			delete(claims, changes[n].(string))
		}
	}
	return signed(s.T, jwt.SigningMethodES256, t.key, map[string]any{"kid": t.id}, claims)
}

// ask for a token with a fresh challenge.
func (s *server) asks(t *tablet) answer {
	s.Helper()
	return s.post("/device/token", map[string]any{"assertion": s.assertion(t, s.challenge())})
}

func (s *server) token(t *tablet) string {
	s.Helper()
	a := s.asks(t)
	if a.status != http.StatusOK {
		s.Fatalf("%d %s", a.status, a.text)
	}
	return a.body["token"].(string)
}

// behind asks the database as its owner.
func (w *world) behind(sql string, args ...any) string {
	w.Helper()
	db, err := pgx.Connect(w.Context(), w.database.OwnerURL)
	if err != nil {
		w.Fatal(err)
	}
	defer db.Close(w.Context())
	if !strings.HasPrefix(sql, "select") {
		if _, err := db.Exec(w.Context(), sql, args...); err != nil {
			w.Fatal(err)
		}
		return ""
	}
	var text *string
	if err := db.QueryRow(w.Context(), sql, args...).Scan(&text); err != nil {
		w.Fatal(err)
	}
	if text == nil {
		return "null"
	}
	return *text
}

// asUser runs a statement as the server would for a user, and takes it back. It returns the number of
// rows touched, or the SQLSTATE of what refused it.
func (w *world) asUser(email, sql string, args ...any) string {
	w.Helper()
	db, err := pgx.Connect(w.Context(), w.database.AppURL)
	if err != nil {
		w.Fatal(err)
	}
	defer db.Close(w.Context())
	tx, err := db.Begin(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	user := w.users[email]
	if _, err := tx.Exec(w.Context(), "select set_config('plumbline.role', $1, true), set_config('plumbline.user', $2, true)", string(user.Role), user.ID.String()); err != nil {
		w.Fatal(err)
	}
	tag, err := tx.Exec(w.Context(), sql, args...)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused.Code
	}
	if err != nil {
		w.Fatal(err)
	}
	return fmt.Sprint(tag.RowsAffected())
}
