-- What the pushed collections beside the answers ask of the database.

-- +goose Up

-- A note's id names one note, in whichever inspection.
create index interview_note_by_id on interview_note (id);
create trigger id_is_new before insert on interview_note for each row execute function refuse_taken_id();
create trigger id_is_no_draw before insert on interview_note for each row execute function refuse_id_of_draw();

-- Nobody reads the notes. Of those that come in, in their order from 0, this tells which have an id that
-- is known, and whether it is the same note: nothing of what is stored.
-- +goose StatementBegin
create function interview_notes_stored(of_inspection uuid, ids uuid[], key_ids text[], texts bytea[]) returns table (place integer, same boolean)
  language sql stable security definer set search_path = public, pg_temp as $$
    select g.n::integer - 1, bool_or((n.inspection_id, n.key_id, n.sealed) = (of_inspection, g.key_id, g.sealed))
    from unnest(ids, key_ids, texts) with ordinality as g (id, key_id, sealed, n) join interview_note n on n.id = g.id
    where actor_inspects() group by g.n
  $$;
-- +goose StatementEnd

-- A kept interview note is known to who brought it and to who decides on it; else not even its count is.
create policy sealed_notes on kept_write as restrictive for select using (
  collection <> 'interviewNote' or user_id = actor_id() or actor_role() in ('REVIEWER', 'SYSTEM')
  or inspection_id in (select i.id from inspection i where i.lead_id = actor_id()));

-- Which of the ids that a push brings name something else already. The triggers refuse them too, but
-- would take every other row of the push along.
-- +goose StatementBegin
create function ids_taken(of_inspection uuid, into_collection text, ids uuid[]) returns setof uuid language sql stable security definer set search_path = public, pg_temp
  as $$
    select w.id from unnest(ids) w(id)
    where exists (select from evidence e where e.id = w.id and (into_collection <> 'evidence' or e.inspection_id <> of_inspection or e.action_id is not null))
       or exists (select from finding f where f.id = w.id and (into_collection <> 'finding' or f.inspection_id <> of_inspection))
       or exists (select from observation o where o.id = w.id and (into_collection <> 'observation' or o.inspection_id <> of_inspection))
       or exists (select from sample_draw d where d.id = w.id)
       or exists (select from answer a where a.id = w.id)
       or exists (select from inspection i where i.id = w.id)
       or exists (select from facility f where f.id = w.id)
       or exists (select from app_user u where u.id = w.id)
       or exists (select from edition e where e.id = w.id)
       or exists (select from standard s where s.id = w.id)
       or exists (select from requirement r where r.id = w.id)
  $$;
-- +goose StatementEnd
