-- Who follows a ledger is told of what it shows and no topic told of: sealed notes, the lead's statements,
-- and what became of a device that was heard of.

-- +goose Up
create trigger tell_of_new after insert on interview_note referencing new table as changed for each statement execute function tell_of_rows('ledger');
create trigger tell_of_new after insert on device_statement referencing new table as changed for each statement execute function tell_of_rows('ledger');

create index device_contact_by_device on device_contact (device_id);
-- +goose StatementBegin
create function tell_ledgers_of_device() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform tell('ledger', c.inspection_id) from device_contact c where c.device_id = new.id;
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_ledgers after update on device for each row
  when ((old.name, old.revoked_at) is distinct from (new.name, new.revoked_at)) execute function tell_ledgers_of_device();
