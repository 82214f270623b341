-- Who may sign in, on which devices, and how a session goes on.

-- Names of people are personal data like customers': sealed, in one table.
alter table personal_data drop constraint personal_data_subject_check;
alter table personal_data add constraint personal_data_subject_check check (subject in ('customer', 'order', 'staff'));
create index personal_data_of_store on personal_data (store_id, subject) where subject = 'staff';

-- Further stores of a login; `login_name` names the first, which keeps the password and the second factor.
create table login_store (
    login_id text not null references login_name,
    store_id uuid not null,
    staff_id uuid not null,
    primary key (login_id, store_id),
    foreign key (store_id, staff_id) references staff
);

-- The secret of an authenticator app, sealed. It counts once a first code was confirmed.
create table second_factor (
    store_id     uuid not null,
    staff_id     uuid not null,
    key_wrapped  bytea not null,
    sealed       bytea not null,
    confirmed_at timestamptz,
    -- The step of the newest code that was used: none works twice.
    last_step    bigint not null default 0,
    created_at   timestamptz not null,
    primary key (store_id, staff_id),
    foreign key (store_id, staff_id) references staff
);

create table recovery_code (
    store_id  uuid not null,
    staff_id  uuid not null,
    code_hash bytea not null,
    used_at   timestamptz,
    primary key (store_id, staff_id, code_hash),
    foreign key (store_id, staff_id) references second_factor on delete cascade
);

alter table store add column confirm_devices boolean not null default false;

-- A device that has a public key (Ed25519) proves with each request that it holds the private one.
alter table device add column public_key bytea check (octet_length(public_key) = 32);
-- Of the network that it last signed in from; only compared, and readable by nobody.
alter table device add column network_tag bytea;
alter table device add column confirmed_by text not null default 'password'
    check (confirmed_by in ('password', 'counter', 'second_factor', 'recovery_code'));
alter table device add column revoked_by uuid;

-- Devices that wait to be let in, after the right password.
create table device_request (
    store_id        uuid not null,
    confirmation_id uuid not null,
    token_hash      bytea not null,
    staff_id        uuid not null,
    login_id        text not null,
    device_id       uuid not null,
    device_name     text not null,
    public_key      bytea check (octet_length(public_key) = 32),
    network_tag     bytea,
    kind            text not null check (kind in ('counter', 'viewer')),
    -- Shown on both screens.
    number          text not null,
    is_known        boolean not null,
    state           text not null check (state in ('pending', 'allowed', 'denied', 'used')),
    -- Codes that were tried.
    tries           integer not null default 0,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    decided_at      timestamptz,
    decided_by      uuid,
    primary key (store_id, confirmation_id),
    foreign key (store_id, staff_id) references staff
);
create index device_request_by_token on device_request (token_hash);

alter table store_session drop constraint store_session_kind_check;
alter table store_session add constraint store_session_kind_check check (kind in ('counter', 'viewer'));
-- The token before the newest one, until the newest was used for a while.
alter table store_session add column previous_token_hash bytea;
alter table store_session add column previous_until timestamptz;
-- It goes on under a lease, until a person signs in.
alter table store_session add column leased boolean not null default false;
create index store_session_by_previous_token on store_session (previous_token_hash) where previous_token_hash is not null;
create index open_sessions on store_session (store_id, device_id) where ended_at is null;
