-- What is kept can always be decided on, and what the functions of the sync tell goes no further than
-- whom they are for.

-- +goose Up

-- Late work is kept beside what was refused before for another reason: else the same words, brought again
-- when they were late, could be adopted by nobody.
drop index kept_write_once;
create unique index kept_write_once on kept_write (inspection_id, user_id, sha256, late);

-- A kept write stands as it came. Documents are compared as text: PostgreSQL cannot decode all that was
-- pushed, and what it cannot decode is decided on all the same.
-- +goose StatementBegin
create or replace function kept_write_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.decision <> ''
     or (new.inspection_id, new.id, new.collection, new.document_id, new.document::text, new.assumed::text, new.sha256, new.code, new.reason, new.late,
         new.user_id, new.device_id, new.device_time, new.clock_offset_ms, new.received_at)
     is distinct from
        (old.inspection_id, old.id, old.collection, old.document_id, old.document::text, old.assumed::text, old.sha256, old.code, old.reason, old.late,
         old.user_id, old.device_id, old.device_time, old.clock_offset_ms, old.received_at) then
    raise exception 'a kept write stands as it came' using errcode = 'PL060';
  end if;
  if new.decided_by = old.user_id then
    raise exception 'nobody adopts their own late work' using errcode = 'PL004';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- Who brought it sees it as long as they inspect.
drop policy read_kept on kept_write;
create policy read_kept on kept_write for select using (
  (user_id = actor_id() and actor_inspects()) or (actor_sees_fieldwork() and inspection_id in (select id from inspection)));

-- Of whose notes were brought to an inspection its readers are told, and no others.
-- +goose StatementBegin
create or replace function notes_brought(wanted uuid) returns table (device_id uuid, first_at timestamptz, last_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select n.device_id, min(n.received_at), max(n.received_at) from interview_note n join inspection i on i.id = n.inspection_id
        where n.inspection_id = wanted and actor_sees_fieldwork()
          and (actor_role() in ('REVIEWER', 'AUDITOR', 'SYSTEM') or i.state in ('ISSUED', 'CLOSED')
               or (actor_inspects() and i.lead_id = actor_id())
               or (actor_inspects() and exists (select from team_member t where t.inspection_id = i.id and t.user_id = actor_id() and t.removed_at is null)))
        group by 1 $$;
-- +goose StatementEnd

-- Whether an id is taken is told to who may bring something under it.
-- +goose StatementBegin
create or replace function ids_taken(of_inspection uuid, into_collection text, ids uuid[]) returns setof uuid language sql stable security definer set search_path = public, pg_temp
  as $$
    select w.id from unnest(ids) w(id)
    where actor_inspects() and (
          exists (select from evidence e where e.id = w.id and (into_collection <> 'evidence' or e.inspection_id <> of_inspection or e.action_id is not null))
       or exists (select from finding f where f.id = w.id and (into_collection <> 'finding' or f.inspection_id <> of_inspection))
       or exists (select from observation o where o.id = w.id and (into_collection <> 'observation' or o.inspection_id <> of_inspection))
       or exists (select from sample_draw d where d.id = w.id)
       or exists (select from answer a where a.id = w.id)
       or exists (select from inspection i where i.id = w.id)
       or exists (select from facility f where f.id = w.id)
       or exists (select from app_user u where u.id = w.id)
       or exists (select from edition e where e.id = w.id)
       or exists (select from standard s where s.id = w.id)
       or exists (select from requirement r where r.id = w.id))
  $$;
-- +goose StatementEnd
