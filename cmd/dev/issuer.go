package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"plumbline/cmd/dev/issuer"
	"plumbline/cmd/stack"
)

// audience is what the development issuer's tokens are for.
const audience = "plumbline"

// devIssuer is the development issuer on a loopback port of its own.
type devIssuer struct {
	url    string
	server *http.Server
}

// startIssuer serves the issuer on the port that it had last time, if that is free: tokens name the
// issuer by its address, and hold over a restart that way.
func startIssuer(folder *dataFolder) (*devIssuer, error) {
	const anywhere = "127.0.0.1:0"
	listener, err := net.Listen("tcp", cmp.Or(ownAddr(folder, func(last stack.Stack) string { return last.Issuer.URL }), anywhere))
	if err != nil { // somebody was faster
		listener, err = net.Listen("tcp", anywhere)
	}
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	url := "http://" + listener.Addr().String()
	handler, err := issuer.New(folder.path, url, audience, issuerUsers(), time.Now)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	i := &devIssuer{
		url:    url,
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second},
	}
	go i.serve(listener)
	return i, nil
}

func (i *devIssuer) serve(listener net.Listener) {
	if err := i.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		panic(fmt.Sprintf("the issuer stopped: %v", err)) // a listener of our own does not fail
	}
}

// stop ends the issuer at once: what it answers takes no time.
func (i *devIssuer) stop() { _ = i.server.Close() }
