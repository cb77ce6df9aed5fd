-- +goose Up

-- What its author says of a finding beside its text. Severity follows from likelihood and spread, and
-- is kept as it was ranked.
alter table finding
  add column correction_note text not null default '',
  add column condition       text not null default '' check (condition = '' or kind = 'AREA_OF_CONCERN'),
  add column likelihood      text not null default '' check (likelihood in ('', 'UNLIKELY', 'POSSIBLE', 'LIKELY')),
  add column spread          text not null default '' check (spread in ('', 'ISOLATED', 'PATTERN', 'WIDESPREAD')),
  add column severity        text not null default '' check (severity in ('', 'LOW', 'MODERATE', 'HIGH', 'IMMEDIATE')),
  add check ((likelihood = '') = (spread = ''));

-- What the facility's past makes of a deficiency, written when its inspection is issued. Inspections
-- that were issued before have none.
alter table finding
  add column repeat_derived   text not null default '' check (repeat_derived in ('', 'NONE', 'CERTAIN', 'PROBABLE')),
  add column repeat_times     integer not null default 0 check (repeat_times >= 0),
  add column repeat_first_on  date,
  add column repeat_days_open integer check (repeat_days_open >= 0),
  add column repeat_of        uuid[] not null default '{}',
  add check ((repeat_derived in ('CERTAIN', 'PROBABLE')) = (repeat_times > 0)),
  add check ((repeat_times > 0) = (repeat_first_on is not null)),
  add check ((repeat_times > 0) = (repeat_days_open is not null));

-- The corrective actions of earlier inspections that were not settled when this one started, and what
-- it found of each.
create table carried_action (
  inspection_id      uuid not null references inspection,
  action_id          uuid not null,
  finding_id         uuid not null,
  from_inspection_id uuid not null references inspection,
  requirement_id     uuid references requirement,
  standard_id        uuid references standard,
  age_days           integer not null check (age_days >= 0),
  outcome            text not null default '' check (outcome in ('', 'REPEATED', 'LOOKED_AT', 'NOT_LOOKED_AT')),
  primary key (inspection_id, action_id),
  foreign key (from_inspection_id, action_id) references corrective_action,
  foreign key (from_inspection_id, finding_id) references finding,
  check (from_inspection_id <> inspection_id)
);

-- How an issued inspection compares with the last one of its kind. What tells of ratings is apart,
-- because the inspected read the rest.
create table trend (
  inspection_id uuid primary key references inspection,
  body          json not null
);
create table trend_fieldwork (
  inspection_id uuid primary key references inspection,
  body          json not null
);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['carried_action', 'trend', 'trend_fieldwork'] loop
    execute format('create trigger frozen before insert or update on %I for each row execute function refuse_when_frozen()', t);
    execute format('alter table %I enable row level security', t);
    execute format('create policy write_fieldwork on %I for insert with check (actor_inspects() and inspection_id in (select id from inspection))', t);
  end loop;
  foreach t in array array['carried_action', 'trend_fieldwork'] loop
    execute format('create policy read_fieldwork on %I for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection))', t);
  end loop;
end $$;
-- +goose StatementEnd
create policy update_fieldwork on carried_action for update using (actor_inspects() and inspection_id in (select id from inspection));
create policy read_report on trend for select using (inspection_id in (select id from inspection));

grant select, insert on trend, trend_fieldwork to plumbline_app;
grant select, insert, update on carried_action to plumbline_app;
