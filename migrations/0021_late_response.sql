-- A facility answers a deficiency that was adopted after the freeze as it answers one that was issued, and who
-- inspects it next has both among the earlier ones.

-- +goose Up

create or replace view deficiency with (security_invoker = true) as
  select inspection_id, id, standard_id, standard_text, requirement_id, line_id, code, citation, citation_confirmed, text,
         priority_declared, priority_derived, corrected_on_site, recorded_at, repeat_times
  from finding where kind = 'DEFICIENCY' and removed_at is null
  union all
  select inspection_id, finding_id, standard_id, standard_text, requirement_id, line_id, code, citation, citation_confirmed, text,
         priority_declared, priority_derived, corrected_on_site, adopted_at, 0 -- repeats are derived at the issue
  from amended_deficiency where opens_action;

-- What was adopted may be answered as long as it can be adopted of a report: also once that is closed.
-- +goose StatementBegin
create or replace function response_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  state text := inspection_state(new.inspection_id);
begin
  if tg_op = 'INSERT' then
    if not (state = 'ISSUED' or state = 'CLOSED' and exists (select from amended_deficiency d
                                 where d.inspection_id = new.inspection_id and d.finding_id = new.finding_id and d.opens_action)) then
      raise exception 'a facility responds to an issued report' using errcode = 'PL001';
    end if;
  elsif old.ruling <> '' or (to_jsonb(new) - array['ruling', 'ruling_reason', 'ruled_by', 'ruled_at'])
                         <> (to_jsonb(old) - array['ruling', 'ruling_reason', 'ruled_by', 'ruled_at']) then
    raise exception 'a response stands once given' using errcode = 'PL001';
  end if;
  return new;
end $$;
-- +goose StatementEnd

-- An adoption can make its visit one of the last five, and another drop out. What was adopted before counts as
-- changed by this migration: no tablet was told of it.
alter table amended_deficiency add column changed_in xid8 not null default pg_current_xact_id();

-- As before, but of the facility's past also what was adopted late.
-- +goose StatementBegin
create or replace function rows_to_forget(collection text, inspections uuid[]) returns table (inspection_id uuid, id uuid)
  language sql stable security definer set search_path = public, pg_temp
  as $$
    with mine as (
      select o.* from inspection o where o.id = any (inspections) and actor_inspects()
        and (o.lead_id = actor_id() or exists (select from team_member t where t.inspection_id = o.id and t.user_id = actor_id())))
    select a.inspection_id, a.id from mine join answer a on a.inspection_id = mine.id where collection = 'checklistItem'
    union all
    select mine.id, mine.id from mine where collection = 'inspection'
    union all
    select s.inspection_id, s.standard_id from mine join inspection_standard s on s.inspection_id = mine.id where collection = 'assignment'
    union all
    select mine.id, f.id from mine join inspection i on i.facility_id = mine.facility_id and i.origin = mine.origin and i.id <> mine.id
      and i.state in ('ISSUED', 'CLOSED') and i.planned_end < mine.planned_end
      join deficiency f on f.inspection_id = i.id
      where collection = 'priorFinding'
  $$;
-- +goose StatementEnd

-- As before, but consent to a waiver sets aside also the fieldwork of what was adopted late. Who brought it is, or
-- was, on the team: nobody else's late work is kept.
-- +goose StatementBegin
create or replace function waiver_stands() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
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
                     join deficiency f on f.inspection_id = a.inspection_id and f.id = a.finding_id
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
