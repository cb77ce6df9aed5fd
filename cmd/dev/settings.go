package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"

	"plumbline/cmd/stack"
)

// settings is what the environment says about the stack.
type settings struct {
	addr   string // PLUMBLINE_ADDR
	folder string // PLUMBLINE_DATA
	fresh  bool   // FRESH
}

func readSettings(getenv func(string) string) (settings, error) {
	s := settings{addr: getenv("PLUMBLINE_ADDR")}
	if s.addr == "" {
		s.addr = "localhost:8080"
	}
	if _, port, err := net.SplitHostPort(s.addr); err != nil || port == "" {
		return settings{}, fmt.Errorf("PLUMBLINE_ADDR=%s: want host:port, as in localhost:8080", s.addr)
	}
	if fresh := getenv("FRESH"); fresh != "" {
		var err error
		if s.fresh, err = strconv.ParseBool(fresh); err != nil {
			return settings{}, fmt.Errorf("FRESH=%s: want 1 to wipe the data folder, or 0", fresh)
		}
	}
	folder, err := stack.Folder(getenv)
	s.folder = folder
	return s, err
}

// listen takes the server's address before anything is started.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program: stop that, or choose another address, as in PLUMBLINE_ADDR=localhost:8081", addr)
	}
	if err != nil {
		return nil, fmt.Errorf("PLUMBLINE_ADDR=%s: %w", addr, err)
	}
	return listener, nil
}

// publicURL is how a browser on this machine reaches the listener, by the host's name as it was
// given.
func publicURL(addr string, listener net.Listener) string {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return "http://" + net.JoinHostPort(strings.ToLower(host), strconv.Itoa(port))
}
