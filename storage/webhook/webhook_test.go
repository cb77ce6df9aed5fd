package webhook_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"plumbline/inspection"
	"plumbline/storage/webhook"
)

// The example that the Standard Webhooks implementations share.
func TestTheSignatureOfThePublishedExample(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signed %s, want %s", got, want)
	}
}

// A message arrives with its three headers and its very bytes, and the answer's status comes back.
func TestAMessageIsSent(t *testing.T) {
	t.Parallel()
	var header http.Header
	var body []byte
	status := http.StatusNoContent
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		rw.WriteHeader(status)
	}))
	defer server.Close()
	m := inspection.Message{ID: "msg_1", URL: server.URL + "/hook?x=1", Secret: []byte("secret"), At: time.Unix(1700000000, 5), Body: json.RawMessage(`{"type":"action.planned"}`)}
	for _, status = range []int{204, 200, 400, 410, 500} {
		got, err := webhook.NewSender(true).Send(t.Context(), m)
		if err != nil || got != status {
			t.Errorf("status %d, %v; want %d", got, err, status)
		}
	}
	if string(body) != string(m.Body) || header.Get("Content-Type") != "application/json" || header.Get("Webhook-Id") != "msg_1" || header.Get("Webhook-Timestamp") != "1700000000" ||
		header.Get("Webhook-Signature") != webhook.Sign(m.Secret, "msg_1", "1700000000", m.Body) {
		t.Errorf("arrived: %v %s", header, body)
	}
}

// No redirect is followed: it would lead past the check of the address, with the signature in hand.
func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	followed := false
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer target.Close()
	server := httptest.NewServer(http.RedirectHandler(target.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	status, err := webhook.NewSender(true).Send(t.Context(), inspection.Message{URL: server.URL})
	if err != nil || status != http.StatusTemporaryRedirect || followed {
		t.Errorf("status %d, %v, followed is %v", status, err, followed)
	}
}

// Private addresses are not called, neither by number nor by a name that resolves to one; what goes
// wrong is said without repeating the address.
func TestWhatIsNotCalled(t *testing.T) {
	t.Parallel()
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, url := range []string{server.URL, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port, "http://0.0.0.0" + port, "http://[::1]" + port, "http://169.254.169.254/latest"} {
		_, err := webhook.NewSender(false).Send(t.Context(), inspection.Message{URL: url})
		if err == nil || !strings.Contains(err.Error(), "private network") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if called {
		t.Error("a private address was called")
	}
	server.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	for url, want := range map[string]string{untrusted.URL: "certificate is not trusted", server.URL: "refuses the connection", "http://nowhere.invalid": "has no address", "::": "cannot be read"} {
		_, err := webhook.NewSender(true).Send(t.Context(), inspection.Message{URL: url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "nowhere") || strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}
