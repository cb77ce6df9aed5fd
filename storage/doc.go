// Package storage keeps Plumbline's data in PostgreSQL by hand-written SQL on pgx: one file per
// aggregate, set-wise reads and writes, a constant number of statements per operation.
//
// The server's role owns nothing. Every transaction names its actor in transaction-local settings,
// and row-level security shows it only what that actor may see, whatever the code above asks for.
package storage
