package embedded

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the uid that a file belongs to.
func ownerOf(info fs.FileInfo) int {
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
