-- Devices that register themselves, prove who they are with a key of their own, and are told apart
-- from the people who carry them.

-- +goose Up

-- When a person last signed in at the identity provider: tokens of their devices rest on it.
create table user_sign_in (
  user_id uuid primary key references app_user,
  at      timestamptz not null
);

-- A code under which one device may register. A user has one at a time.
create table device_registration (
  user_id    uuid primary key references app_user,
  code_hash  bytea not null unique check (length(code_hash) = 32), -- SHA-256; the code itself is nowhere
  name       text not null,
  asked_at   timestamptz not null,
  expires_at timestamptz not null,
  device_id  uuid references device -- what it was used for; null while it was not
);

-- Challenges that were answered: none is answered twice, whichever server process it reaches. Those
-- that were not need no row.
create table device_challenge (
  nonce      bytea primary key,
  expires_at timestamptz not null
);
create index device_challenge_by_expiry on device_challenge (expires_at);

alter table user_sign_in enable row level security;
alter table device_registration enable row level security;
alter table device_challenge enable row level security;

create policy read_own on user_sign_in for select using (user_id = actor_id() or actor_administers());
create policy read_own on device_registration for select using (user_id = actor_id());
create policy ask on device_registration for insert with check (user_id = actor_id());
create policy use on device_registration for update using (user_id = actor_id());

grant select on user_sign_in to plumbline_app;
grant select, insert, update on device_registration to plumbline_app;

-- A device stays what it was registered as, and one that was revoked stays revoked.
-- +goose StatementBegin
create function device_stands() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.id, new.user_id, new.public_key, new.registered_at) is distinct from (old.id, old.user_id, old.public_key, old.registered_at)
     or (old.revoked_at is not null
         and (new.revoked_at, new.revoked_by, new.revoked_reason) is distinct from (old.revoked_at, old.revoked_by, old.revoked_reason)) then
    raise exception 'a device stays what it was registered as, and revoked once it was' using errcode = 'PL064';
  end if;
  if old.revoked_at is null and new.revoked_by <> actor_id() then
    raise exception 'who revokes a device signs for it' using errcode = 'PL064';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger device_stands before update on device for each row execute function device_stands();

-- Lets a request in, before there is an actor: the active person behind an address or an id, and the
-- device if it is theirs. In the same statement it notes the sign-in, at most once an hour and never
-- back, and that the device was heard of, at most once a minute.
-- +goose StatementBegin
create function admit(address text, wanted_user uuid, wanted_device uuid, proved_at timestamptz, ahead_ms bigint, asked_at timestamptz)
  returns table (id uuid, email text, name text, role text, field_office text, facility_id uuid, device_id uuid, revoked boolean)
  language sql volatile security definer set search_path = public, pg_temp as $$
  with person as (
    select u.* from app_user u where u.active and u.id = wanted_user
    union all
    select u.* from app_user u where u.active and wanted_user is null and u.email = lower(address)
  ), noted as (
    insert into user_sign_in (user_id, at)
    select p.id, least(proved_at, asked_at) from person p
    where proved_at is not null
      and not exists (select from user_sign_in s where s.user_id = p.id and s.at > least(proved_at, asked_at) - interval '1 hour')
    on conflict (user_id) do update set at = greatest(user_sign_in.at, excluded.at)
  ), carried as (
    select d.id, d.revoked_at from device d join person p on p.id = d.user_id where d.id = wanted_device
  ), heard as (
    update device d set last_seen_at = asked_at, clock_offset_ms = coalesce(ahead_ms, d.clock_offset_ms)
    from carried c where d.id = c.id and (d.last_seen_at is null or d.last_seen_at <= asked_at - interval '1 minute')
  )
  select p.id, p.email, p.name, p.role, p.field_office, p.facility_id, c.id, c.revoked_at is not null
  from person p left join carried c on true
$$;
-- +goose StatementEnd

-- The active user who asked for the code, while it is valid, and the device it was used for, if any.
-- +goose StatementBegin
create function registration_of(hash bytea, asked_at timestamptz)
  returns table (id uuid, email text, name text, role text, field_office text, facility_id uuid, device_name text, device_id uuid, device_key bytea)
  language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.email, u.name, u.role, u.field_office, u.facility_id, r.name, r.device_id, d.public_key
  from device_registration r join app_user u on u.id = r.user_id left join device d on d.id = r.device_id
  where r.code_hash = hash and r.expires_at > asked_at and u.active
$$;
-- +goose StatementEnd

-- What a device's assertion is judged by.
-- +goose StatementBegin
create function device_credential(wanted uuid)
  returns table (id uuid, email text, name text, role text, field_office text, facility_id uuid, active boolean,
                 public_key bytea, revoked boolean, signed_in_at timestamptz)
  language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.email, u.name, u.role, u.field_office, u.facility_id, u.active, d.public_key, d.revoked_at is not null, s.at
  from device d join app_user u on u.id = d.user_id left join user_sign_in s on s.user_id = u.id
  where d.id = wanted
$$;
-- +goose StatementEnd

-- Takes an answered challenge, once, and notes that its device was heard of. What expired is forgotten
-- an hour late: the clocks of two server processes may differ.
-- +goose StatementBegin
create function take_challenge(taken bytea, expires timestamptz, by_device uuid, ahead_ms bigint, asked_at timestamptz) returns boolean
  language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  delete from device_challenge c where c.expires_at < asked_at - interval '1 hour';
  insert into device_challenge (nonce, expires_at) values (taken, expires) on conflict do nothing;
  if not found then
    return false;
  end if;
  update device d set last_seen_at = asked_at, clock_offset_ms = ahead_ms where d.id = by_device;
  return true;
end $$;
-- +goose StatementEnd
