package issuer_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"plumbline/cmd/dev/issuer"
)

var users = []issuer.User{{Email: "lead@opr.example", Name: "Demo lead", Role: "LEAD_INSPECTOR"}}

func start(t *testing.T, folder string) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	i, err := issuer.New(folder, address, "plumbline", users, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = i
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func token(t *testing.T, server *httptest.Server, user string) (int, string) {
	t.Helper()
	response, err := http.PostForm(server.URL+"/token", url.Values{"user": {user}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.AccessToken
}

func TestATokenIsVerifiedByTheIssuersKeys(t *testing.T) {
	t.Parallel()
	server := start(t, t.TempDir())
	status, text := token(t, server, "lead@opr.example")
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	keys, err := keyfunc.NewDefaultCtx(t.Context(), []string{server.URL + "/jwks"})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse(text, keys.Keyfunc, jwt.WithIssuer(server.URL), jwt.WithAudience("plumbline"), jwt.WithExpirationRequired())
	if err != nil {
		t.Fatal(err)
	}
	if claims := parsed.Claims.(jwt.MapClaims); claims["email"] != "lead@opr.example" || claims["email_verified"] != true || claims["nbf"] == nil {
		t.Errorf("claims: %v", claims)
	}
}

func TestTheKeyOutlivesARestart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, second := start(t, folder), start(t, folder)
	_, text := token(t, first, "lead@opr.example")
	keys, err := keyfunc.NewDefaultCtx(t.Context(), []string{second.URL + "/jwks"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(text, keys.Keyfunc); err != nil {
		t.Error(err)
	}
}

func TestNobodyElseGetsAToken(t *testing.T) {
	t.Parallel()
	server := start(t, t.TempDir())
	for _, user := range []string{"", "stranger@opr.example", strings.Repeat("x", 1<<13)} {
		if status, text := token(t, server, user); status != http.StatusBadRequest || text != "" {
			t.Errorf("%.20q: status %d", user, status)
		}
	}
}

func TestOnlyThisMachineIsAnswered(t *testing.T) {
	t.Parallel()
	server := start(t, t.TempDir())
	for _, foreign := range []struct{ name, value string }{{"Host", "plumbline.example"}, {"Origin", "https://plumbline.example"}} {
		request, err := http.NewRequest(http.MethodGet, server.URL+"/users", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(foreign.name, foreign.value)
		if foreign.name == "Host" {
			request.Host = foreign.value
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s: status %d", foreign.name, foreign.value, response.StatusCode)
		}
	}
}
