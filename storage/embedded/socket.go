package embedded

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// longestSocketFolder leaves room for the socket's own name in the 104 bytes that macOS allows.
const longestSocketFolder = 100 - len("/.s.PGSQL.5432")

// plainPath has none of the characters that mean something in unix_socket_directories.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._@+-]+$`)

// makeSocketFolder makes a private folder beside the data folder, or, if its path is too long for a
// socket, among the temporary files.
func (p *Postgres) makeSocketFolder() error {
	p.socket = p.dataFolder + ".socket"
	if len(p.socket) <= longestSocketFolder && plainPath.MatchString(p.socket) {
		if err := os.Mkdir(p.socket, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return os.Chmod(p.socket, 0o700)
	}
	folder, err := temporarySocketFolder(p.dataFolder)
	p.socket, p.ownSocket = folder, true
	return err
}

// temporarySocketFolder takes its name from the data folder, so that what a killed server left is
// used again. The name can be guessed: a folder that somebody else made under it is not taken.
func temporarySocketFolder(dataFolder string) (string, error) {
	parent := os.TempDir()
	if len(parent) > longestSocketFolder-len("/plumbline-0123456789abcdef") || !plainPath.MatchString(parent) {
		parent = "/tmp"
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%d %s", os.Geteuid(), dataFolder))
	folder := filepath.Join(parent, fmt.Sprintf("plumbline-%x", hash[:8]))
	if err := os.Mkdir(folder, 0o700); err == nil || !errors.Is(err, fs.ErrExist) {
		return folder, err
	}
	if os.Geteuid() == 0 {
		return folder, errors.Join(os.RemoveAll(folder), os.Mkdir(folder, 0o700))
	}
	info, err := os.Lstat(folder)
	if err != nil {
		return "", err
	}
	if ownerOf(info) == os.Geteuid() && info.IsDir() && info.Mode().Perm() == 0o700 {
		return folder, nil
	}
	return os.MkdirTemp(parent, "plumbline-")
}

func (p *Postgres) removeSocketFolder() {
	if p.ownSocket {
		_ = os.RemoveAll(p.socket) // an empty folder among the temporary files harms nobody
	}
}
