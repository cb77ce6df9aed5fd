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

-- Sealed notes are nobody's to read; how many a device brought, and when, is the fieldwork's.
-- +goose StatementBegin
create function notes_brought(wanted uuid) returns table (device_id uuid, notes bigint, first_at timestamptz, last_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp
  as $$ select n.device_id, count(*), min(n.received_at), max(n.received_at) from interview_note n
        where n.inspection_id = wanted and actor_sees_fieldwork() group by 1 $$;
-- +goose StatementEnd

alter table device_statement enable row level security;
create policy read_fieldwork on device_statement for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy state on device_statement for insert with check (
  actor_role() = 'LEAD_INSPECTOR' and stated_by = actor_id()
  and exists (select from inspection i where i.id = inspection_id and i.lead_id = actor_id()));
create trigger frozen before insert or update on device_statement for each row execute function refuse_when_frozen();
grant select, insert on device_statement to plumbline_app;
