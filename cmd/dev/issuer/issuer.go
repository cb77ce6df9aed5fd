// Package issuer is the development stack's OpenID Connect issuer. It gives a token of any demo user
// to whoever asks on this machine, so it exists in cmd/dev only and answers on loopback only.
package issuer

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// User is a demo user who may sign in.
type User struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  string `json:"role"`
}

// Lifetime is how long a token holds.
const Lifetime = 8 * time.Hour

// Issuer answers discovery, keys, the list of users and requests for tokens.
type Issuer struct {
	url      string
	audience string
	key      *ecdsa.PrivateKey
	keyID    string
	users    []User
	now      func() time.Time
	mux      *http.ServeMux
}

// New returns the issuer that tokens name by url, for one audience. Its key is kept in the data
// folder, so that tokens hold over a restart.
func New(folder, url, audience string, users []User, now func() time.Time) (*Issuer, error) {
	key, err := loadKey(folder)
	if err != nil {
		return nil, err
	}
	keyID, err := thumbprint(key)
	if err != nil {
		return nil, err
	}
	i := &Issuer{url: url, audience: audience, key: key, keyID: keyID, users: users, now: now, mux: http.NewServeMux()}
	i.mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	i.mux.HandleFunc("GET /jwks", i.keys)
	i.mux.HandleFunc("GET /users", i.list)
	i.mux.HandleFunc("POST /token", i.token)
	return i, nil
}

// ServeHTTP refuses requests under any name but this machine's own: a page of another site could
// otherwise reach the issuer by a name that points here.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !local(r.Host) {
		http.Error(w, "the development issuer answers on this machine only", http.StatusForbidden)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if !localOrigin(origin) {
			http.Error(w, "the development issuer answers pages of this machine only", http.StatusForbidden)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Vary", "Origin")
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	i.mux.ServeHTTP(w, r)
}

func local(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func localOrigin(origin string) bool {
	_, hostport, found := strings.Cut(origin, "://")
	return found && local(hostport)
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"issuer": i.url, "jwks_uri": i.url + "/jwks", "token_endpoint": i.url + "/token",
		"response_types_supported": []string{"token"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"}})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	jwk, err := publicJWK(&i.key.PublicKey)
	if err != nil {
		http.Error(w, "the key cannot be written", http.StatusInternalServerError)
		return
	}
	jwk["kid"], jwk["alg"], jwk["use"] = i.keyID, "ES256", "sig"
	reply(w, http.StatusOK, map[string]any{"keys": []any{jwk}})
}

func (i *Issuer) list(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, i.users) }

// token takes user=EMAIL as a form, or {"user": EMAIL} as JSON.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<12)
	wanted := struct{ User string }{User: ""}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
			refuse(w, http.StatusBadRequest, "invalid_request", `send {"user": "lead@opr.example"}`)
			return
		}
	} else {
		wanted.User = r.PostFormValue("user")
	}
	for _, u := range i.users {
		if strings.EqualFold(u.Email, wanted.User) {
			i.grant(w, u)
			return
		}
	}
	refuse(w, http.StatusBadRequest, "invalid_grant", "there is no such demo user; GET /users lists them")
}

func (i *Issuer) grant(w http.ResponseWriter, u User) {
	now := i.now().UTC()
	claims := jwt.MapClaims{"iss": i.url, "aud": i.audience, "sub": uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+u.Email)).String(),
		"email": u.Email, "email_verified": true, "name": u.Name, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(Lifetime).Unix(), "jti": uuid.NewString()}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	unsigned.Header["kid"] = i.keyID
	signed, err := unsigned.SignedString(i.key)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error", "the token cannot be signed")
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	reply(w, http.StatusOK, map[string]any{"access_token": signed, "token_type": "Bearer", "expires_in": int(Lifetime.Seconds())})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away cannot be told
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, map[string]any{"error": code, "error_description": description})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
