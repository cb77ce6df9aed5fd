package blob

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"

	"plumbline/inspection"
)

var (
	errTimeout      = errors.New("no answer in time")
	errNoBucket     = errors.New("the bucket does not exist")
	errNotVersioned = errors.New("the bucket is not versioned")
	errNoLock       = errors.New("the bucket has no object lock")
	errNoVersion    = errors.New("no version is named")
	errNoMediaType  = errors.New("no media type is named")
	errKeySlash     = errors.New("the key begins with a slash")
)

// failed names what was tried and classifies why it failed, for callers that can try again later
// or that must know that there is nothing.
func failed(what, name string, err error, ctx context.Context) error {
	switch {
	case isMissing(err):
		return fmt.Errorf("blob: %s %q: %w", what, name, inspection.ErrNoBlob)
	case isDown(err, ctx):
		return fmt.Errorf("blob: %s %q: %w: %w", what, name, inspection.ErrBlobsDown, err)
	}
	return fmt.Errorf("blob: %s %q: %w", what, name, err)
}

func codeOf(err error) string { return minio.ToErrorResponse(err).Code }

// isMissing holds for an absent key or version, and for one that was deleted (a delete marker).
func isMissing(err error) bool {
	switch codeOf(err) {
	case minio.NoSuchKey, minio.NoSuchVersion, minio.MethodNotAllowed:
		return true
	}
	return false
}

// isDown holds if the store did not answer, or answered that it cannot now. It does not hold if it
// was the caller who gave up, or if the store's certificate is wrong.
func isDown(err error, ctx context.Context) bool {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return true
	}
	if ctx.Err() != nil {
		return false
	}
	switch status := minio.ToErrorResponse(err).StatusCode; {
	case status == http.StatusNotImplemented:
		return false
	case status >= http.StatusInternalServerError, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return true
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return false
	}
	var network net.Error
	var request *url.Error
	return errors.As(err, &network) || errors.As(err, &request) || errors.Is(err, io.ErrUnexpectedEOF)
}
