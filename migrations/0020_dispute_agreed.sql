-- +goose Up

-- A dispute that ended because its parties came to agree, without a ruling: it settles nothing between
-- them, and who goes back on it is opposed again.
alter table dispute add column agreed boolean not null default false;
