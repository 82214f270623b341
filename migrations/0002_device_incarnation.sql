-- A device's lives: how a disk that was restored from an older copy, or copied to another computer, is noticed.
create table device_incarnation (
    store_id      uuid not null,
    device_id     uuid not null,
    incarnation   bigint not null check (incarnation > 0),
    -- The newest start of the program on that disk, and its mark.
    boot          bigint not null,
    boot_nonce    bigint not null,
    first_seen_at timestamptz not null,
    -- Another incarnation of the device came after it.
    superseded_at timestamptz,
    primary key (store_id, device_id, incarnation),
    foreign key (store_id, device_id) references device
);
create unique index one_current_incarnation on device_incarnation (store_id, device_id) where superseded_at is null;

-- 0: a program that knows no incarnations; its numbers are not compared.
alter table command add column incarnation bigint not null default 0;
create unique index one_command_per_number on command (store_id, device_id, incarnation, device_seq)
    where incarnation <> 0;
