package inspection

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// Blobs is the object store as the domain needs it: bytes go straight between client and store, and
// the server only signs, looks and locks. Keys are any UTF-8 text without a leading slash; times are
// UTC.
//
// An error wraps ErrNoBlob if the object (or the version) does not exist, ErrBlobsDown if the store
// cannot be reached or cannot answer now; every other error is a fault of the configuration or of
// the request, and trying again does not help.
type Blobs interface {
	// PresignPut returns how a client stores one original, once: the store refuses other bytes than
	// the declared ones (400), a missing or changed header (403), an object that exists already (412)
	// and any request after expires. It asks nothing of the store and works while the store is down.
	PresignPut(ctx context.Context, put PutRequest, expires time.Duration) (SignedRequest, error)
	// PresignGet returns how a client fetches exactly one version, as a download under a file name.
	// Like PresignPut it asks nothing of the store.
	PresignGet(ctx context.Context, get GetRequest, expires time.Duration) (SignedRequest, error)
	// Stat says what is stored under the key: the named version, or the newest if version is empty.
	Stat(ctx context.Context, key, version string) (BlobInfo, error)
	// Open reads the named version, or the newest if version is empty. The caller closes it; ending
	// ctx ends the reading.
	Open(ctx context.Context, key, version string) (io.ReadCloser, error)
	// Retain locks the version against deletion until the given time at least. It only ever
	// lengthens: a longer or stronger lock stays, and repeating a call changes nothing.
	Retain(ctx context.Context, key, version string, until time.Time) error
}

var (
	// ErrNoBlob: there is no such object in the store.
	ErrNoBlob = errors.New("no such object")
	// ErrBlobsDown: the store cannot be reached or cannot answer now. The same call may succeed later.
	ErrBlobsDown = errors.New("the object store is not available")
)

// PutRequest describes the one object that a presigned PUT may store.
type PutRequest struct {
	Key       string
	SHA256    [32]byte
	Size      int64 // in bytes
	MediaType MediaType
}

// GetRequest describes the one object version that a presigned GET returns.
type GetRequest struct {
	Key     string
	Version string
	// FileName is what the download is called; any text, made safe by the store.
	FileName  string
	MediaType MediaType
}

// SignedRequest is a request that anyone holding it may send, until it expires.
type SignedRequest struct {
	Method string
	URL    string
	// Header is signed too: the client sends exactly these values. Content-Length is among them; a
	// browser sets it by itself.
	Header http.Header
	// ExpiresAt is when the store stops to accept the request.
	ExpiresAt time.Time
}

// BlobInfo is what the store says of an object.
type BlobInfo struct {
	Size int64 // in bytes
	// SHA256 is the checksum that the store verified when it took the object; nil if it has none.
	SHA256     *[32]byte
	MediaType  MediaType // as sent by the client, not sniffed
	Version    string
	ModifiedAt time.Time
}
