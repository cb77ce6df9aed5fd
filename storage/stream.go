package storage

import (
	"context"
	"fmt"
)

// ScopeVersion implements inspection.Tx. Joining adds a row, leaving dates it, and each raises the
// revision of an inspection that the actor is on.
func (t *tx) ScopeVersion(ctx context.Context) (string, error) {
	var version string
	err := t.QueryRow(ctx, `select concat_ws('/', count(*), count(i.id), max(m.removed_at), sum(i.revision))
		from team_member m left join inspection i on i.id = m.inspection_id and m.removed_at is null where m.user_id = actor_id()`).Scan(&version)
	if err != nil {
		return "", fmt.Errorf("storage: scope version: %w", err)
	}
	return version, nil
}
