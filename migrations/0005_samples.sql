-- Draws of samples. A draw begins as a commitment: the seed is chosen by the server and hidden until
-- it is on record what is drawn from. Positions in a list are kept and nothing of whom they stand for.

-- +goose Up
create table sample_draw (
  inspection_id  uuid not null references inspection,
  id             uuid not null,
  requirement_id uuid references requirement,
  purpose        text not null check (purpose <> ''),
  commitment     bytea not null check (length(commitment) = 32), -- SHA-256 of the seed
  committed_by   uuid not null references app_user,
  committed_at   timestamptz not null,
  population     integer check (population > 0),
  size           integer check (size > 0 and size <= population),
  list           text not null default '',
  list_sha256    bytea check (length(list_sha256) = 32),
  drawn_by       uuid references app_user,
  drawn_at       timestamptz,
  positions      integer[] not null default '{}', -- in the order drawn
  primary key (inspection_id, id),
  check (num_nulls(population, size, drawn_by, drawn_at) in (0, 4)),
  check ((drawn_at is null) = (list = '')),
  check (list_sha256 is null or drawn_at is not null)
);
create index sample_draw_by_id on sample_draw (id);

create table sample_seed (
  inspection_id uuid not null,
  draw_id       uuid not null,
  seed          bytea not null check (length(seed) = 32),
  primary key (inspection_id, draw_id),
  foreign key (inspection_id, draw_id) references sample_draw
);

create table sample_substitution (
  inspection_id  uuid not null,
  draw_id        uuid not null,
  n              integer not null check (n >= 0), -- in the order made, gapless
  position       integer not null,
  replacement    integer, -- null: every position is drawn already
  reason         text not null check (reason <> ''),
  substituted_by uuid not null references app_user,
  substituted_at timestamptz not null,
  primary key (inspection_id, draw_id, n),
  unique (inspection_id, draw_id, position),
  unique (inspection_id, draw_id, replacement),
  foreign key (inspection_id, draw_id) references sample_draw
);

-- A draw is committed, then fixed, then its positions are written; each once and for good.
-- +goose StatementBegin
create function sample_draw_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if new.drawn_at is not null or new.positions <> '{}' then
      raise exception 'a sample is committed to before it is drawn' using errcode = 'PL050';
    end if;
    return new;
  end if;
  if (new.inspection_id, new.id, new.requirement_id, new.purpose, new.commitment, new.committed_by, new.committed_at)
     is distinct from (old.inspection_id, old.id, old.requirement_id, old.purpose, old.commitment, old.committed_by, old.committed_at) then
    raise exception 'a commitment stands' using errcode = 'PL050';
  end if;
  if old.drawn_at is null then
    if new.positions <> '{}' then
      raise exception 'positions follow from what is drawn from' using errcode = 'PL050';
    end if;
  elsif (new.population, new.size, new.list, new.list_sha256, new.drawn_by, new.drawn_at)
        is distinct from (old.population, old.size, old.list, old.list_sha256, old.drawn_by, old.drawn_at)
     or (new.positions <> old.positions and (old.positions <> '{}' or cardinality(new.positions) <> new.size)) then
    raise exception 'a drawn sample stands' using errcode = 'PL050';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger sample_draw_stands before insert or update on sample_draw for each row execute function sample_draw_stands();

-- +goose StatementBegin
create function seed_is_committed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from sample_draw d where d.inspection_id = new.inspection_id and d.id = new.draw_id
                 and d.drawn_at is null and d.commitment = sha256(new.seed)) then
    raise exception 'the seed is not the one that was committed to' using errcode = 'PL050';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger seed_is_committed before insert on sample_seed for each row execute function seed_is_committed();

-- +goose StatementBegin
create function substitutions_follow() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.n <> (select count(*) from sample_substitution s where s.inspection_id = new.inspection_id and s.draw_id = new.draw_id)
     or not exists (select from sample_draw d where d.inspection_id = new.inspection_id and d.id = new.draw_id and d.positions <> '{}'
                    and new.position between 1 and d.population and (new.replacement is null or new.replacement between 1 and d.population)) then
    raise exception 'a substitution follows the last of a drawn sample' using errcode = 'PL050';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger substitutions_follow before insert on sample_substitution for each row execute function substitutions_follow();

create trigger frozen before insert or update on sample_draw for each row execute function refuse_when_frozen();
create trigger frozen before insert or update on sample_seed for each row execute function refuse_when_frozen();
create trigger frozen before insert or update on sample_substitution for each row execute function refuse_when_frozen();

-- An id names one object, whoever minted it.
-- +goose StatementBegin
create function refuse_id_of_draw() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from sample_draw d where d.id = new.id and (tg_table_name <> 'sample_draw' or d.inspection_id <> new.inspection_id)) then
    raise exception 'the id names another object' using errcode = 'PL005';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger id_is_new before insert on sample_draw for each row execute function refuse_taken_id();
create trigger id_is_no_draw before insert on sample_draw for each row execute function refuse_id_of_draw();
create trigger id_is_no_draw before insert on evidence for each row execute function refuse_id_of_draw();
create trigger id_is_no_draw before insert on finding for each row execute function refuse_id_of_draw();

alter table sample_draw enable row level security;
alter table sample_seed enable row level security;
alter table sample_substitution enable row level security;

create policy read_fieldwork on sample_draw for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy write_fieldwork on sample_draw for insert with check (
  actor_inspects() and committed_by = actor_id() and inspection_id in (select id from inspection));
create policy update_fieldwork on sample_draw for update using (actor_inspects() and inspection_id in (select id from inspection));

-- Nobody reads a seed, the server's role among them, before it is on record what is drawn from.
create policy read_drawn on sample_seed for select using (
  exists (select from sample_draw d where d.inspection_id = sample_seed.inspection_id and d.id = sample_seed.draw_id and d.drawn_at is not null));
create policy write_fieldwork on sample_seed for insert with check (actor_inspects() and inspection_id in (select id from inspection));

create policy read_fieldwork on sample_substitution for select using (actor_sees_fieldwork() and inspection_id in (select id from inspection));
create policy write_fieldwork on sample_substitution for insert with check (
  actor_inspects() and substituted_by = actor_id() and inspection_id in (select id from inspection));

grant select, insert, update on sample_draw to plumbline_app;
grant select, insert on sample_seed, sample_substitution to plumbline_app;
