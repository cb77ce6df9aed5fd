//go:build unix && !linux

package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// followMake ends the stack when the make that started it is gone.
func followMake(ctx context.Context, getenv func(string) string, stop func(reason error)) {
	if getenv("MAKELEVEL") == "" {
		return
	}
	for parent := os.Getppid(); os.Getppid() == parent; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	stop(fmt.Errorf("make has ended"))
}
