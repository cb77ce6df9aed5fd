-- What a lead says of a tablet that cannot report, what each tablet brought, and what becomes of work
-- that came after the freeze: an amendment beside the record, never an edit of it.

-- +goose Up

-- The lead finishes the fieldwork although a device was not heard to be empty, and says why. The
-- statement holds until the device is heard again.
create table device_statement (
  inspection_id uuid not null references inspection,
  device_id     uuid not null references device,
  reason        text not null check (reason <> ''),
  stated_by     uuid not null references app_user,
  stated_at     timestamptz not null,
  primary key (inspection_id, device_id, stated_at)
);

-- Sealed notes are nobody's to read or to count; that a device was heard is no secret among colleagues.
-- +goose StatementBegin
create function notes_brought(wanted uuid) returns table (device_id uuid, first_at timestamptz, last_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select n.device_id, min(n.received_at), max(n.received_at) from interview_note n
        where n.inspection_id = wanted and actor_sees_fieldwork() group by 1 $$;
-- +goose StatementEnd

alter table device_statement enable row level security;
create policy read_fieldwork on device_statement for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy state on device_statement for insert with check (
  actor_role() = 'LEAD_INSPECTOR' and stated_by = actor_id()
  and exists (select from inspection i where i.id = inspection_id and i.lead_id = actor_id()));
create trigger frozen before insert or update on device_statement for each row execute function refuse_when_frozen();
grant select, insert on device_statement to plumbline_app;

-- Who decides on late work, and when: before the freeze the lead, and where the lead brought it an
-- independent reviewer; after the freeze an independent reviewer. While the reviewer has the
-- inspection nothing is adopted: what is being reviewed stands still.
-- +goose StatementBegin
create function late_work_is_decided() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  role text := coalesce(actor_role(), '');
  i inspection;
begin
  select * into i from inspection where id = new.inspection_id;
  if not (case when i.state in ('ISSUED', 'CLOSED', 'CANCELLED') then role = 'REVIEWER'
              when new.user_id = i.lead_id then role = 'REVIEWER'
              else role = 'LEAD_INSPECTOR' and i.lead_id = actor_id() end)
     or (role = 'REVIEWER' and (i.lead_id = actor_id()
         or exists (select from team_member t where t.inspection_id = i.id and t.user_id = actor_id()))) then
    raise exception 'another decides on this late work' using errcode = 'PL066';
  end if;
  if new.decision = 'ADOPTED' and i.state in ('PLANNED', 'IN_REVIEW') then
    raise exception 'late work is adopted into fieldwork or beside a report' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger late_work_is_decided before update of decision on kept_write for each row execute function late_work_is_decided();

-- A note that came late is sealed by who adopts it, in its author's name.
create policy adopt on interview_note for insert with check (actor_inspects() and exists (
  select from kept_write k where k.inspection_id = interview_note.inspection_id and k.collection = 'interviewNote' and k.document_id = interview_note.id
    and k.user_id = interview_note.author_id and k.decision = 'ADOPTED' and k.decided_by = actor_id()));

-- What was adopted after the freeze: beside the record, with its authorship. Of a sealed note nothing
-- but that it was adopted; the note itself lies where nobody reads.
create table amendment (
  inspection_id   uuid not null references inspection,
  id              uuid not null,
  kept_write_id   uuid not null,
  collection      text not null,
  document_id     uuid not null,
  content         json, -- as pushed; null of a sealed note
  author_id       uuid not null references app_user,
  device_id       uuid,
  device_time     timestamptz,
  clock_offset_ms bigint,
  received_at     timestamptz not null,
  adopted_by      uuid not null references app_user,
  adopted_at      timestamptz not null,
  reason          text not null check (reason <> ''),
  primary key (inspection_id, id),
  unique (inspection_id, kept_write_id),
  foreign key (inspection_id, kept_write_id) references kept_write,
  check ((content is null) = (collection = 'interviewNote'))
);
create table amendment_note (
  inspection_id uuid not null references inspection,
  amendment_id  uuid not null,
  key_id        text not null check (key_id <> ''),
  sealed        bytea not null check (length(sealed) > 0),
  primary key (inspection_id, amendment_id),
  foreign key (inspection_id, amendment_id) references amendment
);

-- What the inspected, too, are told of an adopted deficiency: what is wrong, and never who says so, from
-- which device, or how it is known.
create table amended_deficiency (
  inspection_id      uuid not null references inspection,
  amendment_id       uuid not null,
  finding_id         uuid not null,
  standard_id        uuid references standard,
  standard_text      text not null,
  requirement_id     uuid references requirement,
  line_id            uuid references worksheet_line,
  code               text not null,
  citation           text not null,
  citation_confirmed boolean not null,
  text               text not null check (text <> ''),
  responsible_party  text not null,
  priority_declared  boolean not null,
  priority_derived   boolean not null,
  repeat_declared    boolean not null,
  corrected_on_site  text not null,
  correction_note    text not null,
  immediate_threat   boolean not null,
  opens_action       boolean not null, -- the first that is told of a finding that was not issued
  adopted_at         timestamptz not null,
  primary key (inspection_id, amendment_id),
  foreign key (inspection_id, amendment_id) references amendment
);
create unique index amended_deficiency_opens on amended_deficiency (inspection_id, finding_id) where opens_action;

-- What a facility has to put right: what was issued, and what was adopted since.
create view deficiency with (security_invoker = true) as
  select inspection_id, id, standard_id, standard_text, requirement_id, line_id, code, citation, citation_confirmed, text,
         priority_declared, priority_derived, corrected_on_site, recorded_at
  from finding where kind = 'DEFICIENCY' and removed_at is null
  union all
  select inspection_id, finding_id, standard_id, standard_text, requirement_id, line_id, code, citation, citation_confirmed, text,
         priority_declared, priority_derived, corrected_on_site, adopted_at
  from amended_deficiency where opens_action;
grant select on deficiency to plumbline_app;
-- What comes along is an action; its deficiency may have been adopted.
alter table carried_action drop constraint carried_action_from_inspection_id_finding_id_fkey;

-- An amendment is made of late work of the same inspection, by who adopted it, once the record is frozen.
-- +goose StatementBegin
create function amendment_holds() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if inspection_state(new.inspection_id) not in ('ISSUED', 'CLOSED', 'CANCELLED') then
    raise exception 'an amendment is made to what is frozen' using errcode = 'PL003';
  end if;
  if not exists (select from kept_write k where k.inspection_id = new.inspection_id and k.id = new.kept_write_id and k.late and k.decision = 'ADOPTED'
                 and (k.collection, k.document_id, k.user_id, k.received_at, k.decided_by, k.decided_at, k.decision_reason)
                   = (new.collection, new.document_id, new.author_id, new.received_at, new.adopted_by, new.adopted_at, new.reason)) then
    raise exception 'an amendment is adopted late work' using errcode = 'PL066';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger amendment_holds before insert on amendment for each row execute function amendment_holds();

alter table amendment enable row level security;
alter table amendment_note enable row level security;
alter table amended_deficiency enable row level security;
create policy read_fieldwork on amendment for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy amend on amendment for insert with check (
  actor_role() = 'REVIEWER' and adopted_by = actor_id() and inspection_id in (select id from inspection));
create policy amend on amendment_note for insert with check (actor_role() = 'REVIEWER' and exists (
  select from amendment a where a.inspection_id = amendment_note.inspection_id and a.id = amendment_id and a.adopted_by = actor_id()));
create policy read_report on amended_deficiency for select using (inspection_id in (select id from inspection));
create policy amend on amended_deficiency for insert with check (actor_role() = 'REVIEWER' and exists (
  select from amendment a where a.inspection_id = amended_deficiency.inspection_id and a.id = amendment_id and a.adopted_by = actor_id()));
grant select, insert on amendment, amended_deficiency to plumbline_app;
grant insert on amendment_note to plumbline_app;

-- Late deficiencies by when they came: they are decided on within five days.
create index kept_write_late on kept_write (received_at, id) where late and decision = '' and collection = 'finding';

-- Fieldwork that was done is open again if adopted late work leaves a gap in it.
-- +goose StatementBegin
create or replace function inspection_guard() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  allowed constant text[] := array['PLANNED>IN_PROGRESS', 'IN_PROGRESS>FIELDWORK_DONE', 'FIELDWORK_DONE>IN_REVIEW',
    'FIELDWORK_DONE>IN_PROGRESS',
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
  -- Proof of a corrective action, declared after the issue, is no fieldwork.
  foreach signer in array array_remove(array[new.approved_by, new.final_by, new.issued_by], null) loop
    if signer = new.lead_id
       or exists (select from team_member t where t.inspection_id = new.id and t.user_id = signer)
       or exists (select from answer_revision r where r.inspection_id = new.id and r.author_id = signer)
       or exists (select from finding_revision f where f.inspection_id = new.id and f.author_id = signer)
       or exists (select from evidence e where e.inspection_id = new.id and e.declared_by = signer and e.action_id is null) then
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

-- An action opens while its report is being issued, or when a late deficiency is adopted after that.
-- +goose StatementBegin
create or replace function corrective_action_opens() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  state text := inspection_state(new.inspection_id);
begin
  if new.state <> 'OPEN' or new.revision <> 1
     or not ((state = 'IN_REVIEW' and exists (select from finding f where f.inspection_id = new.inspection_id and f.id = new.finding_id
                                              and f.kind = 'DEFICIENCY' and f.removed_at is null))
             or (state in ('ISSUED', 'CLOSED') and exists (select from amended_deficiency d where d.inspection_id = new.inspection_id
                                                           and d.finding_id = new.finding_id and d.opens_action))) then
    raise exception 'a corrective action opens when its deficiency is issued or adopted' using errcode = 'PL003';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- Nor does who brought it late verify its correction; and a waiver may cover it.
-- +goose StatementBegin
create or replace function verification_holds(a corrective_action) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if a.verified_by is distinct from actor_id()
     or exists (select from finding f where f.inspection_id = a.inspection_id and f.id = a.finding_id and actor_id() in (f.author_id, f.revised_by))
     or exists (select from finding_revision r where r.inspection_id = a.inspection_id and r.finding_id = a.finding_id and r.author_id = actor_id())
     or exists (select from amended_deficiency d join amendment m on m.inspection_id = d.inspection_id and m.id = d.amendment_id
                where d.inspection_id = a.inspection_id and d.finding_id = a.finding_id and m.author_id = actor_id()) then
    raise exception 'the author of a finding does not verify its correction' using errcode = 'PL004';
  end if;
  if not exists (select from corrective_action_step s where s.inspection_id = a.inspection_id and s.action_id = a.id and s.n = a.revision and s.kind = 'VERIFY')
     or exists (
    select from corrective_action_step s cross join unnest(s.evidence) named
    where s.inspection_id = a.inspection_id and s.action_id = a.id and s.n = a.revision
      and not exists (
        select from evidence e join inspection i on i.id = e.inspection_id
        where e.id = named and e.state in ('VERIFIED', 'LOCKED')
          and (i.facility_id, i.origin) = (select home.facility_id, home.origin from inspection home where home.id = a.inspection_id)
          and (e.action_id = a.id or (e.action_id is null and e.inspection_id <> a.inspection_id))
          and e.captured_from > a.done_at and e.declared_at > a.done_at
          and e.captured_from <= e.declared_at + interval '5 minutes' -- else its clock is wrong
          and not exists ( -- the same bytes under another id are no newer than they were
            select from original_first_seen(array[e.sha256]) seen
            where seen.captured_from <= a.done_at or seen.declared_at <= greatest(a.done_at, a.reopened_at))
          and (a.reopened_at is null or e.declared_at > a.reopened_at))) then
    raise exception 'a fix is verified on evidence newer than its report' using errcode = 'PL006';
  end if;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create or replace function waiver_holds(a corrective_action) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not exists (
    select from waiver w join inspection i on i.id = a.inspection_id
      join deficiency f on f.inspection_id = a.inspection_id and f.id = a.finding_id
    where w.id = a.waiver_id and w.facility_id = i.facility_id and waiver_until(w) = a.waived_until and waiver_state(w, a.changed_at) = 'IN_EFFECT'
      and (w.consent_at is not null or not (f.priority_declared or f.priority_derived))
      and (w.action_id = a.id or (i.origin = 'LIVE' and (w.requirement_id = f.requirement_id or w.standard_id = f.standard_id)))) then
    raise exception 'no waiver holds for the action' using errcode = 'PL006';
  end if;
end $$;
-- +goose StatementEnd
