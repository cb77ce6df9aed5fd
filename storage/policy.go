package storage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"plumbline/inspection"
	"plumbline/inspection/scoring"
)

func (t *tx) Policies(ctx context.Context) ([]inspection.StoredPolicy, error) {
	return collect(ctx, t, "policies", func(rows pgx.Rows, p *inspection.StoredPolicy) error {
		var content []byte
		var hash string
		var loaded pgtype.Timestamptz
		if err := rows.Scan(&hash, &content, &loaded); err != nil {
			return err
		}
		document, err := scoring.ReadDocument(content)
		if err != nil {
			return err
		}
		if document.Hash != hash {
			return fmt.Errorf("the content of %s does not have its hash %s", document.Name(), hash)
		}
		at := loaded.Time.UTC()
		p.Document, p.LoadedAt = document, &at
		return nil
	}, "select hash, content, loaded_at from policy order by id, version")
}

func (t *tx) SavePolicy(ctx context.Context, p inspection.StoredPolicy) error {
	identity := p.Policy.Identity()
	_, err := t.Exec(ctx, "insert into policy (id, version, hash, content, loaded_at) values ($1, $2, $3, $4, $5)",
		identity.ID, identity.Version, p.Hash, p.Content, p.LoadedAt)
	if err != nil {
		return fmt.Errorf("storage: policy %s: %w", p.Name(), err)
	}
	return nil
}

func (t *tx) LaterRatings(ctx context.Context, of inspection.ID) ([]inspection.LaterRating, error) {
	return collect(ctx, t, "later ratings", func(rows pgx.Rows, l *inspection.LaterRating) error {
		var done, recorded pgtype.Timestamptz
		var author pgtype.UUID
		err := rows.Scan(&l.AnswerID, &l.RequirementID, &l.Before, &l.Now, &done, &recorded, &author)
		l.DoneAt, l.ChangedAt, l.AuthorID = done.Time.UTC(), recorded.Time.UTC(), inspection.ID(author.Bytes)
		return err
	}, `select a.id, a.requirement_id, f.rating, a.rating, f.done_at, a.recorded_at, a.author_id
		from fieldwork_rating f join answer a on a.inspection_id = f.inspection_id and a.id = f.answer_id
		where f.inspection_id = $1 and a.rating <> f.rating order by a.position`, of)
}
