-- What an inspection sets out to look at: the edition it was planned under.

-- +goose Up

-- The edition an inspection was planned under; its standards may be bound to others. Null only where
-- an inspection of before had no standards.
alter table inspection add column edition_id uuid references edition;
-- Frozen inspections get theirs too: what they were planned under does not change, it is only said.
alter table inspection disable trigger inspection_guarded;
update inspection i set edition_id = (select s.edition_id from inspection_standard s where s.inspection_id = i.id order by s.position limit 1);
alter table inspection enable trigger inspection_guarded;

-- +goose StatementBegin
create function inspection_scope_stays() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  raise exception 'an inspection stays what it was planned as' using errcode = 'PL001';
end $$;
-- +goose StatementEnd
create trigger inspection_scope_stays before update on inspection for each row
  when (new.edition_id is distinct from old.edition_id) execute function inspection_scope_stays();
