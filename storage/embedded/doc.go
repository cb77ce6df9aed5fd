// Package embedded runs real PostgreSQL and a versitygw S3 gateway as child processes of the
// calling process, for development and tests. No production binary links it.
//
// What it guarantees: the children are private (PostgreSQL listens on a unix socket in a 0700
// folder and on no port, the gateway on loopback only), they run as root never (PostgreSQL drops
// to another account), and they do not outlive their parent, not even one that was killed with
// SIGKILL.
//
// The gateway is this program's own executable, started again: a main or TestMain that uses
// StartS3 calls RunChild before anything else.
package embedded
