package blob

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// RetentionMode says who may still delete a retained version.
type RetentionMode string

const (
	// Governance lets a privileged account lift a retention: for development.
	Governance RetentionMode = "GOVERNANCE"
	// Compliance lets nobody lift a retention, the account's owner included.
	Compliance RetentionMode = "COMPLIANCE"
)

// Config says where the object store is and how to use it.
type Config struct {
	// Endpoint is the store's URL as the server reaches it, without a path: http://127.0.0.1:7070.
	Endpoint string
	// PublicEndpoint is its URL as clients reach it, for presigned requests; empty if it is the same.
	PublicEndpoint string
	// Region is the region that signatures name; empty for us-east-1.
	Region               string
	Bucket               string
	AccessKey, SecretKey string
	// Retention is the mode of object locks.
	Retention RetentionMode
	// Timeout bounds every exchange with the store, but not the reading of an object's bytes; zero
	// for 10 seconds.
	Timeout time.Duration
}

const (
	defaultRegion  = "us-east-1"
	defaultTimeout = 10 * time.Second
)

// completed returns the configuration with its defaults, or what is wrong with it.
func (c Config) completed() (Config, error) {
	switch {
	case c.Bucket == "":
		return c, errors.New("the bucket has no name")
	case c.AccessKey == "" || c.SecretKey == "":
		return c, errors.New("the access key or the secret key is empty")
	case c.Retention != Governance && c.Retention != Compliance:
		return c, fmt.Errorf("retention mode %q is neither %s nor %s", c.Retention, Governance, Compliance)
	case c.Timeout < 0:
		return c, fmt.Errorf("timeout %s is negative", c.Timeout)
	}
	if c.PublicEndpoint == "" {
		c.PublicEndpoint = c.Endpoint
	}
	if c.Region == "" {
		c.Region = defaultRegion
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	return c, nil
}

// parseEndpoint accepts scheme and host only: the signature covers the path, so a store behind a
// path prefix would refuse every request.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("endpoint %q is not of the form http(s)://host[:port]", u.Redacted())
	}
	return u, nil
}
