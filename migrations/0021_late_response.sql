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
