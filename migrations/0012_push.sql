-- What pulls and pushes ask about inspections that row-level security hides from who once worked on them.

-- +goose Up

-- The newest version when a dispute was ruled on: what came up to it opposes no more. 0: ruled on before
-- that was kept, or open.
alter table dispute add column settled_revision integer not null default 0;

-- Where an inspection stands towards a push, and its row locked until the transaction ends: numbers are
-- given out in commit order. Nothing to who never was on its team.
-- +goose StatementBegin
create function push_standing(wanted uuid) returns table (state text, on_team boolean)
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from team_member t where t.inspection_id = wanted and t.user_id = actor_id())
     and not exists (select from inspection i where i.id = wanted and i.lead_id = actor_id()) then
    return;
  end if;
  -- The lock first and apart: what a waiting statement read before it got the lock is old.
  perform from inspection i where i.id = wanted for no key update;
  return query select i.state, i.lead_id = actor_id()
      or exists (select from team_member t where t.inspection_id = i.id and t.user_id = actor_id() and t.removed_at is null)
    from inspection i where i.id = wanted;
end $$;
-- +goose StatementEnd

-- The ids, and no more, of what a tablet holds of an inspection that its user was on and no longer is,
-- or that is open no longer.
-- +goose StatementBegin
create function departed_documents(collection text, inspections uuid[], beyond uuid[], most integer)
  returns table (inspection_id uuid, id uuid) language sql stable security definer set search_path = public, pg_temp as $$
  select l.inspection, d.id
  from unnest(inspections, beyond) as l (inspection, gone) cross join lateral (
    select a.id from answer a where collection = 'answer' and a.inspection_id = l.inspection and a.id > l.gone
    union all select e.id from evidence e where collection = 'evidence' and e.inspection_id = l.inspection and e.id > l.gone
    union all select f.id from finding f where collection = 'finding' and f.inspection_id = l.inspection and f.id > l.gone
    union all select o.id from observation o where collection = 'observation' and o.inspection_id = l.inspection and o.id > l.gone) d
  where exists (select from team_member t where t.inspection_id = l.inspection and t.user_id = actor_id())
     or exists (select from inspection i where i.id = l.inspection and i.lead_id = actor_id())
  order by 1, 2 limit most
$$;
-- +goose StatementEnd

-- What the actor brought before, also to an inspection that they no longer see: sent again it is no late
-- work. Nobody learns more than what they wrote.
-- +goose StatementBegin
create function own_versions(collection text, wanted uuid, documents uuid[])
  returns table (id uuid, version json) language sql stable security definer set search_path = public, pg_temp as $$
  select r.answer_id, to_json(r) from answer_revision r
    where collection = 'answer' and r.inspection_id = wanted and r.answer_id = any (documents) and r.author_id = actor_id()
  union all select r.finding_id, to_json(r) from finding_revision r
    where collection = 'finding' and r.inspection_id = wanted and r.finding_id = any (documents) and r.author_id = actor_id()
  union all select r.observation_id, to_json(r) from observation_revision r
    where collection = 'observation' and r.inspection_id = wanted and r.observation_id = any (documents) and r.author_id = actor_id()
  union all select e.id, to_json(e) from evidence e
    where collection = 'evidence' and e.inspection_id = wanted and e.id = any (documents) and e.declared_by = actor_id()
$$;
-- +goose StatementEnd
