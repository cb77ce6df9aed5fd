// Package faultproxy is a bad link between one tablet and several servers, for tests: a reverse proxy
// that loses answers after the server has given them, cuts connections (web sockets in the middle of a
// frame), lets a request arrive twice, late or out of order, and can be down altogether.
//
// What it does to the n-th request follows from its seed, so that a failing run can be tried again.
package faultproxy
