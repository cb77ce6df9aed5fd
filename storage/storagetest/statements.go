package storagetest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// Statements is a pgx tracer that counts what goes to the database, for tests that an operation
// needs the same number of statements at any size. Every query of a batch counts, and so does a
// COPY. Left out are the statements that frame a transaction and set the actor: BEGIN, COMMIT,
// ROLLBACK, SAVEPOINT, RELEASE and SELECT set_config(...).
//
// The zero value is ready; put it into pgx.ConnConfig.Tracer. It is safe for concurrent use.
type Statements struct {
	mu  sync.Mutex
	sql []string
}

var (
	_ pgx.QueryTracer    = (*Statements)(nil)
	_ pgx.BatchTracer    = (*Statements)(nil)
	_ pgx.CopyFromTracer = (*Statements)(nil)
)

// Count is the number of statements since the start or the last Reset.
func (s *Statements) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sql)
}

// SQL lists the counted statements, for a failing test's message.
func (s *Statements) SQL() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sql)
}

// Reset starts counting anew.
func (s *Statements) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sql = nil
}

// TraceQueryStart counts one query.
func (s *Statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.add(data.SQL)
	return ctx
}

// TraceQueryEnd does nothing: a statement that fails was sent all the same.
func (s *Statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts the queries of a batch.
func (s *Statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, query := range data.Batch.QueuedQueries {
		s.add(query.SQL)
	}
	return ctx
}

// TraceBatchQuery does nothing: the batch was counted when it was sent.
func (s *Statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (s *Statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// TraceCopyFromStart counts one COPY.
func (s *Statements) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	s.add("copy " + data.TableName.Sanitize())
	return ctx
}

// TraceCopyFromEnd does nothing.
func (s *Statements) TraceCopyFromEnd(context.Context, *pgx.Conn, pgx.TraceCopyFromEndData) {}

func (s *Statements) add(sql string) {
	if framing(sql) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sql = append(s.sql, sql)
}

// framing says whether a statement only frames a transaction or sets the actor.
func framing(sql string) bool {
	words := strings.Fields(strings.ToLower(sql))
	if len(words) == 0 {
		return true // pgx's ping
	}
	switch strings.TrimSuffix(words[0], ";") {
	case "begin", "commit", "rollback", "savepoint", "release":
		return true
	case "select":
		return len(words) > 1 && strings.HasPrefix(words[1], "set_config(")
	}
	return false
}
