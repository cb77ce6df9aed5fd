-- What a tablet without a network brings home: the devices themselves, which version of which field is
-- whose, what lost or was refused, notes of a walk, and interview notes that nobody here can open.

-- +goose Up

-- A checkpoint is worth something only in the history it was given in. A restore from backup, or a
-- standby that took over, begins another.
create table installation (
  one boolean primary key default true check (one),
  id  uuid not null default gen_random_uuid()
);
insert into installation default values;
-- +goose StatementBegin
create function database_epoch() returns text language sql stable security definer set search_path = public, pg_temp
  as $$ select left(encode(sha256(convert_to(concat_ws('/', i.id, s.system_identifier, c.timeline_id, d.oid), 'UTF8')), 'hex'), 16)
        from installation i, pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database() $$;
-- +goose StatementEnd

-- A tablet, known by the public half of a key that never leaves it.
create table device (
  id              uuid primary key,
  user_id         uuid not null references app_user,
  name            text not null check (name <> ''),
  public_key      bytea not null unique, -- PKIX, DER
  registered_at   timestamptz not null,
  last_seen_at    timestamptz,
  clock_offset_ms bigint, -- how far its clock was ahead of the server's when last heard
  revoked_at      timestamptz,
  revoked_by      uuid references app_user,
  revoked_reason  text not null default '',
  revision        integer not null default 1,
  check (num_nulls(revoked_at, revoked_by) in (0, 2)),
  check ((revoked_at is null) = (revoked_reason = ''))
);
create index device_by_user on device (user_id, registered_at);

-- What a device said of an inspection, and when it was heard.
create table device_contact (
  inspection_id    uuid not null references inspection,
  device_id        uuid not null references device,
  user_id          uuid not null references app_user,
  first_contact_at timestamptz not null,
  last_contact_at  timestamptz not null,
  outbox           integer check (outbox >= 0), -- what it still holds unsent, as it last said; null: it never said
  outbox_at        timestamptz,
  primary key (inspection_id, device_id),
  check (num_nulls(outbox, outbox_at) in (0, 2))
);

-- Who wrote each field as it stands, by field; and how far the device's clock was ahead.
alter table answer add column written_by json not null default '{}';
alter table answer_revision add column written_by json not null default '{}', add column clock_offset_ms bigint;
create index answer_revision_by_device on answer_revision (inspection_id, device_id) where device_id is not null;
alter table finding add column written_by json not null default '{}', add column device_id uuid, add column device_time timestamptz;
alter table finding_revision add column device_id uuid, add column device_time timestamptz, add column clock_offset_ms bigint;
alter table evidence add column device_id uuid, add column clock_offset_ms bigint;
alter table dispute add column fields text[] not null default '{rating}' check (fields <> '{}');

-- What was noted on a walk and rates nothing yet. Never an interview.
create table observation (
  inspection_id  uuid not null references inspection,
  id             uuid not null,
  standard_id    uuid references standard,
  requirement_id uuid references requirement,
  text           text not null check (text <> ''),
  place          text not null default '',
  observed_at    timestamptz, -- by the device's clock
  removed_at     timestamptz,
  author_id      uuid not null references app_user,
  recorded_at    timestamptz not null,
  revised_by     uuid not null references app_user,
  revised_at     timestamptz not null,
  device_id      uuid,
  device_time    timestamptz,
  written_by     json not null default '{}',
  revision       integer not null default 1,
  seq            bigint not null,
  primary key (inspection_id, id)
);
create index observation_by_seq on observation (inspection_id, seq);
create index observation_by_id on observation (id);

create table observation_revision (
  inspection_id   uuid not null references inspection,
  observation_id  uuid not null,
  revision        integer not null,
  seq             bigint not null,
  content         json not null,
  author_id       uuid not null references app_user,
  device_id       uuid,
  device_time     timestamptz,
  clock_offset_ms bigint,
  recorded_at     timestamptz not null,
  primary key (inspection_id, observation_id, revision)
);

-- Sealed on the tablet to the vault's public key. There is no grant to read them.
create table interview_note (
  inspection_id   uuid not null references inspection,
  id              uuid not null,
  key_id          text not null check (key_id <> ''),
  sealed          bytea not null check (length(sealed) > 0),
  author_id       uuid not null references app_user,
  device_id       uuid,
  device_time     timestamptz,
  clock_offset_ms bigint,
  received_at     timestamptz not null,
  primary key (inspection_id, id)
);

-- What was pushed and did not become part of the record: refused, or kept aside because it came late
-- (after the fieldwork, after its author left the team, from a revoked device). Late work becomes part
-- of the record only when somebody adopts it. A frozen inspection takes these too: nothing is dropped.
create table kept_write (
  inspection_id   uuid not null references inspection,
  id              uuid not null,
  collection      text not null check (collection in ('answer', 'evidence', 'finding', 'observation', 'interviewNote')),
  document_id     uuid not null,
  document        json not null, -- as pushed
  assumed         json,          -- the state that the device held for the server's
  sha256          bytea not null check (length(sha256) = 32), -- of the collection and what was pushed: a retry is the same write
  code            text not null check (code <> ''),
  reason          text not null check (reason <> ''),
  late            boolean not null,
  user_id         uuid not null references app_user,
  device_id       uuid,
  device_time     timestamptz,
  clock_offset_ms bigint,
  received_at     timestamptz not null,
  decision        text not null default '' check (decision in ('', 'ADOPTED', 'DISMISSED')),
  decided_by      uuid references app_user,
  decided_at      timestamptz,
  decision_reason text not null default '',
  primary key (inspection_id, id),
  check (num_nulls(decided_by, decided_at) in (0, 2)),
  check ((decision = '') = (decided_at is null) and (decision = '') = (decision_reason = '')),
  check (decision = '' or late)
);
create unique index kept_write_once on kept_write (inspection_id, user_id, sha256);
create index kept_write_by_document on kept_write (inspection_id, document_id);
create index kept_write_undecided on kept_write (inspection_id) where late and decision = '';

-- A kept write stands as it came; it is decided on once.
-- +goose StatementBegin
create function kept_write_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.decision <> '' or (to_jsonb(new) - array['decision', 'decided_by', 'decided_at', 'decision_reason'])
                        <> (to_jsonb(old) - array['decision', 'decided_by', 'decided_at', 'decision_reason']) then
    raise exception 'a kept write stands as it came' using errcode = 'PL060';
  end if;
  if new.decided_by = old.user_id then
    raise exception 'nobody adopts their own late work' using errcode = 'PL004';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger kept_write_stands before update on kept_write for each row execute function kept_write_stands();

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['observation', 'observation_revision', 'interview_note'] loop
    execute format('create trigger frozen before insert or update on %I for each row execute function refuse_when_frozen()', t);
  end loop;
  foreach t in array array['installation', 'device', 'device_contact', 'observation', 'observation_revision', 'interview_note', 'kept_write'] loop
    execute format('alter table %I enable row level security', t);
  end loop;
  foreach t in array array['observation', 'observation_revision'] loop
    execute format('create policy read_fieldwork on %I for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection))', t);
    execute format('create policy write_fieldwork on %I for insert with check (actor_inspects() and inspection_id in (select id from inspection))', t);
    execute format('create policy update_fieldwork on %I for update using (actor_inspects() and inspection_id in (select id from inspection))', t);
  end loop;
end $$;
-- +goose StatementEnd
-- An observation's id, too, names one object.
-- +goose StatementBegin
create or replace function refuse_taken_id() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from evidence e where e.id = new.id and (tg_table_name <> 'evidence' or e.inspection_id <> new.inspection_id))
     or exists (select from finding f where f.id = new.id and (tg_table_name <> 'finding' or f.inspection_id <> new.inspection_id))
     or exists (select from observation o where o.id = new.id and (tg_table_name <> 'observation' or o.inspection_id <> new.inspection_id))
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
create trigger id_is_new before insert on observation for each row execute function refuse_taken_id();
create trigger id_is_no_draw before insert on observation for each row execute function refuse_id_of_draw();

create policy seal on interview_note for insert with check (
  actor_inspects() and author_id = actor_id() and inspection_id in (select id from inspection));

-- Colleagues see whose devices still hold work; the administrator sees all devices and no inspection.
create policy read_device on device for select using (user_id = actor_id() or actor_sees_fieldwork() or actor_administers());
create policy register_device on device for insert with check (user_id = actor_id() or actor_role() = 'SYSTEM');
create policy change_device on device for update using (user_id = actor_id() or actor_administers());

create policy read_fieldwork on device_contact for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy report_contact on device_contact for insert with check (
  actor_inspects() and user_id = actor_id() and inspection_id in (select id from inspection)
  and exists (select from device d where d.id = device_id and d.user_id = actor_id()));
create policy change_contact on device_contact for update using (
  actor_inspects() and user_id = actor_id() and inspection_id in (select id from inspection));

-- Who was ever on the team may bring what they hold, also when they no longer see the inspection.
-- What is kept is read by those who read the fieldwork; who brought it sees it too.
create policy read_kept on kept_write for select using (
  user_id = actor_id() or (actor_sees_fieldwork() and inspection_id in (select id from inspection)));
create policy keep on kept_write for insert with check (
  actor_inspects() and user_id = actor_id() and decision = ''
  and exists (select from team_member t where t.inspection_id = kept_write.inspection_id and t.user_id = actor_id()));
create policy decide on kept_write for update using (actor_inspects() and inspection_id in (select id from inspection))
  with check (decided_by = actor_id());

grant select, insert, update on device, device_contact, observation, kept_write to plumbline_app;
grant select, insert on observation_revision to plumbline_app;
grant insert on interview_note to plumbline_app;
