// Package webhook sends events in the Standard Webhooks form: the headers webhook-id,
// webhook-timestamp and webhook-signature, the signature an HMAC-SHA256 over id, timestamp and body.
// It follows no redirect, and calls no address of a private network unless it is told to: the address
// that a name resolves to is judged when the connection is made, so that a name cannot change its
// meaning in between.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"plumbline/inspection"
)

const (
	// answerWithin bounds one attempt: resolving, connecting, sending and the answer's head.
	answerWithin = 20 * time.Second
	// mostAnswer is how much of an answer's body is read, and thrown away, so that its connection can
	// serve again.
	mostAnswer = 16 << 10
)

// Sender implements inspection.Sender.
type Sender struct{ client *http.Client }

var _ inspection.Sender = (*Sender)(nil)

// errPrivate is why a private address is not called.
var errPrivate = errors.New("the webhook's address is of a private network")

// NewSender returns a sender. private admits this machine and private networks.
func NewSender(private bool) *Sender {
	dialer := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		if private {
			return nil
		}
		host, err := netip.ParseAddrPort(address)
		if err != nil || !inspection.PublicAddress(host.Addr()) {
			return errPrivate
		}
		return nil
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: answerWithin,
		MaxIdleConns: 20, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true}
	// No Proxy: it would resolve the name itself, past the dialer's check.
	return &Sender{&http.Client{Transport: transport, Timeout: answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Send signs and posts the message and returns the status of the answer, a redirect's among them. Its
// errors name no address and repeat nothing of the answer.
func (s *Sender) Send(ctx context.Context, m inspection.Message) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return 0, errors.New("the webhook's address cannot be read")
	}
	id, timestamp := m.ID, strconv.FormatInt(m.At.Unix(), 10)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "plumbline")
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", timestamp)
	request.Header.Set("webhook-signature", Sign(m.Secret, id, timestamp, m.Body))
	response, err := s.client.Do(request)
	if err != nil {
		return 0, reason(err)
	}
	defer response.Body.Close()
	if _, err := io.CopyN(io.Discard, response.Body, mostAnswer); err != nil && !errors.Is(err, io.EOF) {
		return 0, reason(err)
	}
	return response.StatusCode, nil
}

// Sign returns the signature header of a message: "v1," and the base64 of the HMAC.
func Sign(secret []byte, id, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// reason says what went wrong without what an address or an answer may hold.
func reason(err error) error {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate
	case errors.As(err, &name):
		return errors.New("the webhook's host has no address")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return errors.New("the webhook did not answer in time")
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("the webhook's host refuses the connection")
	case errors.As(err, &certificate):
		return errors.New("the webhook's certificate is not trusted")
	}
	return errors.New("the connection to the webhook failed")
}
