-- +goose Up

-- An edition is a version of a standards set. What is stored so far is the first version of its own
-- set; its content is not touched, and neither is its hash.
alter table edition
  add column standards_set text,
  add column version       integer not null default 1 check (version >= 1),
  add column supersedes    text not null default '';
update edition set standards_set = key;
alter table edition
  alter column standards_set set not null,
  alter column version drop default,
  add constraint edition_version unique (standards_set, version),
  add constraint edition_set check (standards_set !~ '-v[0-9]+$'),
  add constraint edition_key check (
    version = 1 and key = standards_set and supersedes = ''
    or version > 1 and key = standards_set || '-v' || version and supersedes <> '');

-- The requirement of the 2016 revision that asks for the same, and the group of detainees that alone
-- it concerns. The only set stored so far is the 2016 revision, whose lineage is itself.
alter table requirement
  add column lineage    text not null default '',
  add column population text not null default '';
update requirement set lineage = key;
create index requirement_by_lineage on requirement (lineage) where lineage <> '';
