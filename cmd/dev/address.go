package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"

	"plumbline/cmd/stack"
)

// Ports of the stack's own, below those that systems lend to outgoing connections (from 32768 on Linux,
// from 49152 elsewhere): one of these is likely free still when the stack starts again.
const (
	firstPort = 20000
	ports     = 12000
)

// ownAddr is where one of the stack's servers listens: the host:port of one of the last stack's URLs if
// that is free now, else another, or empty for any. A browser with an open page, and the tokens it holds, outlast a restart
// that way.
func ownAddr(folder *dataFolder, of func(stack.Stack) string) string {
	last, err := stack.Last(folder.path)
	if err != nil {
		return newAddr() // the first start, or a damaged file that will be written anew
	}
	address, err := url.Parse(of(last))
	if err != nil || address.Host == "" || !free(address.Host) {
		return newAddr()
	}
	return address.Host
}

// newAddr is a free address on loopback at one of the stack's own ports; empty if they are taken.
func newAddr() string {
	for range 50 {
		if addr := fmt.Sprintf("127.0.0.1:%d", firstPort+rand.IntN(ports)); free(addr) {
			return addr
		}
	}
	return ""
}

func free(addr string) bool {
	probe, err := net.Listen("tcp", addr)
	return err == nil && probe.Close() == nil
}
