-- What an inspection sets out to look at, and what it leaves out: the edition it was planned under,
-- core sets by fiscal year, who is held there, and the review of what was not rated.

-- +goose Up

-- The edition an inspection was planned under; its standards may be bound to others. Null only where
-- an inspection of before had no standards.
alter table inspection add column edition_id uuid references edition;
-- Frozen inspections get theirs too: what they were planned under does not change, it is only said.
alter table inspection disable trigger inspection_guarded;
update inspection i set edition_id = (select s.edition_id from inspection_standard s where s.inspection_id = i.id order by s.position limit 1);
alter table inspection enable trigger inspection_guarded;

-- Why a standard is in the scope; empty for inspections planned before that was kept.
alter table inspection_standard add column reasons text[] not null default '{}'
  check (reasons <@ array['WHOLE_EDITION', 'NAMED', 'CORE_SET', 'FOUND_DEFICIENT', 'ACTION_OPEN']);

-- Core sets are immutable: there is no grant to change or remove one.
create table core_set (
  id               uuid primary key,
  standards_set    text not null,
  fiscal_year      integer not null check (fiscal_year between 2000 and 2100),
  last_fiscal_year integer not null check (last_fiscal_year between fiscal_year and 2100),
  version          integer not null check (version >= 1),
  supersedes       uuid references core_set,
  name             text not null check (name <> ''),
  partial          boolean not null,
  note             text not null,
  source           text not null check (source <> ''),
  standards        integer not null check (standards > 0), -- how many it has: none is added later
  added_at         timestamptz not null,
  unique (standards_set, fiscal_year, last_fiscal_year, version),
  check ((version = 1) = (supersedes is null)),
  check (not partial or note <> '')
);
create table core_set_standard (
  core_set_id uuid not null references core_set,
  position    integer not null,
  code        text not null check (code <> ''),
  basis       text not null check (basis in ('STATED', 'CARRIED', 'SOMETIMES')),
  primary key (core_set_id, code),
  unique (core_set_id, position)
);
-- +goose StatementBegin
create function core_set_is_complete() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.position < 0 or new.position >= (select c.standards from core_set c where c.id = new.core_set_id) then
    raise exception 'the core set is complete' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger core_set_is_complete before insert on core_set_standard for each row execute function core_set_is_complete();

alter table inspection add column core_set_id uuid references core_set;

-- +goose StatementBegin
create function inspection_scope_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception 'an inspection stays what it was planned as' using errcode = 'PL001';
end $$;
-- +goose StatementEnd
create trigger inspection_scope_stays before update on inspection for each row
  when ((new.edition_id, new.core_set_id) is distinct from (old.edition_id, old.core_set_id)) execute function inspection_scope_stays();

-- Who was held at the facility, as counts by group and never by name. Every version is kept.
create table population (
  inspection_id uuid not null references inspection,
  version       integer not null check (version >= 1),
  as_of         timestamptz not null,
  source        text not null check (source in ('FACILITY_ROSTER', 'ICE_ROSTER', 'HEADCOUNT', 'STAFF_STATEMENT')),
  counts        json not null, -- by group
  recorded_by   uuid not null references app_user,
  recorded_at   timestamptz not null,
  seq           bigint not null,
  primary key (inspection_id, version)
);

-- On what an answer NOT_APPLICABLE rests that an inspector confirmed as proposed.
create table not_applicable_basis (
  inspection_id      uuid not null references inspection,
  answer_id          uuid not null,
  answer_revision    integer not null,
  population_group   text not null default '', -- empty: it rests on the facility's type
  population_version integer,
  primary key (inspection_id, answer_id, answer_revision),
  foreign key (inspection_id, population_version) references population,
  check ((population_group = '') = (population_version is null))
);

-- What a reviewer thought of an answer that rates nothing. It holds for that revision only.
create table exclusion_review (
  inspection_id   uuid not null references inspection,
  id              uuid not null,
  answer_id       uuid not null,
  answer_revision integer not null,
  verdict         text not null check (verdict in ('ACCEPTED', 'SENT_BACK')),
  reason          text not null,
  reviewed_by     uuid not null references app_user,
  reviewed_at     timestamptz not null,
  primary key (inspection_id, id),
  check (verdict = 'ACCEPTED' or reason <> '')
);
create index exclusion_review_by_answer on exclusion_review (inspection_id, answer_id, answer_revision, reviewed_at);

-- +goose StatementBegin
create function exclusion_review_is_independent() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if inspection_state(new.inspection_id) <> 'IN_REVIEW' then
    raise exception 'exclusions are reviewed while the inspection is in review' using errcode = 'PL003';
  end if;
  if exists (select from inspection i where i.id = new.inspection_id and i.lead_id = new.reviewed_by)
     or exists (select from team_member t where t.inspection_id = new.inspection_id and t.user_id = new.reviewed_by)
     or exists (select from answer_revision r where r.inspection_id = new.inspection_id and r.author_id = new.reviewed_by) then
    raise exception 'a reviewer does not review their own fieldwork' using errcode = 'PL004';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger exclusion_review_is_independent before insert on exclusion_review for each row execute function exclusion_review_is_independent();

create trigger frozen before insert or update on population for each row execute function refuse_when_frozen();
create trigger frozen before insert or update on not_applicable_basis for each row execute function refuse_when_frozen();
create trigger frozen before insert or update on exclusion_review for each row execute function refuse_when_frozen();

alter table core_set enable row level security;
alter table core_set_standard enable row level security;
alter table population enable row level security;
alter table not_applicable_basis enable row level security;
alter table exclusion_review enable row level security;

create policy read_all on core_set for select using (actor_role() is not null);
create policy write_admin on core_set for insert with check (actor_administers());
create policy read_all on core_set_standard for select using (actor_role() is not null);
create policy write_admin on core_set_standard for insert with check (actor_administers());
create policy read_fieldwork on population for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy write_fieldwork on population for insert with check (actor_inspects() and recorded_by = actor_id() and inspection_id in (select id from inspection));
create policy read_fieldwork on not_applicable_basis for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy write_fieldwork on not_applicable_basis for insert with check (actor_inspects() and inspection_id in (select id from inspection));
create policy read_fieldwork on exclusion_review for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy review on exclusion_review for insert with check (actor_role() = 'REVIEWER' and reviewed_by = actor_id() and inspection_id in (select id from inspection));

grant select, insert on core_set, core_set_standard, population, not_applicable_basis, exclusion_review to plumbline_app;
