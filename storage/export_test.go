package storage

import "github.com/jackc/pgx/v5/pgxpool"

// PoolOf is the pool of a store's connections, to ask what they are set to.
func PoolOf(s *Store) *pgxpool.Pool { return s.pool }
