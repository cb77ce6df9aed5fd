// Package serve wires the server: configuration, store, object store, domain, API and the pages
// around it. The production binary and the development stack run the same server through it.
package serve
