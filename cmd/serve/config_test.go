package serve_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plumbline/cmd/serve"
)

const hexKey = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func complete() map[string]string {
	return map[string]string{
		"PLUMBLINE_DATABASE_URL":  "postgres://app:hunter2@db/plumbline",
		"PLUMBLINE_S3_ENDPOINT":   "https://s3.example",
		"PLUMBLINE_S3_BUCKET":     "evidence",
		"PLUMBLINE_S3_ACCESS_KEY": "AKIAEXAMPLE",
		"PLUMBLINE_S3_SECRET_KEY": "s3cret",
		"PLUMBLINE_OIDC_ISSUER":   "https://id.example/realms/opr",
		"PLUMBLINE_OIDC_AUDIENCE": "plumbline",
		"PLUMBLINE_AUDIT_KEY":     hexKey,
		"PLUMBLINE_TOKEN_KEY":     hexKey,
	}
}

func environ(vars map[string]string) []string {
	var list []string
	for name, value := range vars {
		list = append(list, name+"="+value)
	}
	return list
}

func TestCompleteSettingsLoadWithDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := serve.Load(environ(complete()))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != ":8080" || cfg.S3Region != "us-east-1" || cfg.S3Retention != "COMPLIANCE" ||
		cfg.RetentionDays.Duration() != 7*365*24*time.Hour || cfg.LogLevel != slog.LevelInfo ||
		time.Duration(cfg.OperationTimeout) != 30*time.Second || len(cfg.AuditKey.Bytes()) != 32 ||
		cfg.DatabaseURL != "postgres://app:hunter2@db/plumbline" {
		t.Errorf("got %+v", cfg)
	}
}

func TestEveryWrongSettingIsOneLineThatNamesIt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change map[string]string
		want   []string // the beginning of each line
	}{
		{"one missing", map[string]string{"PLUMBLINE_S3_BUCKET": ""}, []string{"PLUMBLINE_S3_BUCKET is not set: Bucket of the evidence"}},
		{"two missing", map[string]string{"PLUMBLINE_S3_BUCKET": "", "PLUMBLINE_OIDC_AUDIENCE": " "},
			[]string{"PLUMBLINE_S3_BUCKET is not set", "PLUMBLINE_OIDC_AUDIENCE is not set"}},
		{"short key", map[string]string{"PLUMBLINE_AUDIT_KEY": "aabb"}, []string{"PLUMBLINE_AUDIT_KEY has 2 bytes; it needs at least 32"}},
		{"key not in hex", map[string]string{"PLUMBLINE_AUDIT_KEY": "swordfish"}, []string{"PLUMBLINE_AUDIT_KEY is not written in hex digits"}},
		{"plain http issuer", map[string]string{"PLUMBLINE_OIDC_ISSUER": "http://id.example"}, []string{"PLUMBLINE_OIDC_ISSUER is wrong: must be an https URL"}},
		{"endpoint without a scheme", map[string]string{"PLUMBLINE_S3_ENDPOINT": "s3.example:9000"}, []string{"PLUMBLINE_S3_ENDPOINT is wrong: is not a URL"}},
		{"endpoint with a path", map[string]string{"PLUMBLINE_S3_ENDPOINT": "https://s3.example/bucket"}, []string{"PLUMBLINE_S3_ENDPOINT is wrong: must name a host only"}},
		{"password in a URL", map[string]string{"PLUMBLINE_S3_ENDPOINT": "https://a:hunter2@s3.example"}, []string{"PLUMBLINE_S3_ENDPOINT is wrong: must not hold"}},
		{"retention mode", map[string]string{"PLUMBLINE_S3_RETENTION": "FOREVER"}, []string{"PLUMBLINE_S3_RETENTION is wrong: must be COMPLIANCE or GOVERNANCE"}},
		{"negative days", map[string]string{"PLUMBLINE_RETENTION_DAYS": "-1"}, []string{"PLUMBLINE_RETENTION_DAYS is wrong: must be a positive number"}},
		{"not a number", map[string]string{"PLUMBLINE_DATABASE_CONNECTIONS": "many"}, []string{"PLUMBLINE_DATABASE_CONNECTIONS is wrong: "}},
		{"not a duration", map[string]string{"PLUMBLINE_OPERATION_TIMEOUT": "30"}, []string{"PLUMBLINE_OPERATION_TIMEOUT is wrong: must be a length of time"}},
		{"not a level", map[string]string{"PLUMBLINE_LOG_LEVEL": "loud"}, []string{"PLUMBLINE_LOG_LEVEL is wrong: "}},
		{"certificate without a key", map[string]string{"PLUMBLINE_TLS_CERT": "/a.pem"}, []string{"PLUMBLINE_TLS_CERT and PLUMBLINE_TLS_KEY go together"}},
		{"address", map[string]string{"PLUMBLINE_ADDR": "8080"}, []string{"PLUMBLINE_ADDR is wrong: it must be host:port"}},
		{"private vault key", map[string]string{"PLUMBLINE_VAULT_KEY": "-----BEGIN PRIVATE KEY-----\nc3dvcmRmaXNo\n-----END PRIVATE KEY-----"}, []string{"PLUMBLINE_VAULT_KEY is wrong: holds a private key"}},
		{"no vault key", map[string]string{"PLUMBLINE_VAULT_KEY": "swordfish"}, []string{"PLUMBLINE_VAULT_KEY is wrong: is not one or more public keys in PEM"}},
		{"secret twice", map[string]string{"PLUMBLINE_S3_SECRET_KEY_FILE": "/run/secret"}, []string{"PLUMBLINE_S3_SECRET_KEY and PLUMBLINE_S3_SECRET_KEY_FILE are both set"}},
		{"no such file", map[string]string{"PLUMBLINE_DATABASE_URL": "", "PLUMBLINE_DATABASE_URL_FILE": "/no/such/file"}, []string{"PLUMBLINE_DATABASE_URL_FILE cannot be read"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vars := complete()
			for name, value := range tt.change {
				vars[name] = value
			}
			_, err := serve.Load(environ(vars))
			if err == nil {
				t.Fatal("accepted")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got %d lines, want %d:\n%s", len(lines), len(tt.want), err)
			}
			for i, line := range lines {
				if !strings.HasPrefix(line, tt.want[i]) {
					t.Errorf("line %d is %q, want %q", i, line, tt.want[i])
				}
			}
			for _, secret := range []string{"hunter2", "s3cret", "swordfish"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("a secret is repeated: %s", err)
				}
			}
		})
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(hexKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	vars := complete()
	delete(vars, "PLUMBLINE_AUDIT_KEY")
	vars["PLUMBLINE_AUDIT_KEY_FILE"] = path
	cfg, err := serve.Load(environ(vars))
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.AuditKey.Bytes()) != 32 {
		t.Error("the key was not read")
	}
}

func TestSecretsDoNotShow(t *testing.T) {
	t.Parallel()
	cfg, err := serve.Load(environ(complete()))
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", cfg, "url", cfg.DatabaseURL, "key", cfg.AuditKey)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "config", cfg)
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	everything := logged.String() + fmt.Sprint(cfg) + fmt.Sprintf("%+v %#v %s", cfg, cfg, cfg.DatabaseURL) + string(asJSON)
	for _, secret := range []string{"hunter2", "AKIAEXAMPLE", "s3cret", hexKey, "0011223344", "17 34 51"} {
		if strings.Contains(everything, secret) {
			t.Errorf("%s shows in %s", secret, everything)
		}
	}
}

func TestTableNamesEverySetting(t *testing.T) {
	t.Parallel()
	table := serve.Table()
	config := reflect.TypeFor[serve.Config]()
	for i := range config.NumField() {
		tag := config.Field(i).Tag
		name, _, _ := strings.Cut(tag.Get("env"), ",")
		if !strings.HasPrefix(name, "PLUMBLINE_") || tag.Get("doc") == "" {
			t.Errorf("%s has no variable or no description", config.Field(i).Name)
		}
		if !strings.Contains(table, "| `"+name+"` |") {
			t.Errorf("%s is not in the table", name)
		}
	}
	if diff := cmp.Diff(config.NumField()+2, strings.Count(table, "\n")); diff != "" {
		t.Error(diff)
	}
}
