-- A score in full names the inspectors' reasons and how much is known by two methods: fieldwork, which
-- the inspected do not read. They read the line that lists show, and the form of the report.

-- +goose Up
create table score_body (
  inspection_id uuid not null references inspection,
  policy        text not null,
  version       integer not null,
  body          json not null,
  primary key (inspection_id, policy, version),
  foreign key (inspection_id, policy, version) references score
);
insert into score_body (inspection_id, policy, version, body) select inspection_id, policy, version, body from score;
alter table score drop column body;

create trigger frozen before insert or update on score_body for each row execute function refuse_when_frozen();
alter table score_body enable row level security;
create policy read_fieldwork on score_body for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy write_fieldwork on score_body for insert with check (actor_inspects() and inspection_id in (select id from inspection));
grant select, insert on score_body to plumbline_app;
