// Package stack describes a running development stack: where its database, object store and issuer
// are. The stack writes the description into its data folder, and the commands that have no
// database named to them read it there.
package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// DefaultFolder is the data folder if PLUMBLINE_DATA does not name one.
const DefaultFolder = ".plumbline"

// fileName is the description's file in the data folder, readable by its owner only.
const fileName = "stack.json"

// Stack is a running development stack. It holds secrets.
type Stack struct {
	// PID is the process that runs the stack and ends with it.
	PID int `json:"pid"`
	// URL is where the server answers, without a path: http://localhost:8080.
	URL string `json:"url"`
	// DatabaseURL is for the server's role, which owns nothing; MigrateDatabaseURL for the owner's.
	DatabaseURL        string `json:"databaseUrl"`
	MigrateDatabaseURL string `json:"migrateDatabaseUrl"`
	S3                 S3     `json:"s3"`
	Issuer             Issuer `json:"issuer"`
	// AuditKey is the hex key of the audit log's chains.
	AuditKey string `json:"auditKey"`
	// TokenKey is the hex key of the tokens that devices get.
	TokenKey string `json:"tokenKey"`
	// VaultKey is the public key, in PEM, to which interview notes are sealed.
	VaultKey string `json:"vaultKey"`
}

// S3 is the object store of a stack.
type S3 struct {
	Endpoint  string `json:"endpoint"` // a URL without a path
	Region    string `json:"region"`
	Bucket    string `json:"bucket"`
	AccessKey string `json:"accessKey"`
	SecretKey string `json:"secretKey"`
}

// Issuer is the development issuer of a stack.
type Issuer struct {
	// URL is the issuer as tokens name it; its discovery document lies below.
	URL string `json:"url"`
	// Audience is what its tokens are for.
	Audience string `json:"audience"`
}

// ErrNotRunning: the data folder has no running stack.
var ErrNotRunning = errors.New("no development stack runs on this folder: start one with make run, or set PLUMBLINE_DATA to the folder of the one that runs")

// Folder is the data folder that the environment names, as an absolute path.
func Folder(getenv func(string) string) (string, error) {
	folder := getenv("PLUMBLINE_DATA")
	if folder == "" {
		folder = DefaultFolder
	}
	path, err := filepath.Abs(folder)
	if err != nil {
		return "", fmt.Errorf("stack: PLUMBLINE_DATA: %w", err)
	}
	return path, nil
}

// Read returns the stack that runs on a data folder. The error wraps ErrNotRunning if there is none.
func Read(folder string) (Stack, error) {
	s, err := Last(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return Stack{}, fmt.Errorf("stack: %s: %w", folder, ErrNotRunning)
	}
	if err != nil {
		return Stack{}, err
	}
	if err := syscall.Kill(s.PID, 0); errors.Is(err, syscall.ESRCH) {
		return Stack{}, fmt.Errorf("stack: %s: %w", folder, ErrNotRunning)
	}
	return s, nil
}

// Last returns the stack that ran last on a data folder, whether or not it still does. The error
// wraps fs.ErrNotExist if there was none.
func Last(folder string) (Stack, error) {
	content, err := os.ReadFile(filepath.Join(folder, fileName))
	if err != nil {
		return Stack{}, fmt.Errorf("stack: %w", err)
	}
	var s Stack
	if err := json.Unmarshal(content, &s); err != nil {
		return Stack{}, fmt.Errorf("stack: %s: %w", filepath.Join(folder, fileName), err)
	}
	return s, nil
}

// Write puts the description into the data folder, readable by its owner only. A reader sees the
// old one or the new one, never a part.
func (s Stack) Write(folder string) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	path := filepath.Join(folder, fileName)
	draft := path + ".new"
	if err := os.WriteFile(draft, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	return nil
}
