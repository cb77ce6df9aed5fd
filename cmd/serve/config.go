package serve

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"plumbline/inspection"
	"plumbline/storage/blob"
)

// Config is everything the server is told by its environment. The tag doc says, in the manual's
// words, what a setting means; Table prints it.
type Config struct {
	Addr    string `env:"PLUMBLINE_ADDR" envDefault:":8080" doc:"Address to listen on, host:port"`
	TLSCert string `env:"PLUMBLINE_TLS_CERT" doc:"Certificate chain, a PEM file; without it the server speaks plain HTTP, for a proxy in front that ends TLS"`
	TLSKey  string `env:"PLUMBLINE_TLS_KEY" doc:"Private key of the certificate, a PEM file"`

	DatabaseURL   Secret `env:"PLUMBLINE_DATABASE_URL,required" doc:"PostgreSQL, as the application role: neither superuser nor BYPASSRLS nor owner of the tables"`
	DatabaseConns int32  `env:"PLUMBLINE_DATABASE_CONNECTIONS" envDefault:"20" doc:"Largest number of database connections of one server process"`
	ListenURL     Secret `env:"PLUMBLINE_LISTEN_DATABASE_URL" doc:"The same database past a pooler, and the primary: there the change feed holds one more connection, which listens; without it PLUMBLINE_DATABASE_URL"`

	S3Endpoint       Endpoint      `env:"PLUMBLINE_S3_ENDPOINT,required" doc:"Object store as the server reaches it: https://host[:port]"`
	S3PublicEndpoint Endpoint      `env:"PLUMBLINE_S3_PUBLIC_ENDPOINT" doc:"Object store as tablets and browsers reach it, where that differs"`
	S3Region         string        `env:"PLUMBLINE_S3_REGION" envDefault:"us-east-1" doc:"Region that signatures name"`
	S3Bucket         string        `env:"PLUMBLINE_S3_BUCKET,required" doc:"Bucket of the evidence, versioned and with object lock"`
	S3AccessKey      Secret        `env:"PLUMBLINE_S3_ACCESS_KEY,required" doc:"Access key of the object store"`
	S3SecretKey      Secret        `env:"PLUMBLINE_S3_SECRET_KEY,required" doc:"Secret key of the object store"`
	S3Retention      RetentionMode `env:"PLUMBLINE_S3_RETENTION" envDefault:"COMPLIANCE" doc:"Object lock mode: COMPLIANCE, which nobody can lift, or GOVERNANCE"`

	OIDCIssuer             Issuer `env:"PLUMBLINE_OIDC_ISSUER,required" doc:"Issuer of the users' tokens, exactly as its tokens name it; https, or http on this machine"`
	OIDCAudience           string `env:"PLUMBLINE_OIDC_AUDIENCE,required" doc:"Audience that tokens for this server name"`
	OIDCTrustUnstatedEmail bool   `env:"PLUMBLINE_OIDC_TRUST_UNSTATED_EMAIL" envDefault:"false" doc:"Accept tokens that do not say whether their email address is verified; only for an issuer that owns its people's mailboxes"`

	AuditKey Key `env:"PLUMBLINE_AUDIT_KEY,required" doc:"Key of the audit log's chains: at least 64 hex digits, kept apart from the database and never changed"`

	TokenKey         Key       `env:"PLUMBLINE_TOKEN_KEY,required" doc:"Key of the tokens that tablets get: at least 64 hex digits, the same for every server process. With another one each tablet asks for a new token, and nothing is lost"`
	DeviceSignInDays Days      `env:"PLUMBLINE_DEVICE_SIGN_IN_DAYS" envDefault:"30" doc:"Days after a sign-in at the issuer during which the user's tablets get tokens"`
	VaultKey         VaultKeys `env:"PLUMBLINE_VAULT_KEY" doc:"Public key of P-256 in PEM to which tablets seal interview notes; earlier keys may follow it, whose notes are still taken. Without it no interview notes are taken. Never the private key, which belongs to whoever may open them"`

	FirstRetentionDays Days `env:"PLUMBLINE_FIRST_RETENTION_DAYS" envDefault:"30" doc:"Days that a verified original is locked before its inspection is issued"`
	RetentionDays      Days `env:"PLUMBLINE_RETENTION_DAYS" envDefault:"2555" doc:"Days that the originals of an issued inspection are locked"`

	ActionAbatementHours    Count `env:"PLUMBLINE_ACTION_ABATEMENT_HOURS" envDefault:"24" doc:"Hours from its capture within which an immediate threat must end"`
	ActionPlanDays          Days  `env:"PLUMBLINE_ACTION_PLAN_DAYS" envDefault:"30" doc:"Days from the issue until a facility's plan for a deficiency is due; for actions that are opened from now on, as are the next two"`
	ActionProofDays         Days  `env:"PLUMBLINE_ACTION_PROOF_DAYS" envDefault:"60" doc:"Days from the issue until proof of a correction is due"`
	ActionPriorityProofDays Days  `env:"PLUMBLINE_ACTION_PRIORITY_PROOF_DAYS" envDefault:"30" doc:"The same for a priority or a repeat"`

	Jobs            bool `env:"PLUMBLINE_JOBS" envDefault:"true" doc:"Work background jobs in this process: due dates, waivers that run out, webhooks. At least one process must"`
	PrivateWebhooks bool `env:"PLUMBLINE_PRIVATE_WEBHOOKS" envDefault:"false" doc:"Let webhooks be addresses of this machine, by http too, and of private networks"`

	MaxBody          Count    `env:"PLUMBLINE_MAX_BODY" envDefault:"4194304" doc:"Largest request body of the API, in bytes"`
	MaxCost          Count    `env:"PLUMBLINE_MAX_COST" envDefault:"100000" doc:"Largest estimated number of fields in one response of the API"`
	OperationTimeout Duration `env:"PLUMBLINE_OPERATION_TIMEOUT" envDefault:"30s" doc:"Longest that one operation of the API may run"`
	FeedPoll         Duration `env:"PLUMBLINE_FEED_POLL" envDefault:"5s" doc:"How often to look for changes whose notification was lost; subscribers learn of those as late"`
	StreamKeepAlive  Duration `env:"PLUMBLINE_STREAM_KEEPALIVE" envDefault:"25s" doc:"How often a sign of life goes over a socket or an event stream; shorter than any proxy's patience"`
	MaxStreams       Count    `env:"PLUMBLINE_MAX_STREAMS" envDefault:"2000" doc:"Most sockets and event streams of one server process"`
	MaxUserStreams   Count    `env:"PLUMBLINE_MAX_USER_STREAMS" envDefault:"40" doc:"Most sockets and event streams of one user in one server process"`
	Origins          []string `env:"PLUMBLINE_ORIGINS" doc:"Hosts of other pages that may open sockets, between commas, like tablet.example; this server's own pages may, and what is no browser"`
	ShutdownTimeout  Duration `env:"PLUMBLINE_SHUTDOWN_TIMEOUT" envDefault:"20s" doc:"Longest that running requests may take to finish when the server is told to stop"`

	LogLevel slog.Level `env:"PLUMBLINE_LOG_LEVEL" envDefault:"INFO" doc:"Least important messages to log: DEBUG, INFO, WARN or ERROR"`
}

// Secret is a setting that never shows: printed or logged it reads "***". Each can also be given as
// the path of a file that holds it, in the variable of the same name with _FILE added.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Key is a secret of bytes, written in hex.
type Key struct{ bytes []byte }

// minKey is the shortest key, in bytes: that of the HMAC's hash.
const minKey = 32

// NewKey reads a key from hex digits.
func NewKey(digits string) (Key, error) {
	var k Key
	return k, k.UnmarshalText([]byte(digits))
}

// UnmarshalText reads the key from at least 64 hex digits. Its errors do not repeat the text.
func (k *Key) UnmarshalText(digits []byte) error {
	b, err := hex.DecodeString(string(digits))
	if err != nil {
		return errors.New("is not written in hex digits")
	}
	if len(b) < minKey {
		return fmt.Errorf("has %d bytes; it needs at least %d (%d hex digits)", len(b), minKey, 2*minKey)
	}
	k.bytes = b
	return nil
}

// Bytes returns the key itself.
func (k Key) Bytes() []byte { return k.bytes }

// String hides the key.
func (k Key) String() string { return Secret(k.bytes).String() }

// GoString hides the key from %#v.
func (k Key) GoString() string { return k.String() }

// LogValue hides the key from logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// VaultKeys are the public keys to which interview notes are sealed, the present one first.
type VaultKeys struct{ keys []inspection.VaultKey }

// UnmarshalText reads public keys of P-256 in PEM, and refuses private ones.
func (v *VaultKeys) UnmarshalText(text []byte) error {
	keys, err := inspection.ReadVaultKeys(text)
	v.keys = keys
	return err
}

// Endpoint is the URL of a service, without a path.
type Endpoint string

// UnmarshalText accepts http and https URLs of a host alone.
func (e *Endpoint) UnmarshalText(text []byte) error {
	u, err := httpURL(string(text))
	if err != nil {
		return err
	}
	if (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must name a host only, without a path: https://host[:port]")
	}
	*e = Endpoint(u.Scheme + "://" + u.Host)
	return nil
}

// Issuer is the URL of an OpenID Connect issuer.
type Issuer string

// UnmarshalText accepts https URLs, and http ones on this machine: keys fetched over a plain network
// could be anyone's.
func (i *Issuer) UnmarshalText(text []byte) error {
	u, err := httpURL(string(text))
	if err != nil {
		return err
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return errors.New("must be an https URL")
	}
	*i = Issuer(text)
	return nil
}

func httpURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return nil, errors.New("is not a URL like https://host")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password")
	}
	return u, nil
}

// RetentionMode is the object store's lock mode.
type RetentionMode blob.RetentionMode

// UnmarshalText accepts GOVERNANCE and COMPLIANCE.
func (m *RetentionMode) UnmarshalText(text []byte) error {
	switch mode := blob.RetentionMode(text); mode {
	case blob.Governance, blob.Compliance:
		*m = RetentionMode(mode)
		return nil
	}
	return errors.New("must be COMPLIANCE or GOVERNANCE")
}

// Days is a positive number of days.
type Days int

// UnmarshalText reads a positive number.
func (d *Days) UnmarshalText(text []byte) error { return positive(text, (*int)(d)) }

// Duration returns the days as hours.
func (d Days) Duration() time.Duration { return time.Duration(d) * 24 * time.Hour }

// Count is a positive number.
type Count int

// UnmarshalText reads a positive number.
func (c *Count) UnmarshalText(text []byte) error { return positive(text, (*int)(c)) }

// Duration is a positive length of time, written like 30s or 5m.
type Duration time.Duration

// UnmarshalText reads a positive duration.
func (d *Duration) UnmarshalText(text []byte) error {
	length, err := time.ParseDuration(string(text))
	if err != nil || length <= 0 {
		return errors.New("must be a length of time like 30s or 5m")
	}
	*d = Duration(length)
	return nil
}
