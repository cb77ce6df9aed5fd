//go:build unix && !linux

package tablet_test

import "syscall"

// dyingWithUs would have the kernel kill a child with its parent; here it cannot, and a test binary that
// is killed leaves its servers behind.
func dyingWithUs() *syscall.SysProcAttr { return nil }
