package main

import (
	"fmt"
	"runtime/debug"
)

// version is the build's version and commit, as the Go toolchain recorded them.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "plumbline (built without version information)"
	}
	commit := ""
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			commit = " " + s.Value
		}
	}
	return fmt.Sprintf("plumbline %s%s %s", build.Main.Version, commit, build.GoVersion)
}
