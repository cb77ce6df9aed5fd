package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// account is what PostgreSQL runs under; the zero value is our own. PostgreSQL refuses root, so
// root drops to another user and keeps for it the one capability of looking into folders that are
// closed to it. Where that is not possible, a user namespace makes root look like nobody.
type account struct {
	drop      bool // run as uid and gid
	uid, gid  int
	search    bool // with CAP_DAC_READ_SEARCH
	namespace bool // in a user namespace in which we are nobody
}

// nobody is the uid (and gid) that a user namespace shows us as: initdb wants an account that the
// password file knows.
const nobody = 65534

// postgresAccount chooses the account. A data folder that exists keeps its owner, so that root and
// the user it belongs to can take turns.
func postgresAccount(binFolder, dataFolder, socketFolder string) (account, error) {
	if os.Geteuid() != 0 {
		return ownAccount()
	}
	uid, gid, err := unprivileged(dataFolder)
	if err != nil {
		return account{}, err
	}
	dropped := account{drop: true, uid: uid, gid: gid, search: permitted(unix.CAP_DAC_READ_SEARCH)}
	// The capability opens the data, but not the programs: they look for each other with access(2),
	// which for anybody but root goes by the permissions alone.
	closed := []string{filepath.Join(binFolder, "postgres")}
	if !dropped.search {
		closed = append(closed, dataFolder, socketFolder)
	}
	for _, path := range closed {
		if !reachable(path) {
			return account{namespace: true}, nil
		}
	}
	return dropped, nil
}

// ownAccount is us, behind a namespace if the password file does not know us.
func ownAccount() (account, error) {
	_, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	var unknown user.UnknownUserIdError
	if errors.As(err, &unknown) {
		return account{namespace: true}, nil
	}
	if err != nil {
		return account{}, fmt.Errorf("who is user %d: %w", os.Geteuid(), err)
	}
	return account{}, nil
}

// unprivileged returns the owner of the data folder if that is not root, else postgres, else nobody.
func unprivileged(dataDir string) (uid, gid int, err error) {
	info, err := os.Stat(dataDir)
	if err == nil && ownerOf(info) != 0 {
		stat := info.Sys().(*syscall.Stat_t)
		return int(stat.Uid), int(stat.Gid), nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		if uid, err = strconv.Atoi(found.Uid); err != nil {
			return 0, 0, err
		}
		if gid, err = strconv.Atoi(found.Gid); err != nil {
			return 0, 0, err
		}
		return uid, gid, nil
	}
	return 0, 0, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// permitted says whether we may pass the capability on.
func permitted(capability uintptr) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[capability/32].Permitted&(1<<(capability%32)) != 0
}

// reachable says whether everybody may walk to the path, as far as it exists.
func reachable(path string) bool {
	for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
		info, err := os.Stat(folder)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false
		}
		if folder == filepath.Dir(folder) {
			return true
		}
	}
}

// own gives a folder and all in it to the account.
func (a account) own(folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid := a.uid, a.gid
	if a.namespace {
		uid, gid = 0, 0
	}
	return filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// attributes starts a child under the account, in a process group of its own (Ctrl-C is for us, who
// then stop the children in order), with a signal for the day we die.
func attributes(who account, death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
	if who.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}
	}
	if who.search {
		attr.AmbientCaps = []uintptr{unix.CAP_DAC_READ_SEARCH}
	}
	if who.namespace {
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// explain adds what to do to the kernel's terse refusal of a user namespace.
func (a account) explain(err error) error {
	if a.namespace && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC)) {
		return fmt.Errorf("%w (user namespaces are not allowed here: run this as an ordinary user,"+
			" or with the data and the PostgreSQL binaries in folders that others may enter)", err)
	}
	return err
}

// guard has nothing to do: the kernel sends the death signal.
func guard(int) (release func(), err error) { return func() {}, nil }

// runsPostgres says whether the process is the PostgreSQL of the data folder, which it makes its
// working folder.
func runsPostgres(pid int, dataDir string) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return false
	}
	real, err := filepath.EvalSymlinks(dataDir)
	return err == nil && strings.TrimSuffix(cwd, " (deleted)") == real
}
