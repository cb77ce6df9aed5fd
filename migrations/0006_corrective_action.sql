-- Corrective action after the issue: plan, report, endorsement, proof, verification, reopening. What
-- the frozen report says stays as it is; an action walks on by the steps below, each of which is kept.

-- +goose Up

-- Proof: originals that are declared for an action after the issue. All others stay frozen with their
-- inspection. declared_as is the role in which a proof was declared; only proof has one.
alter table evidence add column action_id uuid, add column declared_as text not null default '';
alter table evidence add constraint proof_is_of_an_action check (
  (action_id is null) = (declared_as = '') and (action_id is null or (answer_id is null and finding_id is null)));
create index evidence_by_action on evidence (action_id) where action_id is not null;
create index evidence_by_sha256 on evidence (sha256);

alter table corrective_action
  add column plan_text         text not null default '',
  add column plan_role         text not null default '', -- who is responsible: a role, never a name
  add column plan_complete_on  date,
  add column planned_at        timestamptz,
  add column report_text       text not null default '',
  add column done_at           timestamptz, -- when the fix was done, as the facility says
  add column reported_at       timestamptz,
  add column verified_by       uuid references app_user,
  add column verified_at       timestamptz,
  add column reopened_at       timestamptz,
  add column waiver_id         uuid,
  add column waived_until      timestamptz,
  add column changed_at        timestamptz;
update corrective_action set changed_at = opened_at;
alter table corrective_action
  alter column changed_at set not null,
  add check ((state = 'WAIVED') = (waiver_id is not null)),
  add check ((waiver_id is null) = (waived_until is null));
create index corrective_action_by_due on corrective_action (proof_due, id);
create index corrective_action_by_id on corrective_action (id);
create index corrective_action_by_waiver on corrective_action (waiver_id) where waiver_id is not null;

-- Every step of an action, in order; n is the action's revision after it. Insert-only.
create table corrective_action_step (
  inspection_id uuid not null references inspection,
  action_id     uuid not null,
  n             integer not null,
  kind          text not null check (kind in ('PLAN', 'REPORT', 'ENDORSE', 'VERIFY', 'REOPEN', 'WAIVE', 'END_WAIVER', 'WITHDRAW')),
  from_state    text not null,
  to_state      text not null,
  text          text not null default '',
  responsible   text not null default '', -- of a plan: a role, never a name
  date          timestamptz, -- of a plan, the day by which; of a report, when it was done
  evidence      uuid[] not null default '{}',
  actor_id      uuid not null,
  actor_role    text not null,
  at            timestamptz not null,
  primary key (inspection_id, action_id, n),
  foreign key (inspection_id, action_id) references corrective_action,
  check (kind <> 'REOPEN' or text <> ''),
  check (kind not in ('VERIFY', 'REPORT') or cardinality(evidence) > 0)
);

-- A waiver has an authority outside the facility and the field office, a reason, a scope and an end.
-- Exactly one of action, requirement and standard is its scope; the last two at one facility.
create table waiver (
  id              uuid primary key,
  facility_id     uuid not null references facility,
  action_id       uuid,
  requirement_id  uuid references requirement,
  standard_id     uuid references standard,
  authority       text not null check (authority <> ''),
  reference       text not null check (reference <> ''),
  reason          text not null check (reason <> ''),
  starts_on       date not null,
  ends_on         date not null, -- the last day on which it holds
  needs_consent   boolean not null,
  granted_by      uuid not null references app_user,
  granted_as      text not null,
  granted_at      timestamptz not null,
  consent_by      uuid references app_user,
  consent_at      timestamptz,
  consent_remarks text not null default '',
  ended_by        uuid references app_user,
  ended_at        timestamptz,
  end_reason      text not null default '',
  expired_at      timestamptz, -- when Plumbline wrote down that it ran out
  check (num_nonnulls(action_id, requirement_id, standard_id) = 1),
  constraint waiver_in_order check (ends_on >= starts_on),
  constraint waiver_within_a_year check (ends_on <= starts_on + interval '12 months'),
  check ((ended_at is null) = (end_reason = ''))
);
create index waiver_by_facility on waiver (facility_id, granted_at desc, id);
create index waiver_by_time on waiver (granted_at desc, id);
create index waiver_to_expire on waiver (ends_on) where ended_at is null and expired_at is null;
-- It holds to the end of its last day.
create function waiver_until(w waiver) returns timestamptz language sql immutable parallel safe
  as $$ select (w.ends_on + 1)::timestamp at time zone 'UTC' $$;
create function waiver_state(w waiver, now timestamptz) returns text language sql immutable parallel safe
  as $$ select case when w.ended_at is not null then 'ENDED' when now >= (w.ends_on + 1)::timestamp at time zone 'UTC' then 'EXPIRED'
               when w.needs_consent and w.consent_at is null then 'AWAITING_CONSENT' else 'IN_EFFECT' end $$;

-- A missed date is pointed out once for each action, due date and level.
create table action_escalation (
  inspection_id uuid not null references inspection,
  action_id     uuid not null,
  due           text not null check (due in ('ABATEMENT', 'PLAN', 'PROOF')),
  level         text not null check (level in ('DUE_SOON', 'OVERDUE', 'OVERDUE_30')),
  due_at        timestamptz not null,
  at            timestamptz not null,
  primary key (inspection_id, action_id, due, level),
  foreign key (inspection_id, action_id) references corrective_action
);
create index action_escalation_by_action on action_escalation (action_id);

-- The outbox: an event is written in the transaction of the change that it tells of, so that none is
-- lost and none is made up. The job that dispatches it makes one delivery for each endpoint.
create table outbox_event (
  id            uuid primary key,
  kind          text not null,
  at            timestamptz not null,
  body          json not null,
  dispatched_at timestamptz
);
create index outbox_event_waiting on outbox_event (at, id) where dispatched_at is null;

create table webhook (
  id         uuid primary key,
  url        text not null,
  kinds      text[] not null check (cardinality(kinds) > 0),
  added_by   uuid not null references app_user,
  added_at   timestamptz not null,
  removed_by uuid references app_user,
  removed_at timestamptz,
  check ((removed_at is null) = (removed_by is null))
);
-- Sealed by a key outside the database, and read by the job that delivers alone.
create table webhook_secret (
  webhook_id uuid primary key references webhook,
  sealed     bytea not null
);
create table webhook_delivery (
  event_id     uuid not null references outbox_event,
  webhook_id   uuid not null references webhook,
  kind         text not null, -- the event's: who manages webhooks sees no content of inspections
  state        text not null check (state in ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')),
  attempts     integer not null default 0,
  status       integer, -- of the last answer
  failure      text not null default '', -- of the last attempt
  created_at   timestamptz not null,
  attempted_at timestamptz,
  primary key (event_id, webhook_id)
);
create index webhook_delivery_newest on webhook_delivery (created_at desc, event_id, webhook_id);

create index corrective_action_step_by_action on corrective_action_step (action_id, n);

-- As Plumbline's rules have it (CorrectiveAction.At and Pending), for lists that select by them.
create function action_state(state text, waived_until timestamptz, now timestamptz) returns text language sql immutable parallel safe
  as $$ select case when state = 'WAIVED' and waived_until <= now then 'REOPENED' else state end $$;
create function action_owed(a corrective_action, now timestamptz) returns timestamptz language sql immutable parallel safe
  as $$ select case when action_state(a.state, a.waived_until, now) in ('OPEN', 'PLANNED', 'REOPENED')
               then least(a.abatement_due, case when a.planned_at is null then a.plan_due end, a.proof_due) end $$;

-- +goose StatementBegin
create or replace function inspection_guard() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
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

-- Fieldwork's originals are declared before the issue, an action's proof after it.
-- +goose StatementBegin
create function evidence_declared_in_time() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  state text := inspection_state(new.inspection_id);
begin
  if new.action_id is null then
    if state in ('ISSUED', 'CLOSED', 'CANCELLED') then
      raise exception 'the inspection is frozen' using errcode = 'PL001';
    end if;
  elsif state not in ('ISSUED', 'CLOSED') then
    raise exception 'proof is declared after the issue' using errcode = 'PL001';
  elsif not exists (select from corrective_action a where a.inspection_id = new.inspection_id and a.id = new.action_id) then
    raise exception 'proof belongs to an action of its inspection' using errcode = 'PL003';
  end if;
  return new;
end $$;
-- +goose StatementEnd
drop trigger declared_in_time on evidence;
create trigger declared_in_time before insert on evidence for each row execute function evidence_declared_in_time();

-- +goose StatementBegin
create or replace function evidence_is_what_was_declared() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.inspection_id, new.sha256, new.size, new.media_type, new.object_key, new.declared_by, new.declared_at, new.captured_from, new.captured_to, new.class,
      new.action_id, new.declared_as)
     is distinct from
     (old.inspection_id, old.sha256, old.size, old.media_type, old.object_key, old.declared_by, old.declared_at, old.captured_from, old.captured_to, old.class,
      old.action_id, old.declared_as) then
    raise exception 'declared evidence cannot be changed' using errcode = 'PL002';
  end if;
  if old.version_id <> '' and new.version_id <> old.version_id then
    raise exception 'the pinned version of evidence cannot be changed' using errcode = 'PL002';
  end if;
  -- Of a frozen inspection's evidence only the lock's end moves; of proof, once it has its verdict.
  if ((new.action_id is null and inspection_state(new.inspection_id) in ('ISSUED', 'CLOSED', 'CANCELLED'))
      or (new.action_id is not null and old.state in ('LOCKED', 'QUARANTINED')))
     and (to_jsonb(new) - array['retain_until', 'seq']) <> (to_jsonb(old) - array['retain_until', 'seq']) then
    raise exception 'the inspection is frozen' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- An action opens while its report is being issued.
-- +goose StatementBegin
create function corrective_action_opens() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if inspection_state(new.inspection_id) <> 'IN_REVIEW' or new.state <> 'OPEN' or new.revision <> 1
     or not exists (select from finding f where f.inspection_id = new.inspection_id and f.id = new.finding_id
                    and f.kind = 'DEFICIENCY' and f.removed_at is null) then
    raise exception 'a corrective action opens when the report of its deficiency is issued' using errcode = 'PL003';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger corrective_action_opens before insert on corrective_action for each row execute function corrective_action_opens();

-- Who may take an action from which state to which, and that the step is kept. An action whose waiver
-- has run out counts as reopened, whether or not that was written down yet.
-- +goose StatementBegin
create function corrective_action_moves() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  was text := case when old.state = 'WAIVED' and new.changed_at >= old.waived_until then 'REOPENED' else old.state end;
  move text := was || '>' || new.state;
  role text := coalesce(actor_role(), '');
  free text[] := array['state', 'revision', 'changed_at', 'waiver_id', 'waived_until'];
  allowed text[];
begin
  case role
    when 'FACILITY' then
      allowed := array['OPEN>PLANNED', 'PLANNED>PLANNED', 'REOPENED>PLANNED', 'OPEN>REPORTED_DONE', 'PLANNED>REPORTED_DONE', 'REOPENED>REPORTED_DONE'];
      free := free || case new.state when 'PLANNED' then array['plan_text', 'plan_role', 'plan_complete_on', 'planned_at']
                                     else array['report_text', 'done_at', 'reported_at'] end;
    when 'FIELD_OFFICE' then
      allowed := array['PLANNED>PLANNED', 'REPORTED_DONE>REPORTED_DONE'];
    when 'INSPECTOR', 'LEAD_INSPECTOR', 'REVIEWER' then
      allowed := array['REPORTED_DONE>VERIFIED', 'REPORTED_DONE>REOPENED', 'VERIFIED>REOPENED'];
      if role <> 'INSPECTOR' then
        allowed := allowed || array['OPEN>WAIVED', 'PLANNED>WAIVED', 'REPORTED_DONE>WAIVED', 'REOPENED>WAIVED', 'WAIVED>REOPENED'];
      end if;
      if role = 'REVIEWER' then
        allowed := allowed || array['OPEN>WITHDRAWN', 'PLANNED>WITHDRAWN', 'REPORTED_DONE>WITHDRAWN', 'VERIFIED>WITHDRAWN', 'REOPENED>WITHDRAWN', 'WAIVED>WITHDRAWN'];
      end if;
      free := free || array['verified_by', 'verified_at', 'reopened_at'];
    when 'SYSTEM' then
      allowed := array['REOPENED>REOPENED']; -- a waiver that ran out
      free := free || array['reopened_at'];
    else
      allowed := '{}';
  end case;
  if old.state = 'WAIVED' and was = 'REOPENED' then
    free := free || array['reopened_at'];
  end if;
  if not move = any (allowed) then
    raise exception 'a % does not take a corrective action from % to %', role, was, new.state using errcode = 'PL006';
  end if;
  if (to_jsonb(new) - free) <> (to_jsonb(old) - free) or new.revision <> old.revision + 1 or new.changed_at < old.changed_at then
    raise exception 'a step changes what belongs to it and nothing else' using errcode = 'PL006';
  end if;
  -- What a waiver covers already is waived in the transaction that issues it.
  if inspection_state(new.inspection_id) not in ('ISSUED', 'CLOSED')
     and not (inspection_state(new.inspection_id) = 'IN_REVIEW' and new.state = 'WAIVED' and role = 'REVIEWER') then
    raise exception 'an action changes after the issue' using errcode = 'PL001';
  end if;
  if not exists (select from corrective_action_step s where s.inspection_id = new.inspection_id and s.action_id = new.id
                 and s.n = new.revision and s.to_state = new.state and s.actor_id = actor_id() and s.actor_role = role) then
    raise exception 'no step without its record' using errcode = 'PL006';
  end if;
  if new.state = 'VERIFIED' then
    perform verification_holds(new);
  elsif new.state = 'WAIVED' then
    perform waiver_holds(new);
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- When the same bytes were first captured and declared, by anybody, anywhere: an old picture does not
-- become new under another id. Whoever asks must have the hash, and learns two times.
-- +goose StatementBegin
create function original_first_seen(hashes bytea[]) returns table (sha256 bytea, captured_from timestamptz, declared_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp
  as $$
    select e.sha256, min(e.captured_from), min(e.declared_at) from evidence e
    where e.sha256 = any (hashes) group by e.sha256
  $$;
-- +goose StatementEnd

-- Separation of duties: not the finding's author nor anyone who revised it; and every original that the
-- verification names was captured and declared after the reported fix, and declared after the last
-- reopening: proof of this action, or fieldwork of another inspection of the facility.
-- +goose StatementBegin
create function verification_holds(a corrective_action) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if a.verified_by is distinct from actor_id()
     or exists (select from finding f where f.inspection_id = a.inspection_id and f.id = a.finding_id and actor_id() in (f.author_id, f.revised_by))
     or exists (select from finding_revision r where r.inspection_id = a.inspection_id and r.finding_id = a.finding_id and r.author_id = actor_id()) then
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
create function waiver_holds(a corrective_action) returns void language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if not exists (
    select from waiver w join inspection i on i.id = a.inspection_id
      join finding f on f.inspection_id = a.inspection_id and f.id = a.finding_id
    where w.id = a.waiver_id and w.facility_id = i.facility_id and waiver_until(w) = a.waived_until and waiver_state(w, a.changed_at) = 'IN_EFFECT'
      and (w.consent_at is not null or not (f.priority_declared or f.priority_derived))
      and (w.action_id = a.id or (i.origin = 'LIVE' and (w.requirement_id = f.requirement_id or w.standard_id = f.standard_id)))) then
    raise exception 'no waiver holds for the action' using errcode = 'PL006';
  end if;
end $$;
-- +goose StatementEnd

-- A waiver stands as it was granted; consent is a reviewer's who neither granted it nor had part in the
-- fieldwork that it sets aside; its end is given once.
-- +goose StatementBegin
create function waiver_stands() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  free text[];
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.consent_at, new.consent_by, new.ended_at, new.ended_by, new.expired_at) > 0
       or (new.action_id is not null and not exists (select from corrective_action a join inspection i on i.id = a.inspection_id
                                                     where a.id = new.action_id and i.facility_id = new.facility_id)) then
      raise exception 'a waiver begins with its grant' using errcode = 'PL006';
    end if;
    return new;
  end if;
  free := case when old.consent_at is null and new.consent_at is not null then array['consent_by', 'consent_at', 'consent_remarks']
               when old.ended_at is null and new.ended_at is not null then array['ended_by', 'ended_at', 'end_reason']
               else array['expired_at'] end;
  if (to_jsonb(new) - free) <> (to_jsonb(old) - free) or old.ended_at is not null or old.expired_at is not null then
    raise exception 'a waiver stands as it was granted' using errcode = 'PL006';
  end if;
  if old.consent_at is null and new.consent_at is not null
     and (new.consent_by is distinct from actor_id() or actor_role() is distinct from 'REVIEWER' or new.consent_by = old.granted_by
          or exists (select from corrective_action a join inspection i on i.id = a.inspection_id
                     join finding f on f.inspection_id = a.inspection_id and f.id = a.finding_id
                     where i.facility_id = old.facility_id and (a.id = old.action_id or f.requirement_id = old.requirement_id or f.standard_id = old.standard_id)
                       and (i.lead_id = new.consent_by
                            or exists (select from team_member t where t.inspection_id = i.id and t.user_id = new.consent_by)))) then
    raise exception 'an independent reviewer consents to a waiver' using errcode = 'PL004';
  end if;
  if old.ended_at is null and new.ended_at is not null and new.ended_by is distinct from actor_id() then
    raise exception 'who ends a waiver says so' using errcode = 'PL004';
  end if;
  if new.expired_at is distinct from old.expired_at and (actor_role() is distinct from 'SYSTEM' or new.expired_at < waiver_until(new)) then
    raise exception 'a waiver runs out when its time has come' using errcode = 'PL006';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger waiver_stands before insert or update on waiver for each row execute function waiver_stands();

create trigger corrective_action_moves before update on corrective_action for each row execute function corrective_action_moves();

-- Row-level security.

alter table corrective_action_step enable row level security;
alter table waiver enable row level security;
alter table action_escalation enable row level security;
alter table outbox_event enable row level security;
alter table webhook enable row level security;
alter table webhook_secret enable row level security;
alter table webhook_delivery enable row level security;

create policy read_report on corrective_action_step for select using (inspection_id in (select id from inspection));
create policy take_step on corrective_action_step for insert with check (
  actor_id = actor_id() and actor_role = actor_role() and inspection_id in (select id from inspection)
  and (actor_inspects() or actor_role() in ('FACILITY', 'FIELD_OFFICE')));
-- What exactly they may change is the trigger's business.
create policy answer_action on corrective_action for update using (
  actor_role() in ('FACILITY', 'FIELD_OFFICE') and inspection_id in (select id from inspection));

-- The inspected see, of all evidence, what a facility declared as proof; never fieldwork.
create policy read_own_proof on evidence for select using (
  actor_role() in ('FACILITY', 'FIELD_OFFICE') and declared_as = 'FACILITY' and inspection_id in (select id from inspection));
create policy declare_proof on evidence for insert with check (
  actor_role() = 'FACILITY' and declared_as = 'FACILITY' and declared_by = actor_id() and inspection_id in (select id from inspection));
create policy finalise_proof on evidence for update using (
  actor_role() = 'FACILITY' and declared_as = 'FACILITY' and inspection_id in (select id from inspection));

create policy read_waiver on waiver for select using (
  actor_sees_fieldwork() or (actor_role() = 'FACILITY' and facility_id = actor_facility())
  or (actor_role() = 'FIELD_OFFICE' and exists (select from facility f where f.id = facility_id and f.field_office = actor_field_office())));
create policy grant_waiver on waiver for insert with check (
  actor_role() in ('LEAD_INSPECTOR', 'REVIEWER') and granted_by = actor_id() and granted_as = actor_role());
create policy change_waiver on waiver for update using (actor_role() in ('LEAD_INSPECTOR', 'REVIEWER', 'SYSTEM'));

create policy read_report on action_escalation for select using (inspection_id in (select id from inspection));
create policy escalate on action_escalation for insert with check (actor_role() = 'SYSTEM');

-- Whoever changes something writes its event; the jobs read it.
create policy write_event on outbox_event for insert with check (actor_role() is not null and dispatched_at is null);
create policy read_event on outbox_event for select using (actor_role() = 'SYSTEM');
create policy dispatch_event on outbox_event for update using (actor_role() = 'SYSTEM');
create policy read_webhook on webhook for select using (actor_administers());
create policy add_webhook on webhook for insert with check (actor_role() = 'ADMINISTRATOR' and added_by = actor_id());
create policy remove_webhook on webhook for update using (actor_role() = 'ADMINISTRATOR');
create policy keep_secret on webhook_secret for insert with check (actor_role() = 'ADMINISTRATOR');
create policy use_secret on webhook_secret for select using (actor_role() = 'SYSTEM');
create policy read_delivery on webhook_delivery for select using (actor_administers());
create policy make_delivery on webhook_delivery for insert with check (actor_role() = 'SYSTEM');
create policy record_delivery on webhook_delivery for update using (actor_role() = 'SYSTEM');

-- +goose StatementBegin
create function webhook_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.removed_at is not null or (to_jsonb(new) - array['removed_by', 'removed_at']) <> (to_jsonb(old) - array['removed_by', 'removed_at']) then
    raise exception 'an endpoint is added or removed, never changed' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger webhook_stands before update on webhook for each row execute function webhook_stands();
-- +goose StatementBegin
create function event_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.dispatched_at is not null or (to_jsonb(new) - 'dispatched_at') <> (to_jsonb(old) - 'dispatched_at') then
    raise exception 'an event stands as it was written' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger event_stands before update on outbox_event for each row execute function event_stands();

grant select, insert on action_escalation, webhook_secret to plumbline_app;
grant select, insert, update on outbox_event, webhook, webhook_delivery to plumbline_app;
grant select, insert on corrective_action_step to plumbline_app;
grant select, insert, update on waiver to plumbline_app;
