package device

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/inspection"
)

const (
	// mostBody is the largest request, in bytes; real ones have under two thousand.
	mostBody = 16 << 10
	// perAddress is for an office or a proxy whose tablets have one address: each asks twice in 15 minutes.
	perAddress = 600
	// codesPerAddress bounds attempts at codes of 50 bits.
	codesPerAddress = 60
	// perDevice is a token every few seconds, for one that keeps starting anew.
	perDevice = 120
)

const (
	codeBadRequest = "BAD_REQUEST"
	codeLimit      = "LIMIT_EXCEEDED"
	codeTooMany    = "TOO_MANY_REQUESTS"
	codeAssertion  = "ASSERTION_REFUSED"
	codeProof      = "PROOF_REFUSED"
)

// Door answers at /device/register, /device/challenge and /device/token.
type Door struct {
	service *inspection.Service
	tokens  *auth.Tokens
	log     *slog.Logger
	now     func() time.Time

	addresses, codes, devices *rate
}

// NewDoor returns the door. Nil for now means time.Now.
func NewDoor(service *inspection.Service, tokens *auth.Tokens, log *slog.Logger, now func() time.Time) *Door {
	if now == nil {
		now = time.Now
	}
	return &Door{service: service, tokens: tokens, log: log, now: now,
		addresses: newRate(perAddress, time.Minute, now),
		codes:     newRate(codesPerAddress, time.Minute, now),
		devices:   newRate(perDevice, auth.TokenLifetime, now)}
}

// ServeHTTP answers a POST at one of the three addresses.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answers := map[string]func(http.ResponseWriter, *http.Request){
		"/device/register": d.register, "/device/challenge": d.challenge, "/device/token": d.token}
	answer, known := answers[r.URL.Path]
	switch {
	case !known:
		edge.Refuse(w, r, http.StatusNotFound, string(inspection.NotFound), "devices ask at /device/register, /device/challenge and /device/token")
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		edge.Refuse(w, r, http.StatusMethodNotAllowed, codeBadRequest, "use POST")
	case d.within(w, r, d.addresses, addressOf(r)):
		answer(w, r)
	}
}

// within refuses a caller who asks too often.
func (d *Door) within(w http.ResponseWriter, r *http.Request, limit *rate, caller string) bool {
	wait, ok := limit.allow(caller)
	if !ok {
		seconds := int(wait/time.Second) + 1
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		edge.Refuse(w, r, http.StatusTooManyRequests, codeTooMany, fmt.Sprintf("too many requests; try again in %d seconds", seconds))
	}
	return ok
}

// read reads the request's JSON object into value, or answers the request.
func read(w http.ResponseWriter, r *http.Request, value any) bool {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		edge.Refuse(w, r, http.StatusUnsupportedMediaType, codeBadRequest, "send the header Content-Type: application/json")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		edge.Refuse(w, r, http.StatusRequestEntityTooLarge, codeLimit, fmt.Sprintf("the request body is over the limit of %d bytes", mostBody))
		return false
	}
	if err == nil {
		err = json.Unmarshal(body, value)
	}
	if err != nil {
		edge.Refuse(w, r, http.StatusBadRequest, codeBadRequest, "the request body is not the JSON object that this address takes")
		return false
	}
	return true
}

// write answers with a JSON object.
func write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(value) // a caller that has gone away is no fault of ours
}

// statuses are the HTTP statuses of the refusals of package inspection; others are 400.
var statuses = map[inspection.Code]int{
	inspection.CodeRefused: http.StatusForbidden, inspection.Forbidden: http.StatusForbidden, inspection.DeviceRevoked: http.StatusForbidden,
	inspection.UserInactive: http.StatusForbidden, inspection.SignInRequired: http.StatusForbidden, inspection.ChallengeRefused: http.StatusUnauthorized,
	inspection.KeyTaken: http.StatusConflict, inspection.Conflict: http.StatusConflict, inspection.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers with what the domain refuses; a fault is logged and may pass.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	problems := inspection.ProblemsOf(err)
	if problems == nil {
		d.log.ErrorContext(r.Context(), "device request", "path", r.URL.Path, "error", err)
		w.Header().Set("Retry-After", "10")
		edge.Refuse(w, r, http.StatusServiceUnavailable, string(inspection.Unavailable), "this cannot be done now; try again")
		return
	}
	first := problems[0]
	status, known := statuses[first.Code]
	if !known {
		status = http.StatusBadRequest
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	d.log.InfoContext(r.Context(), "device refused", "path", r.URL.Path, "code", string(first.Code))
	edge.Refuse(w, r, status, string(first.Code), first.Message)
}

// unbase64 reads base64, in the usual alphabet or that of URLs, padded or not.
func unbase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	return base64.RawStdEncoding.Strict().DecodeString(text)
}
