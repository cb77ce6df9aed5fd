-- What facility, field office and public read of an issued inspection's report: taken from its
-- snapshot, which they may not see, when it is issued, and never changed.

-- +goose Up
create table report (
  inspection_id   uuid not null references inspection,
  form            text not null check (form in ('FACILITY', 'PUBLIC')),
  body            bytea not null,
  sha256          bytea not null check (sha256 = sha256(body)),
  snapshot_sha256 bytea not null check (length(snapshot_sha256) = 32),
  made_at         timestamptz not null,
  primary key (inspection_id, form)
);

-- A form is stored with the snapshot that it is taken from, in the transaction that issues. For
-- inspections that were issued before there were forms, the operator's own command stores them.
-- +goose StatementBegin
create function report_is_made_at_issue() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if inspection_state(new.inspection_id) in ('ISSUED', 'CLOSED', 'CANCELLED') and actor_role() is distinct from 'SYSTEM' then
    raise exception 'the inspection is frozen' using errcode = 'PL001';
  end if;
  if not exists (select from snapshot s where s.inspection_id = new.inspection_id and s.sha256 = new.snapshot_sha256) then
    raise exception 'a report is taken from the snapshot of its inspection' using errcode = 'PL003';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger report_made_at_issue before insert on report for each row execute function report_is_made_at_issue();

alter table report enable row level security;
create policy read_report on report for select using (inspection_id in (select id from inspection));
create policy write_fieldwork on report for insert with check (actor_inspects() and inspection_id in (select id from inspection));

grant select, insert on report to plumbline_app;
