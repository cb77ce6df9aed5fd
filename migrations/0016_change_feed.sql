-- Who waits for a change is woken when it is committed. What is sent names only what changed: a kind,
-- an id, and the transaction's number, or of a head the head. Whoever is woken reads for themself, so
-- that nobody learns of a row that they may not see, and a lost word costs nothing. Each word is said
-- once per transaction, however many rows it stands for.

-- +goose Up
-- +goose StatementBegin
create function tell(kind text, id uuid) returns void language sql set search_path = public, pg_temp
  as $$ select pg_notify('plumbline_change', kind || ' ' || id || ' ' || pg_current_xact_id()) $$;
-- +goose StatementEnd

-- Rows of an inspection: the trigger's argument is the kind.
-- +goose StatementBegin
create function tell_of_rows() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform tell(tg_argv[0], c.inspection_id) from (select distinct inspection_id from changed) c;
  return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
do $$
declare
  t text[];
begin
  foreach t slice 1 in array array[
      ['answer', 'answer'], ['evidence', 'evidence'], ['finding', 'finding'], ['observation', 'observation'],
      ['device_contact', 'ledger'], ['kept_write', 'ledger']] loop
    execute format('create trigger tell_of_new after insert on %I referencing new table as changed for each statement execute function tell_of_rows(%L)', t[1], t[2]);
    execute format('create trigger tell_of_changed after update on %I referencing new table as changed for each statement execute function tell_of_rows(%L)', t[1], t[2]);
  end loop;
end $$;
-- +goose StatementEnd

-- The header; and whose open inspections are now others. Rows are read with the owner's eyes: who is
-- to be woken does not depend on what the one who changes may see.
-- +goose StatementBegin
create function tell_of_inspection() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.head <> old.head then
    perform pg_notify('plumbline_change', 'head ' || new.id || ' ' || new.head);
  end if;
  if (new.state, new.lead_id, new.revision) is distinct from (old.state, old.lead_id, old.revision) then
    perform tell('header', new.id);
  end if;
  if (new.state, new.lead_id) is distinct from (old.state, old.lead_id) then
    perform tell('scope', t.user_id) from team_member t where t.inspection_id = new.id and t.removed_at is null;
    perform tell('facility', new.facility_id);
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_of_change after update on inspection for each row execute function tell_of_inspection();

-- +goose StatementBegin
create function tell_of_team() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform tell('scope', new.user_id);
  perform tell('header', new.inspection_id);
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_of_new after insert on team_member for each row execute function tell_of_team();
create trigger tell_of_change after update on team_member for each row when (old.removed_at is distinct from new.removed_at) execute function tell_of_team();

-- +goose StatementBegin
create function tell_of_assignment() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform tell('header', new.inspection_id);
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_of_change after update on inspection_standard for each row
  when (old.assigned_to is distinct from new.assigned_to) execute function tell_of_assignment();

-- What became of a facility's earlier findings.
-- +goose StatementBegin
create function tell_of_action() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform tell('facility', i.facility_id) from inspection i where i.id = new.inspection_id;
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_of_new after insert on corrective_action for each row execute function tell_of_action();
create trigger tell_of_change after update on corrective_action for each row when (old.state is distinct from new.state) execute function tell_of_action();

-- Whoever is connected as a user or by a device is looked at again.
-- +goose StatementBegin
create function tell_of_itself() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform tell(tg_argv[0], new.id);
  return null;
end $$;
-- +goose StatementEnd
create trigger tell_of_revocation after update on device for each row
  when (old.revoked_at is distinct from new.revoked_at) execute function tell_of_itself('device');
create trigger tell_of_change after update on app_user for each row
  when ((old.active, old.role, old.email, old.field_office, old.facility_id) is distinct from (new.active, new.role, new.email, new.field_office, new.facility_id))
  execute function tell_of_itself('user');
