//go:build unix && !linux

package main

// liftFlags has nothing to lift: nothing here sets flags.
func liftFlags(string) {}
