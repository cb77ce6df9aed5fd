package tablet_test

import "syscall"

// dyingWithUs has the kernel kill a child when this process ends, however it ends.
func dyingWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
