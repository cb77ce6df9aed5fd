-- +goose Up

-- Scoring policies are immutable: there is no grant to change or remove one, so that no parameter
-- changes under a score that was given.
create table policy (
  id        text not null check (id <> ''),
  version   integer not null check (version > 0),
  hash      text not null check (hash ~ '^[0-9a-f]{64}$'),
  content   json not null, -- the document as it was loaded; json keeps its bytes
  loaded_at timestamptz not null,
  primary key (id, version)
);
alter table policy enable row level security;
create policy read_all on policy for select using (actor_role() is not null);
create policy write_admin on policy for insert with check (actor_administers());
grant select, insert on policy to plumbline_app;

-- Every item's rating when the fieldwork was done for the first time: what was rated otherwise since then
-- is listed beside what would change a score. Nobody writes here but the trigger.
create table fieldwork_rating (
  inspection_id uuid not null references inspection,
  answer_id     uuid not null,
  rating        text not null check (rating in ('MEETS', 'DOES_NOT_MEET', 'NOT_APPLICABLE', 'UNDETERMINED', 'NOT_REVIEWED')),
  done_at       timestamptz not null,
  primary key (inspection_id, answer_id)
);

-- Inspections whose fieldwork was done before there was this table: the last version before the first end.
insert into fieldwork_rating (inspection_id, answer_id, rating, done_at)
select a.inspection_id, a.id, coalesce(
         (select r.rating from answer_revision r where r.inspection_id = a.inspection_id and r.answer_id = a.id and r.recorded_at <= first.done_at
          order by r.revision desc limit 1), 'NOT_REVIEWED'), first.done_at
from answer a
join (select i.id, coalesce(min(e.at), i.fieldwork_done_at) as done_at
      from inspection i left join audit_event e on e.inspection_id = i.id and e.action = 'FINISH_FIELDWORK' and e.outcome = 'DONE'
      group by i.id) first on first.id = a.inspection_id
where first.done_at is not null;

create trigger frozen before insert or update on fieldwork_rating for each row execute function refuse_when_frozen();

-- +goose StatementBegin
create function keep_fieldwork_ratings() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from fieldwork_rating f where f.inspection_id = new.id) then
    insert into fieldwork_rating (inspection_id, answer_id, rating, done_at)
    select a.inspection_id, a.id, a.rating, new.fieldwork_done_at from answer a where a.inspection_id = new.id;
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger keep_fieldwork_ratings after update of state on inspection for each row
  when (new.state = 'FIELDWORK_DONE' and old.state <> 'FIELDWORK_DONE' and new.fieldwork_done_at is not null) execute function keep_fieldwork_ratings();

alter table fieldwork_rating enable row level security;
create policy read_sensitivity on fieldwork_rating for select using (
  coalesce(actor_role() in ('REVIEWER', 'ANALYST', 'AUDITOR', 'SYSTEM'), false) and inspection_id in (select id from inspection));
grant select on fieldwork_rating to plumbline_app;
