package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"plumbline/inspection"
)

func (t *tx) Edition(ctx context.Context, id inspection.ID) (*inspection.Edition, error) {
	if known, ok := t.store.editions.Load(id); ok {
		return known.(*inspection.Edition), nil
	}
	var content []byte
	err := t.QueryRow(ctx, "select content from edition where id = $1", id).Scan(&content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, missing("edition")
	}
	if err != nil {
		return nil, fmt.Errorf("storage: edition %s: %w", id, err)
	}
	return t.store.remember(content)
}

func (s *Store) remember(content []byte) (*inspection.Edition, error) {
	var e inspection.Edition
	if err := json.Unmarshal(content, &e); err != nil {
		return nil, fmt.Errorf("storage: stored edition: %w", err)
	}
	complete(&e)
	s.editions.Store(e.ID, &e)
	return &e, nil
}

// complete gives an edition that was stored before editions had versions what its columns were
// given then: it is the first of its set, and the only set of that time is the crosswalk's own.
func complete(e *inspection.Edition) {
	if e.Set != "" {
		return
	}
	e.Set, e.Version = e.Key, 1
	for _, standard := range e.Standards() {
		for r := range standard.Requirements {
			standard.Requirements[r].Lineage = standard.Requirements[r].Key
		}
	}
}

func (t *tx) Editions(ctx context.Context) ([]*inspection.Edition, error) {
	ids, err := collect(ctx, t, "editions", func(r pgx.Rows, id *inspection.ID) error { return r.Scan(id) }, "select id from edition order by key")
	if err != nil {
		return nil, err
	}
	editions := make([]*inspection.Edition, len(ids))
	for n, id := range ids {
		if editions[n], err = t.Edition(ctx, id); err != nil {
			return nil, err
		}
	}
	return editions, nil
}

// WarmEditions reads every stored edition once and returns how many there are.
func (s *Store) WarmEditions(ctx context.Context) (int, error) {
	count := 0
	err := s.View(ctx, inspection.System(), func(t inspection.Tx) error {
		editions, err := t.Editions(ctx)
		count = len(editions)
		return err
	})
	return count, err
}

func (t *tx) SaveEdition(ctx context.Context, e *inspection.Edition) (bool, error) {
	var stored string
	err := t.QueryRow(ctx, "select hash from edition where key = $1", e.Key).Scan(&stored)
	switch {
	case err == nil && stored == e.Hash:
		return false, nil
	case err == nil:
		return false, inspection.Refuse(inspection.Conflict, "", "edition %s is stored with other content (%s); editions are immutable, give the new one a key of its own", e.Key, stored)
	case !errors.Is(err, pgx.ErrNoRows):
		return false, fmt.Errorf("storage: edition %s: %w", e.Key, err)
	}
	content, err := json.Marshal(e)
	if err != nil {
		return false, fmt.Errorf("storage: edition %s: %w", e.Key, err)
	}
	_, err = t.Exec(ctx, `insert into edition (id, key, standards_set, version, supersedes, title, partial, hash, content, loaded_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, e.Key, e.Set, e.Version, e.Supersedes, e.Title, e.Partial, e.Hash, content, time.Now().UTC())
	if err != nil {
		return false, fmt.Errorf("storage: edition %s: %w", e.Key, err)
	}
	return true, t.saveStandards(ctx, e)
}

func (t *tx) saveStandards(ctx context.Context, e *inspection.Edition) error {
	var standards, requirements, lines, links []row
	seen := map[string]bool{}
	position := 0
	for _, part := range e.Parts {
		for _, st := range part.Standards {
			standards = append(standards, row{"id": st.ID, "edition_id": e.ID, "part": part.Number, "part_name": part.Name,
				"number": st.Number, "code": st.Code, "title": st.Title, "position": position})
			position++
			for n, r := range st.Requirements {
				requirements = append(requirements, row{"id": r.ID, "edition_id": e.ID, "standard_id": st.ID, "key": r.Key, "text": r.Text,
					"citation": r.Citation, "citation_seen": r.CitationSeen, "strength": r.Strength, "priority": r.Priority, "position": n,
					"lineage": r.Lineage, "population": r.Population})
				for _, code := range r.Lines {
					line := inspection.LineID(e.ID, code)
					if !seen[code] {
						seen[code] = true
						lines = append(lines, row{"id": line, "edition_id": e.ID, "code": code})
					}
					links = append(links, row{"line_id": line, "requirement_id": r.ID})
				}
			}
		}
	}
	for _, step := range []struct {
		table table
		rows  []row
	}{
		{table{name: "standard", insertOnly: true, columns: []string{"id", "edition_id", "part", "part_name", "number", "code", "title", "position"}}, standards},
		{table{name: "requirement", insertOnly: true, columns: []string{"id", "edition_id", "standard_id", "key", "text", "citation", "citation_seen", "strength", "priority", "position", "lineage", "population"}}, requirements},
		{table{name: "worksheet_line", insertOnly: true, columns: []string{"id", "edition_id", "code"}}, lines},
		{table{name: "worksheet_line_requirement", insertOnly: true, columns: []string{"line_id", "requirement_id"}}, links},
	} {
		if err := t.save(ctx, step.table, step.rows); err != nil {
			return err
		}
	}
	return nil
}
