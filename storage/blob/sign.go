package blob

import (
	"context"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/minio/minio-go/v7/pkg/s3utils"

	"plumbline/inspection"
)

// checksumHeader carries an object's SHA-256 in Base64. AWS demands a checksum on every upload to a
// bucket with object lock.
const checksumHeader = "X-Amz-Checksum-Sha256"

// PresignPut signs an upload; see inspection.Blobs.
func (s *Store) PresignPut(ctx context.Context, put inspection.PutRequest, expires time.Duration) (inspection.SignedRequest, error) {
	signed, err := s.presignPut(ctx, put, expires)
	if err != nil {
		return inspection.SignedRequest{}, fmt.Errorf("blob: presign put %q: %w", put.Key, err)
	}
	return signed, nil
}

func (s *Store) presignPut(ctx context.Context, put inspection.PutRequest, expires time.Duration) (inspection.SignedRequest, error) {
	if put.Size < 0 {
		return inspection.SignedRequest{}, fmt.Errorf("size %d is negative", put.Size)
	}
	if put.MediaType == "" {
		return inspection.SignedRequest{}, errNoMediaType
	}
	header := http.Header{}
	header.Set(checksumHeader, base64.StdEncoding.EncodeToString(put.SHA256[:]))
	header.Set("Content-Length", strconv.FormatInt(put.Size, 10))
	header.Set("Content-Type", string(put.MediaType))
	header.Set("If-None-Match", "*")
	return s.presign(ctx, http.MethodPut, put.Key, expires, nil, header)
}

// PresignGet signs a download; see inspection.Blobs.
func (s *Store) PresignGet(ctx context.Context, get inspection.GetRequest, expires time.Duration) (inspection.SignedRequest, error) {
	signed, err := s.presignGet(ctx, get, expires)
	if err != nil {
		return inspection.SignedRequest{}, fmt.Errorf("blob: presign get %q: %w", get.Key, err)
	}
	return signed, nil
}

func (s *Store) presignGet(ctx context.Context, get inspection.GetRequest, expires time.Duration) (inspection.SignedRequest, error) {
	if get.Version == "" {
		return inspection.SignedRequest{}, errNoVersion
	}
	if get.MediaType == "" {
		return inspection.SignedRequest{}, errNoMediaType
	}
	query := url.Values{}
	query.Set("versionId", get.Version)
	// An original is untrusted input: it is saved, never shown in the store's own origin, and no
	// cache on the way keeps it.
	query.Set("response-content-disposition", attachment(get.FileName))
	query.Set("response-content-type", string(get.MediaType))
	query.Set("response-cache-control", "private, no-store")
	return s.presign(ctx, http.MethodGet, get.Key, expires, query, nil)
}

func (s *Store) presign(ctx context.Context, method, key string, expires time.Duration, query url.Values, header http.Header) (inspection.SignedRequest, error) {
	if err := s3utils.CheckValidObjectName(key); err != nil {
		return inspection.SignedRequest{}, err
	}
	if strings.HasPrefix(key, "/") {
		return inspection.SignedRequest{}, errKeySlash
	}
	signed, err := s.signer.PresignHeader(ctx, method, s.config.Bucket, key, expires, query, header)
	if err != nil {
		return inspection.SignedRequest{}, err
	}
	until, err := expiry(signed)
	if err != nil {
		return inspection.SignedRequest{}, err
	}
	return inspection.SignedRequest{Method: method, URL: signed.String(), Header: header, ExpiresAt: until}, nil
}

// expiry reads from a presigned URL when the store stops to accept it.
func expiry(signed *url.URL) (time.Time, error) {
	query := signed.Query()
	at, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	if err != nil {
		return time.Time{}, fmt.Errorf("signed without a date: %w", err)
	}
	seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil {
		return time.Time{}, fmt.Errorf("signed without an expiry: %w", err)
	}
	return at.Add(time.Duration(seconds) * time.Second), nil
}

// attachment returns a Content-Disposition under which any text is a harmless file name.
func attachment(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r == '/', r == '\\', r == unicode.ReplacementChar, unicode.IsControl(r), unicode.In(r, unicode.Cf):
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if strings.Trim(safe, ". _") == "" {
		safe = "evidence"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": safe})
}

// checksum decodes the SHA-256 that the store reports. A composite checksum of a multipart upload,
// which is not the SHA-256 of the object, counts as none.
func checksum(text string) (*[32]byte, error) {
	if text == "" || strings.Contains(text, "-") {
		return nil, nil
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("the store reports %q as a SHA-256", text)
	}
	return (*[32]byte)(raw), nil
}
