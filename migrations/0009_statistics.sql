-- The dashboard's questions. An issued inspection does not change, so that what its answers add up to
-- is counted once, at issue: a row for each of its standards instead of one for each of its items.

-- +goose Up

create table standard_tally (
  inspection_id  uuid not null references inspection,
  standard_id    uuid not null references standard,
  meets          integer not null,
  does_not_meet  integer not null,
  not_applicable integer not null,
  undetermined   integer not null,
  not_reviewed   integer not null,
  primary key (inspection_id, standard_id)
);

-- How often a rating is known by two methods or more. It tells of interviews, so that the inspected
-- do not see it: a table of its own.
create table standard_corroboration (
  inspection_id uuid not null references inspection,
  standard_id   uuid not null references standard,
  corroborated  integer not null,
  primary key (inspection_id, standard_id)
);

alter table standard_tally enable row level security;
alter table standard_corroboration enable row level security;
create policy read_report on standard_tally for select using (inspection_id in (select id from inspection));
create policy read_fieldwork on standard_corroboration for select using (
  actor_sees_fieldwork() and inspection_id in (select id from inspection));

-- Nobody is granted to write them: only the issue does, with the owner's rights.
grant select on standard_tally, standard_corroboration to plumbline_app;

-- +goose StatementBegin
create function tally_standards(inspections uuid[]) returns void language sql security definer set search_path = public, pg_temp
  as $$
    insert into standard_tally
    select a.inspection_id, a.standard_id,
           count(*) filter (where a.rating = 'MEETS'), count(*) filter (where a.rating = 'DOES_NOT_MEET'),
           count(*) filter (where a.rating = 'NOT_APPLICABLE'), count(*) filter (where a.rating = 'UNDETERMINED'),
           count(*) filter (where a.rating = 'NOT_REVIEWED')
    from answer a where a.inspection_id = any (inspections) group by a.inspection_id, a.standard_id;
    insert into standard_corroboration
    select a.inspection_id, a.standard_id,
           count(*) filter (where a.rating in ('MEETS', 'DOES_NOT_MEET') and cardinality(a.methods) >= 2)
    from answer a where a.inspection_id = any (inspections) group by a.inspection_id, a.standard_id;
  $$;
-- +goose StatementEnd
revoke execute on function tally_standards(uuid[]) from public;

-- +goose StatementBegin
create function tally_at_issue() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform tally_standards(array[new.id]);
  return null;
end $$;
-- +goose StatementEnd
create trigger tallied_at_issue after update on inspection for each row
  when (old.state <> 'ISSUED' and new.state = 'ISSUED') execute function tally_at_issue();

select tally_standards(array(select id from inspection where state in ('ISSUED', 'CLOSED')));

-- Who runs a facility, by what its record states: a company's name or form (PRIVATE), a level of government
-- (PUBLIC), or, where no operator is stated, a type that is by its definition a private contractor's. Who
-- only guards, a hospital, and a name that says neither are UNKNOWN.
-- +goose StatementBegin
create function operator_type(operator text, type text) returns text language sql immutable parallel safe
  as $$
    select case
      when operator ~* '\(GUARD\)' then 'UNKNOWN'
      when operator ~* '\m(LLC|L\.L\.C\.|INC|CORP|CORPORATION)(\M|$)'
        or upper(operator) in ('CORECIVIC', 'CCA', 'GEO', 'GEO GROUP', 'LASALLE CORRECTIONS', 'M&TC', 'MTC', 'CEC', 'CORNELL') then 'PRIVATE'
      when operator ~* '^(COUNTY|CITY|STATE|FEDERAL|BOP|ORR)\M' then 'PUBLIC'
      when operator = '' and type in ('CDF', 'USMS_CDF') then 'PRIVATE'
      else 'UNKNOWN'
    end
  $$;
-- +goose StatementEnd

-- The whole system in counts, the same for everyone who may ask. It is counted with the owner's eyes,
-- for the administrator sees no inspection; what stands in an inspection nobody issued is no finding yet.
-- +goose StatementBegin
create function system_totals(now timestamptz) returns json language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if coalesce(actor_role() not in ('INSPECTOR', 'LEAD_INSPECTOR', 'REVIEWER', 'ANALYST', 'AUDITOR', 'ADMINISTRATOR', 'SYSTEM'), true) then
    return null;
  end if;
  return json_build_object(
    'Users', (select json_agg(json_build_object('Role', role, 'Active', active, 'Inactive', inactive) order by role)
              from (select role, count(*) filter (where active) active, count(*) filter (where not active) inactive from app_user group by role) u),
    'Facilities', (select count(*) from facility),
    'FacilitiesListed', (select count(*) from facility where listed),
    'ExternalRatings', (select count(*) from external_rating),
    'Editions', (select count(*) from edition),
    'PartialEditions', (select count(*) from edition where partial),
    'Inspections', (select json_agg(json_build_object('Origin', origin, 'State', state, 'Inspections', n) order by origin, state)
                    from (select origin, state, count(*) n from inspection group by origin, state) i),
    'Answers', (select count(*) from answer),
    'AnswerVersions', (select count(*) from answer_revision),
    'Findings', (select json_agg(json_build_object('Kind', kind, 'Findings', n) order by kind)
                 from (select f.kind, count(*) n from finding f join inspection i on i.id = f.inspection_id
                       where i.state in ('ISSUED', 'CLOSED') and f.removed_at is null group by f.kind) k),
    'FindingVersions', (select count(*) from finding_revision),
    'Evidence', (select json_agg(json_build_object('State', state, 'Originals', n, 'Bytes', bytes) order by state)
                 from (select state, count(*) n, sum(size) bytes from evidence group by state) e),
    'Actions', (select json_agg(json_build_object('State', state, 'Actions', n) order by state)
                from (select action_state(state, waived_until, now) state, count(*) n from corrective_action group by 1) a),
    'Waivers', (select json_agg(json_build_object('State', state, 'Waivers', n) order by state)
                from (select waiver_state(w, now) state, count(*) n from waiver w group by 1) w),
    'DisputesOpen', (select count(*) from dispute where ruled_at is null),
    'DisputesRuled', (select count(*) from dispute where ruled_at is not null),
    'AuditEvents', (select count(*) from audit_event));
end $$;
-- +goose StatementEnd

-- The place of a standard's number in a list: 2.9 before 2.10.
-- +goose StatementBegin
create function standard_place(number text) returns text language sql immutable parallel safe
  as $$ select coalesce(string_agg(lpad(part, greatest(6, length(part)), '0'), '.' order by n), '') from regexp_split_to_table(number, '\.') with ordinality parts (part, n) $$;
-- +goose StatementEnd
