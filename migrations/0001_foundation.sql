-- Who may see what is decided twice: by inspection/access.go in the server, and here by row-level
-- security. The server connects as a member of plumbline_app, which owns nothing; the settings
-- plumbline.* name the actor and live for one transaction.

-- +goose Up
-- +goose StatementBegin
do $$
begin
  if not exists (select from pg_roles where rolname = 'plumbline_app') then
    create role plumbline_app nologin;
  end if;
exception when duplicate_object or unique_violation then
  null; -- another database of the cluster was migrated at the same moment
end $$;
-- +goose StatementEnd

-- A setting that lived in an earlier transaction of the session reads as '', not as null.
create function actor_role() returns text language sql stable parallel safe
  as $$ select nullif(current_setting('plumbline.role', true), '') $$;
create function actor_id() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('plumbline.user', true), '')::uuid $$;
create function actor_field_office() returns text language sql stable parallel safe
  as $$ select nullif(current_setting('plumbline.field_office', true), '') $$;
create function actor_facility() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('plumbline.facility', true), '')::uuid $$;
-- OPR and the bodies that watch it: everyone but the inspected, the privacy officer and the administrator.
create function actor_sees_fieldwork() returns boolean language sql stable parallel safe
  as $$ select coalesce(actor_role() in ('INSPECTOR', 'LEAD_INSPECTOR', 'REVIEWER', 'ANALYST', 'AUDITOR', 'SYSTEM'), false) $$;
create function actor_inspects() returns boolean language sql stable parallel safe
  as $$ select coalesce(actor_role() in ('INSPECTOR', 'LEAD_INSPECTOR', 'REVIEWER', 'SYSTEM'), false) $$;
create function actor_administers() returns boolean language sql stable parallel safe
  as $$ select coalesce(actor_role() in ('ADMINISTRATOR', 'SYSTEM'), false) $$;

create table field_office (
  code text primary key check (code ~ '^[A-Z]{3}$'),
  name text not null unique
);

create table facility (
  id                 uuid primary key,
  detloc             text unique check (detloc <> ''),
  name               text not null check (name <> ''),
  aliases            text[] not null default '{}',
  street             text not null default '',
  city               text not null default '',
  state              text not null default '',
  zip                text not null default '',
  county             text not null default '',
  latitude           double precision,
  longitude          double precision,
  field_office       text references field_office,
  type               text not null,
  type_raw           text not null default '',
  operator           text not null default '',
  owner              text not null default '',
  sex                text not null default '',
  guaranteed_minimum integer,
  capacity           integer,
  population         double precision,
  population_period  text not null default '',
  over_72            boolean,
  standard           text not null default '',
  standard_raw       text not null default '',
  listed             boolean not null default false,
  listed_on          date,
  facts_as_of        date,
  fact_dates         jsonb not null default '{}',
  source             text not null default '',
  revision           integer not null default 1
);
create index facility_by_field_office on facility (field_office);
create index facility_by_name on facility (name, id);

create table external_rating (
  facility_id uuid not null references facility,
  id          uuid not null,
  type        text not null default '',
  type_raw    text not null default '',
  ended_on    date not null,
  edition     text not null default '',
  edition_raw text not null default '',
  rating      text not null default '',
  rating_raw  text not null default '',
  source      text not null default '',
  source_date date,
  primary key (facility_id, id)
);
create index external_rating_newest on external_rating (facility_id, ended_on desc, id);

create table app_user (
  id           uuid primary key,
  email        text not null unique check (email = lower(email) and email like '%_@_%'),
  name         text not null check (name <> ''),
  role         text not null check (role in ('INSPECTOR', 'LEAD_INSPECTOR', 'REVIEWER', 'FIELD_OFFICE',
                                             'FACILITY', 'ANALYST', 'AUDITOR', 'PRIVACY_OFFICER', 'ADMINISTRATOR')),
  field_office text references field_office,
  facility_id  uuid references facility,
  active       boolean not null default true,
  revision     integer not null default 1,
  check ((role = 'FIELD_OFFICE') = (field_office is not null)),
  check ((role = 'FACILITY') = (facility_id is not null))
);

-- Editions are immutable: there is no grant to change or remove one.
create table edition (
  id        uuid primary key,
  key       text not null unique,
  title     text not null,
  partial   boolean not null,
  hash      text not null check (hash ~ '^[0-9a-f]{64}$'),
  content   json not null, -- the whole edition as loaded; json keeps its bytes
  loaded_at timestamptz not null
);

create table standard (
  id         uuid primary key,
  edition_id uuid not null references edition,
  part       integer not null,
  part_name  text not null,
  number     text not null,
  code       text not null,
  title      text not null,
  position   integer not null,
  unique (edition_id, number)
);

create table requirement (
  id            uuid primary key,
  edition_id    uuid not null references edition,
  standard_id   uuid not null references standard,
  key           text not null,
  text          text not null,
  citation      text not null,
  citation_seen boolean not null,
  strength      text not null check (strength in ('QUOTED', 'CITED', 'RECALLED')),
  priority      text not null check (priority in ('SOURCED', 'PROPOSED', 'NONE')),
  position      integer not null,
  unique (edition_id, key)
);
create index requirement_by_standard on requirement (standard_id, position);

create table worksheet_line (
  id         uuid primary key,
  edition_id uuid not null references edition,
  code       text not null,
  unique (edition_id, code)
);
create table worksheet_line_requirement (
  line_id        uuid not null references worksheet_line,
  requirement_id uuid not null references requirement,
  primary key (line_id, requirement_id)
);

create table inspection (
  id                 uuid primary key,
  facility_id        uuid not null references facility,
  origin             text not null check (origin in ('LIVE', 'EXERCISE', 'RECONSTRUCTED')),
  scope              text not null check (scope in ('FULL', 'CORE_SET', 'FOLLOW_UP', 'SPECIAL_REVIEW', 'PRE_OCCUPANCY')),
  announced          boolean, -- null: not known, which only a RECONSTRUCTED inspection may be
  planned_start      date not null,
  planned_end        date not null,
  state              text not null check (state in ('PLANNED', 'IN_PROGRESS', 'FIELDWORK_DONE', 'IN_REVIEW', 'ISSUED', 'CLOSED', 'CANCELLED')),
  lead_id            uuid not null references app_user,
  revision           integer not null default 1,
  head               bigint not null default 0, -- the last change number given out, gapless under this row's lock
  planned_by         uuid not null references app_user,
  planned_at         timestamptz not null,
  started_at         timestamptz,
  fieldwork_done_at  timestamptz,
  fieldwork_note     text not null default '',
  submitted_at       timestamptz,
  returned_reason    text not null default '',
  approved_by        uuid references app_user,
  approved_at        timestamptz,
  issued_by          uuid references app_user,
  issued_at          timestamptz,
  closed_at          timestamptz,
  cancelled_at       timestamptz,
  cancelled_reason   text not null default '',
  recommended_rating text not null default '',
  recommended_reason text not null default '',
  recommended_by     uuid references app_user,
  recommended_at     timestamptz,
  final_rating       text not null default '',
  final_reason       text not null default '',
  final_by           uuid references app_user,
  final_at           timestamptz,
  source             text not null default '', -- of a RECONSTRUCTED inspection: the published report
  check (planned_end >= planned_start),
  check (announced is not null or origin = 'RECONSTRUCTED'),
  check (state <> 'CANCELLED' or cancelled_reason <> '')
);
create index inspection_by_facility on inspection (facility_id, planned_start desc, id);
create index inspection_by_start on inspection (planned_start desc, id);
-- A published report is reconstructed once.
create unique index inspection_reconstructed_once on inspection (facility_id, source) where origin = 'RECONSTRUCTED' and source <> '' and state <> 'CANCELLED';

create table inspection_standard (
  inspection_id uuid not null references inspection,
  standard_id   uuid not null references standard,
  edition_id    uuid not null references edition,
  assigned_to   uuid references app_user,
  position      integer not null,
  primary key (inspection_id, standard_id)
);

create table team_member (
  inspection_id uuid not null references inspection,
  user_id       uuid not null references app_user,
  joined_at     timestamptz not null,
  removed_at    timestamptz,
  primary key (inspection_id, user_id)
);
create index team_member_by_user on team_member (user_id, inspection_id);

create table milestone (
  inspection_id uuid not null references inspection,
  id            uuid not null,
  kind          text not null check (kind in ('NOTICE', 'DOCUMENTS_REQUESTED', 'DOCUMENTS_RECEIVED', 'DOCUMENTS_REFUSED', 'ENTRANCE_BRIEFING', 'EXIT_BRIEFING')),
  occurred_at   timestamptz not null,
  note          text not null default '',
  roles_present text[] not null default '{}',
  preliminary_list_handed_over boolean,
  recorded_by   uuid not null references app_user,
  recorded_at   timestamptz not null,
  primary key (inspection_id, id)
);

create table answer (
  inspection_id     uuid not null references inspection,
  id                uuid not null,
  standard_id       uuid not null references standard,
  requirement_id    uuid not null references requirement,
  position          integer not null,
  rating            text not null default 'NOT_REVIEWED' check (rating in ('MEETS', 'DOES_NOT_MEET', 'NOT_APPLICABLE', 'UNDETERMINED', 'NOT_REVIEWED')),
  reason            text not null default '',
  remarks           text not null default '',
  methods           text[] not null default '{}' check (methods <@ array['OBSERVATION', 'DOCUMENT', 'STAFF_INTERVIEW', 'DETAINEE_INTERVIEW', 'MEASUREMENT', 'FILE_SAMPLE']),
  corrected_on_site text not null default 'NONE' check (corrected_on_site in ('NONE', 'FULL', 'PARTIAL', 'REFUSED')),
  sample            json, -- population, size, nonconforming, measured range and unit, period
  revision          integer not null default 0,
  seq               bigint not null,
  author_id         uuid references app_user,
  device_id         uuid,
  device_time       timestamptz,
  recorded_at       timestamptz,
  primary key (inspection_id, id),
  unique (inspection_id, requirement_id)
);
create index answer_by_seq on answer (inspection_id, seq);
create index answer_by_id on answer (id);

-- Every accepted version of an answer, and every one that lost or was refused.
create table answer_revision (
  inspection_id     uuid not null references inspection,
  answer_id         uuid not null,
  revision          integer not null,
  seq               bigint not null,
  rating            text not null,
  reason            text not null,
  remarks           text not null,
  methods           text[] not null,
  corrected_on_site text not null,
  sample            json,
  author_id         uuid not null references app_user,
  device_id         uuid,
  device_time       timestamptz,
  recorded_at       timestamptz not null,
  primary key (inspection_id, answer_id, revision)
);

create table dispute (
  inspection_id   uuid not null references inspection,
  id              uuid not null,
  answer_id       uuid not null,
  first_revision  integer not null,
  second_revision integer not null,
  opened_at       timestamptz not null,
  ruled_by        uuid references app_user,
  ruled_at        timestamptz,
  ruling          text not null default '',
  ruling_reason   text not null default '',
  primary key (inspection_id, id),
  check ((ruled_at is null) = (ruling = ''))
);
create unique index dispute_open_once on dispute (inspection_id, answer_id) where ruled_at is null;

create table finding (
  inspection_id      uuid not null references inspection,
  id                 uuid not null,
  kind               text not null check (kind in ('DEFICIENCY', 'AREA_OF_CONCERN', 'NOTE', 'BEST_PRACTICE')),
  standard_id        uuid references standard,
  standard_text      text not null default '', -- what a source prints where no standard is known
  requirement_id     uuid references requirement,
  line_id            uuid references worksheet_line,
  code               text not null default '',
  citation           text not null default '',
  citation_confirmed boolean not null default false,
  text               text not null,
  responsible_party  text not null check (responsible_party in ('FACILITY', 'ERO', 'HEALTH_PROVIDER')),
  priority_declared  boolean not null default false,
  priority_derived   boolean not null default false,
  repeat_declared    boolean not null default false,
  corrected_on_site  text not null check (corrected_on_site in ('NONE', 'FULL', 'PARTIAL', 'REFUSED')),
  immediate_threat   boolean not null default false,
  removed_at         timestamptz,
  removed_reason     text not null default '',
  author_id          uuid not null references app_user, -- who found it, and when
  recorded_at        timestamptz not null,
  revised_by         uuid not null references app_user, -- who wrote the newest version, and when
  revised_at         timestamptz not null,
  revision           integer not null default 1,
  seq                bigint not null,
  primary key (inspection_id, id),
  check (standard_id is not null or standard_text <> '' or kind <> 'DEFICIENCY')
);
create index finding_by_seq on finding (inspection_id, seq);
create index finding_by_id on finding (id);
create index finding_by_line on finding (line_id) where line_id is not null;

create table finding_revision (
  inspection_id uuid not null references inspection,
  finding_id    uuid not null,
  revision      integer not null,
  seq           bigint not null,
  content       json not null,
  author_id     uuid not null references app_user,
  recorded_at   timestamptz not null,
  primary key (inspection_id, finding_id, revision)
);

create table finding_response (
  inspection_id uuid not null references inspection,
  finding_id    uuid not null,
  stance        text not null check (stance in ('ACCEPTED', 'CONTESTED')),
  reason        text not null default '',
  responded_by  uuid not null references app_user,
  responded_at  timestamptz not null,
  ruling        text not null default '' check (ruling in ('', 'UPHELD', 'WITHDRAWN')),
  ruling_reason text not null default '',
  ruled_by      uuid references app_user,
  ruled_at      timestamptz,
  primary key (inspection_id, finding_id),
  check (stance = 'ACCEPTED' or reason <> ''),
  check (ruling = '' or (stance = 'CONTESTED' and ruling_reason <> ''))
);

create table corrective_action (
  inspection_id uuid not null references inspection,
  id            uuid not null,
  finding_id    uuid not null,
  state         text not null check (state in ('OPEN', 'PLANNED', 'REPORTED_DONE', 'VERIFIED', 'REOPENED', 'WAIVED', 'WITHDRAWN')),
  abatement_due timestamptz,
  plan_due      timestamptz not null,
  proof_due     timestamptz not null,
  opened_at     timestamptz not null,
  revision      integer not null default 1,
  primary key (inspection_id, id),
  unique (inspection_id, finding_id)
);

create table evidence (
  inspection_id     uuid not null references inspection,
  id                uuid not null,
  answer_id         uuid,
  finding_id        uuid,
  sha256            bytea not null check (length(sha256) = 32),
  size              bigint not null check (size > 0),
  media_type        text not null,
  class             text not null check (class in ('NONE', 'PEOPLE_VISIBLE', 'MEDICAL', 'LEGAL')),
  captured_from     timestamptz not null,
  captured_to       timestamptz not null,
  place             text not null default '',
  device            text not null default '',
  caption           text not null default '',
  state             text not null check (state in ('DECLARED', 'STORED', 'VERIFIED', 'LOCKED', 'QUARANTINED')),
  object_key        text not null unique,
  version_id        text not null default '',
  sniffed_type      text not null default '',
  retain_until      timestamptz,
  quarantine_reason text not null default '',
  accepted_reason   text not null default '', -- the lead's acceptance of a missing or quarantined original
  accepted_by       uuid references app_user,
  declared_by       uuid not null references app_user,
  declared_at       timestamptz not null,
  finalised_at      timestamptz,
  seq               bigint not null,
  primary key (inspection_id, id),
  check (captured_to >= captured_from)
);
create index evidence_by_seq on evidence (inspection_id, seq);
create index evidence_by_id on evidence (id);

create table score (
  inspection_id uuid not null references inspection,
  policy        text not null,
  version       integer not null,
  result        text not null,
  -- tenths of a percent of the overall share; null if nothing was applicable
  per_mille     integer,
  body          json not null,
  computed_at   timestamptz not null,
  primary key (inspection_id, policy, version)
);

create table snapshot (
  inspection_id uuid primary key references inspection,
  body          bytea not null,
  sha256        bytea not null check (length(sha256) = 32),
  taken_at      timestamptz not null
);

-- What a source states about an inspection as a whole and Plumbline does not derive.
create table statement (
  inspection_id uuid not null references inspection,
  name          text not null,
  value         text not null,
  source        text not null,
  primary key (inspection_id, name)
);

-- Insert-only. One HMAC chain per inspection and one per other aggregate: each event's mac covers
-- the mac before it, so an edit, a gap or a reordering shows.
create table audit_event (
  chain         text not null,
  n             bigint not null,
  id            uuid not null unique,
  inspection_id uuid,
  at            timestamptz not null,
  actor_id      uuid,
  actor_role    text not null,
  action        text not null,
  outcome       text not null check (outcome in ('DONE', 'REFUSED')),
  target_type   text not null,
  target_id     uuid not null,
  detail        json not null,
  mac           bytea not null check (length(mac) = 32),
  primary key (chain, n)
);
create index audit_event_by_inspection on audit_event (inspection_id, n) where inspection_id is not null;

-- Freezing. The state that counts is read with the owner's eyes, whatever the actor may see. Temporary
-- tables come last in every search, so that nobody puts one of their own in the place of a table.

-- +goose StatementBegin
create function inspection_state(id uuid) returns text language sql stable security definer set search_path = public, pg_temp
  as $$ select state from inspection where inspection.id = $1 $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function refuse_when_frozen() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  -- A row belongs to its inspection for good: otherwise it could be moved out of a frozen one.
  if tg_op = 'UPDATE' and new.inspection_id <> old.inspection_id then
    raise exception 'a row stays with its inspection' using errcode = 'PL001';
  end if;
  if inspection_state(new.inspection_id) in ('ISSUED', 'CLOSED', 'CANCELLED') then
    raise exception 'the inspection is frozen' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['answer', 'answer_revision', 'dispute', 'finding', 'finding_revision', 'inspection_standard',
                           'team_member', 'milestone', 'statement', 'score', 'snapshot'] loop
    execute format('create trigger frozen before insert or update on %I for each row execute function refuse_when_frozen()', t);
  end loop;
end $$;
-- +goose StatementEnd
create trigger declared_in_time before insert on evidence for each row execute function refuse_when_frozen();

-- An id names one object, whoever minted it. No unique index says so, for inspection_id leads every
-- key; this asks the indexes by id instead.
-- +goose StatementBegin
create function refuse_taken_id() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from evidence e where e.id = new.id and (tg_table_name <> 'evidence' or e.inspection_id <> new.inspection_id))
     or exists (select from finding f where f.id = new.id and (tg_table_name <> 'finding' or f.inspection_id <> new.inspection_id))
     or exists (select from answer a where a.id = new.id)
     or exists (select from inspection i where i.id = new.id)
     or exists (select from facility f where f.id = new.id)
     or exists (select from app_user u where u.id = new.id)
     or exists (select from edition e where e.id = new.id)
     or exists (select from standard s where s.id = new.id)
     or exists (select from requirement r where r.id = new.id) then
    raise exception 'the id names another object' using errcode = 'PL005';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger id_is_new before insert on evidence for each row execute function refuse_taken_id();
create trigger id_is_new before insert on finding for each row execute function refuse_taken_id();

-- +goose StatementBegin
create function evidence_is_what_was_declared() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.inspection_id, new.sha256, new.size, new.media_type, new.object_key, new.declared_by, new.declared_at, new.captured_from, new.captured_to, new.class)
     is distinct from
     (old.inspection_id, old.sha256, old.size, old.media_type, old.object_key, old.declared_by, old.declared_at, old.captured_from, old.captured_to, old.class) then
    raise exception 'declared evidence cannot be changed' using errcode = 'PL002';
  end if;
  if old.version_id <> '' and new.version_id <> old.version_id then
    raise exception 'the pinned version of evidence cannot be changed' using errcode = 'PL002';
  end if;
  -- Of a frozen inspection's evidence only the lock's end moves.
  if inspection_state(new.inspection_id) in ('ISSUED', 'CLOSED', 'CANCELLED')
     and (to_jsonb(new) - array['retain_until', 'seq']) <> (to_jsonb(old) - array['retain_until', 'seq']) then
    raise exception 'the inspection is frozen' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger evidence_unchanged before update on evidence for each row execute function evidence_is_what_was_declared();

-- What a facility said stays as it was said, and a ruling on it is given once.
-- +goose StatementBegin
create function response_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if inspection_state(new.inspection_id) <> 'ISSUED' then
      raise exception 'a facility responds to an issued report' using errcode = 'PL001';
    end if;
  elsif old.ruling <> '' or (to_jsonb(new) - array['ruling', 'ruling_reason', 'ruled_by', 'ruled_at'])
                         <> (to_jsonb(old) - array['ruling', 'ruling_reason', 'ruled_by', 'ruled_at']) then
    raise exception 'a response stands once given' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger response_stands before insert or update on finding_response for each row execute function response_stands();

-- +goose StatementBegin
create function inspection_begins_planned() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if new.state <> 'PLANNED' or num_nonnulls(new.approved_by, new.final_by, new.issued_by) > 0 then
    raise exception 'an inspection begins as PLANNED' using errcode = 'PL003';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger inspection_begins_planned before insert on inspection for each row execute function inspection_begins_planned();

-- +goose StatementBegin
create function inspection_guard() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  allowed constant text[] := array['PLANNED>IN_PROGRESS', 'IN_PROGRESS>FIELDWORK_DONE', 'FIELDWORK_DONE>IN_REVIEW',
    'IN_REVIEW>IN_PROGRESS', 'IN_REVIEW>ISSUED', 'ISSUED>CLOSED',
    'PLANNED>CANCELLED', 'IN_PROGRESS>CANCELLED', 'FIELDWORK_DONE>CANCELLED', 'IN_REVIEW>CANCELLED'];
  signer uuid;
begin
  if new.state <> old.state and not (old.state || '>' || new.state) = any (allowed) then
    raise exception 'an inspection does not go from % to %', old.state, new.state using errcode = 'PL003';
  end if;
  if (new.id, new.facility_id, new.origin, new.planned_by, new.planned_at, new.source)
     is distinct from (old.id, old.facility_id, old.origin, old.planned_by, old.planned_at, old.source) then
    raise exception 'an inspection stays what it was planned as' using errcode = 'PL001';
  end if;
  if old.state in ('ISSUED', 'CLOSED', 'CANCELLED')
     and (to_jsonb(new) - array['state', 'revision', 'head', 'closed_at'])
         <> (to_jsonb(old) - array['state', 'revision', 'head', 'closed_at']) then
    raise exception 'the inspection is frozen' using errcode = 'PL001';
  end if;
  if new.state = 'ISSUED' and num_nonnulls(new.approved_by, new.final_by, new.issued_by) < 3 then
    raise exception 'an inspection is issued approved, rated and signed' using errcode = 'PL003';
  end if;
  -- Separation of duties: who signs signs for themself, and has done no fieldwork on the inspection.
  foreach signer in array array_remove(array[new.approved_by, new.final_by, new.issued_by], null) loop
    if signer = new.lead_id
       or exists (select from team_member t where t.inspection_id = new.id and t.user_id = signer)
       or exists (select from answer_revision r where r.inspection_id = new.id and r.author_id = signer)
       or exists (select from finding_revision f where f.inspection_id = new.id and f.author_id = signer)
       or exists (select from evidence e where e.inspection_id = new.id and e.declared_by = signer) then
      raise exception 'a reviewer does not sign their own fieldwork' using errcode = 'PL004';
    end if;
    if signer <> all (array_remove(array[old.approved_by, old.final_by, old.issued_by], null))
       and (signer <> actor_id() or actor_role() <> 'REVIEWER') then
      raise exception 'a reviewer signs for themself' using errcode = 'PL004';
    end if;
  end loop;
  return new;
end $$;
-- +goose StatementEnd
create trigger inspection_guarded before update on inspection for each row execute function inspection_guard();

-- Row-level security.

alter table field_office enable row level security;
alter table facility enable row level security;
alter table external_rating enable row level security;
alter table app_user enable row level security;
alter table edition enable row level security;
alter table standard enable row level security;
alter table requirement enable row level security;
alter table worksheet_line enable row level security;
alter table worksheet_line_requirement enable row level security;
alter table inspection enable row level security;
alter table inspection_standard enable row level security;
alter table team_member enable row level security;
alter table milestone enable row level security;
alter table answer enable row level security;
alter table answer_revision enable row level security;
alter table dispute enable row level security;
alter table finding enable row level security;
alter table finding_revision enable row level security;
alter table finding_response enable row level security;
alter table corrective_action enable row level security;
alter table evidence enable row level security;
alter table score enable row level security;
alter table snapshot enable row level security;
alter table statement enable row level security;
alter table audit_event enable row level security;

-- Public facts and the standards: read by every signed-in user, written by administrators.
create policy read_all on field_office for select using (actor_role() is not null);
create policy write_admin on field_office for insert with check (actor_administers());
create policy read_all on facility for select using (actor_role() is not null);
create policy write_admin on facility for insert with check (actor_administers());
create policy update_admin on facility for update using (actor_administers());
create policy read_all on external_rating for select using (actor_role() is not null);
create policy write_admin on external_rating for insert with check (actor_administers());
create policy update_admin on external_rating for update using (actor_administers());
create policy read_all on edition for select using (actor_role() is not null);
create policy write_admin on edition for insert with check (actor_administers());
create policy read_all on standard for select using (actor_role() is not null);
create policy write_admin on standard for insert with check (actor_administers());
create policy read_all on requirement for select using (actor_role() is not null);
create policy write_admin on requirement for insert with check (actor_administers());
create policy read_all on worksheet_line for select using (actor_role() is not null);
create policy write_admin on worksheet_line for insert with check (actor_administers());
create policy read_all on worksheet_line_requirement for select using (actor_role() is not null);
create policy write_admin on worksheet_line_requirement for insert with check (actor_administers());

-- A facility's or field office's people see no OPR roster: only themselves.
create policy read_self on app_user for select using (id = actor_id() or actor_sees_fieldwork() or actor_administers());
create policy write_admin on app_user for insert with check (actor_administers());
create policy update_admin on app_user for update using (actor_administers());

-- Sign-in looks a user up before there is an actor.
-- +goose StatementBegin
create function sign_in(address text) returns setof app_user language sql stable security definer set search_path = public, pg_temp
  as $$ select * from app_user where email = lower(address) and active $$;
-- +goose StatementEnd

-- Membership must not be asked of inspection, whose own policy asks here.
create policy read_team on team_member for select using (actor_sees_fieldwork());
create policy write_team on team_member for insert with check (actor_inspects());
create policy update_team on team_member for update using (actor_inspects());

create policy read_inspection on inspection for select using (
  case actor_role()
    when 'SYSTEM' then true
    when 'REVIEWER' then true
    when 'AUDITOR' then true
    when 'ANALYST' then state in ('ISSUED', 'CLOSED')
    when 'INSPECTOR' then state in ('ISSUED', 'CLOSED')
      or exists (select from team_member t where t.inspection_id = inspection.id and t.user_id = actor_id() and t.removed_at is null)
    when 'LEAD_INSPECTOR' then state in ('ISSUED', 'CLOSED') or lead_id = actor_id()
      or exists (select from team_member t where t.inspection_id = inspection.id and t.user_id = actor_id() and t.removed_at is null)
    when 'FIELD_OFFICE' then state in ('ISSUED', 'CLOSED')
      and exists (select from facility f where f.id = inspection.facility_id and f.field_office = actor_field_office())
    when 'FACILITY' then state in ('ISSUED', 'CLOSED') and facility_id = actor_facility()
    else false
  end);
create policy plan_inspection on inspection for insert with check (actor_inspects());
create policy change_inspection on inspection for update using (actor_inspects());

-- What hangs on an inspection is seen by who sees the inspection; fieldwork only by OPR and its watchers.
-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['answer', 'answer_revision', 'dispute', 'evidence', 'milestone', 'snapshot', 'finding_revision'] loop
    execute format('create policy read_fieldwork on %I for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection))', t);
  end loop;
  foreach t in array array['inspection_standard', 'score', 'statement', 'corrective_action', 'finding_response'] loop
    execute format('create policy read_report on %I for select using (inspection_id in (select id from inspection))', t);
  end loop;
  foreach t in array array['answer', 'answer_revision', 'dispute', 'evidence', 'milestone', 'snapshot', 'finding_revision',
                           'inspection_standard', 'finding', 'score', 'statement', 'corrective_action'] loop
    execute format('create policy write_fieldwork on %I for insert with check (actor_inspects() and inspection_id in (select id from inspection))', t);
    execute format('create policy update_fieldwork on %I for update using (actor_inspects() and inspection_id in (select id from inspection))', t);
  end loop;
end $$;
-- +goose StatementEnd

-- A finding that was taken back was a draft.
create policy read_report on finding for select using (
  (removed_at is null or actor_sees_fieldwork()) and inspection_id in (select id from inspection));

create policy respond on finding_response for insert with check (
  actor_role() = 'FACILITY' and responded_by = actor_id() and ruling = '' and inspection_id in (select id from inspection));
create policy rule_on_response on finding_response for update using (
  actor_inspects() and inspection_id in (select id from inspection));

-- A chain must be readable by whoever writes its next event; only the auditor reads the log itself.
create policy read_log on audit_event for select using (actor_role() in ('AUDITOR', 'SYSTEM'));
create policy write_log on audit_event for insert with check (actor_id = actor_id() and actor_role = actor_role());

-- +goose StatementBegin
create function audit_head(wanted text) returns table (n bigint, mac bytea) language sql security definer set search_path = public, pg_temp
  as $$
    select pg_advisory_xact_lock(hashtextextended(wanted, 0));
    select e.n, e.mac from audit_event e where e.chain = wanted order by e.n desc limit 1;
  $$;
-- +goose StatementEnd

grant usage on schema public to plumbline_app;
grant select, insert on field_office, edition, standard, requirement, worksheet_line, worksheet_line_requirement,
  answer_revision, finding_revision, snapshot, audit_event to plumbline_app;
grant select, insert, update on facility, external_rating, app_user, inspection, inspection_standard, team_member, milestone, answer, dispute,
  finding, finding_response, corrective_action, evidence, score, statement to plumbline_app;
