-- What a tablet only reads: inspections, checklists, assignments and the facility's past. These change
-- under the locks of many inspections, so that no lock orders them. Every row carries the number of the
-- transaction that changed it last, and is served once no transaction with a lower number runs.

-- +goose Up

-- A number that this database has not given out yet came with a restored copy, and is as old as can be.
create function stamp_of(changed_in xid8) returns xid8 language sql stable parallel safe
  as $$ select case when changed_in < pg_snapshot_xmax(pg_current_snapshot()) then changed_in else '0'::xid8 end $$;

-- Checklist items do not change. What was there before is older than every number.
alter table answer add column changed_in xid8 not null default '0';
alter table answer alter column changed_in set default pg_current_xact_id();
alter table inspection_standard add column changed_in xid8 not null default '0';
alter table corrective_action add column changed_in xid8 not null default '0';
alter table finding_response add column changed_in xid8 not null default '0';
alter table carried_action add column changed_in xid8 not null default '0';

-- +goose StatementBegin
create function stamp_change() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  new.changed_in := pg_current_xact_id();
  return new;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['inspection_standard', 'corrective_action', 'finding_response', 'carried_action'] loop
    execute format('create trigger stamped_new before insert on %I for each row execute function stamp_change()', t);
    execute format('create trigger stamped before update on %I for each row when (old.* is distinct from new.*) execute function stamp_change()', t);
  end loop;
end $$;
-- +goose StatementEnd

-- When a header changed: the inspection's own row moves with every answer.
create table inspection_stamp (
  inspection_id uuid primary key references inspection,
  changed_in    xid8 not null,
  changed_at    timestamptz not null
);
insert into inspection_stamp select id, '0', planned_at from inspection;
alter table inspection_stamp enable row level security;
create policy read_fieldwork on inspection_stamp for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
-- Nobody is granted to write it: only the triggers do, with the owner's rights.
grant select on inspection_stamp to plumbline_app;

-- +goose StatementBegin
create function stamp_inspections(inspections uuid[]) returns void language sql security definer set search_path = public, pg_temp
  as $$
    insert into inspection_stamp select id, pg_current_xact_id(), now() from unnest(inspections) id order by id
    on conflict (inspection_id) do update set changed_in = excluded.changed_in, changed_at = excluded.changed_at;
  $$;
-- +goose StatementEnd
revoke execute on function stamp_inspections(uuid[]) from public;
-- +goose StatementBegin
create function header_changed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  case tg_table_name
    when 'inspection' then perform stamp_inspections(array[new.id]);
    when 'team_member' then perform stamp_inspections(array[new.inspection_id]);
    when 'facility' then perform stamp_inspections(array(
      select i.id from inspection i where i.facility_id = new.id and i.state in ('PLANNED', 'IN_PROGRESS', 'FIELDWORK_DONE', 'IN_REVIEW')));
    when 'app_user' then perform stamp_inspections(array(
      select i.id from team_member t join inspection i on i.id = t.inspection_id
      where t.user_id = new.id and i.state in ('PLANNED', 'IN_PROGRESS', 'FIELDWORK_DONE', 'IN_REVIEW')));
  end case;
  return null;
end $$;
-- +goose StatementEnd
create trigger stamped_new after insert on inspection for each row execute function header_changed();
create trigger stamped after update on inspection for each row
  when ((to_jsonb(old) - 'head') is distinct from (to_jsonb(new) - 'head')) execute function header_changed();
create trigger stamped_new after insert on team_member for each row execute function header_changed();
create trigger stamped after update on team_member for each row when (old.* is distinct from new.*) execute function header_changed();
create trigger stamped after update on facility for each row
  when ((old.name, old.city, old.state) is distinct from (new.name, new.city, new.state)) execute function header_changed();
create trigger stamped after update on app_user for each row
  when ((old.name, old.email, old.role) is distinct from (new.name, new.email, new.role)) execute function header_changed();

-- What a tablet may hold of inspections that its user no longer works on, so that it forgets them: ids
-- and nothing else, for who is or was on the team. The ids are the rows' own: of headers the inspections,
-- of checklists the answers, of assignments the standards, of the facility's past the findings.
-- +goose StatementBegin
create function rows_to_forget(collection text, inspections uuid[]) returns table (inspection_id uuid, id uuid)
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
      join finding f on f.inspection_id = i.id and f.kind = 'DEFICIENCY' and f.removed_at is null
      where collection = 'priorFinding'
  $$;
-- +goose StatementEnd
