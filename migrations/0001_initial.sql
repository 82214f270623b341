-- Store-owned tables have keys that begin with store_id and no unique constraint without it, so that the schema can be
-- distributed by store as it is. Global: store_key, directories (login_name, pay_link, customer_order), customer, personal_data, dead_letter, canary.

create table store (
    store_id                uuid primary key,
    store_key               text not null unique,
    name                    text not null,
    branch                  text not null,
    phone                   text not null,
    address                 text not null,
    lat                     double precision not null,
    lon                     double precision not null,
    business                jsonb not null,
    modes                   text[] not null,
    schedule                jsonb not null,
    holidays                jsonb not null,
    delivery                jsonb,
    accept_deadline_minutes integer not null check (accept_deadline_minutes between 1 and 60),
    prep_minutes_default    integer not null check (prep_minutes_default between 1 and 180),
    menu_version            bigint not null default 0,
    created_at              timestamptz not null,
    updated_at              timestamptz not null
);

create table claim_code (
    store_id   uuid not null references store,
    code_hash  bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    primary key (store_id, code_hash)
);
create index claim_code_by_hash on claim_code (code_hash);

-- The menu as customers read it. Every version is kept; an order names none of them because it snapshots.
create table menu_document (
    store_id     uuid not null references store,
    menu_version bigint not null,
    document     jsonb not null,
    created_at   timestamptz not null,
    primary key (store_id, menu_version)
);

-- Pieces left today of items that are counted. Reserved before money is captured.
create table item_stock (
    store_id  uuid not null references store,
    item_key  text not null,
    remaining integer not null check (remaining >= 0),
    primary key (store_id, item_key)
);

create table business_day (
    store_id    uuid not null references store,
    day_id      uuid not null,
    state       text not null check (state in ('preparing', 'open', 'on_break', 'closing', 'closed')),
    opened_at   timestamptz not null,
    closed_at   timestamptz,
    next_number integer not null default 1,
    -- The first event of the day in the store log, and the generation of its stream.
    first_seq   bigint not null,
    stream_gen  integer not null default 0,
    primary key (store_id, day_id)
);
create unique index one_running_day on business_day (store_id) where state <> 'closed';

create table store_cursor (
    store_id  uuid primary key references store,
    epoch     integer not null,
    last_seq  bigint not null,
    last_hash bytea not null
) with (fillfactor = 50);

create table store_event (
    store_id   uuid not null references store,
    seq        bigint not null,
    epoch      integer not null,
    day_id     uuid not null,
    kind       text not null,
    v          smallint not null,
    order_id   uuid,
    body       bytea not null,
    hash       bytea not null,
    created_at timestamptz not null,
    primary key (store_id, seq)
);
create index store_event_by_order on store_event (store_id, order_id, seq) where order_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the store log is append-only';
end $$;
create trigger store_event_is_append_only before update or delete on store_event
    for each row execute function refuse_change();
create trigger store_event_is_not_truncated before truncate on store_event
    for each statement execute function refuse_change();

create table customer (
    customer_id   uuid primary key,
    bot_id        text not null,
    user_key      text not null,
    last_store_id uuid,
    created_at    timestamptz not null,
    unique (bot_id, user_key)
);

create table orders (
    store_id        uuid not null references store,
    order_id        uuid not null,
    customer_id     uuid not null references customer,
    -- Null until the order is placed.
    day_id          uuid,
    version         integer not null,
    phase           text not null,
    -- The phase with its data, as the domain writes it.
    state           jsonb not null,
    number          integer,
    call_name       text,
    mode            text not null,
    total           bigint not null check (total >= 0),
    tax_free        bigint not null check (tax_free >= 0),
    vat             bigint not null check (vat >= 0),
    refunded        bigint not null default 0 check (refunded >= 0 and refunded <= total),
    conflict        text,
    has_request     boolean not null,
    -- Whether counted items are reserved for it.
    stock_reserved  boolean not null default false,
    session_version text not null,
    menu_version    bigint not null,
    created_at      timestamptz not null,
    placed_at       timestamptz,
    updated_at      timestamptz not null,
    primary key (store_id, order_id)
);
create unique index one_number_a_day on orders (store_id, day_id, number) where number is not null;
create index orders_of_day on orders (store_id, day_id);
create index unpaid_orders_of_customer on orders (customer_id) where phase = 'pending_payment';

-- What was ordered, as it was named and priced at placement.
create table order_item (
    store_id   uuid not null,
    order_id   uuid not null,
    line_no    integer not null,
    item_key   text not null,
    name       text not null,
    quantity   integer not null check (quantity > 0),
    unit_price bigint not null check (unit_price >= 0),
    amount     bigint not null check (amount = unit_price * quantity),
    tax_free   boolean not null,
    options    jsonb not null,
    primary key (store_id, order_id, line_no),
    foreign key (store_id, order_id) references orders
);

-- Finds a customer's orders without asking every store.
create table customer_order (
    customer_id uuid not null references customer,
    order_id    uuid not null,
    store_id    uuid not null,
    created_at  timestamptz not null,
    primary key (customer_id, order_id)
);
create index customer_orders_newest_first on customer_order (customer_id, created_at desc);

-- Unguessable addresses: of an order (what the chat's button opens) or of an attempt (what KakaoPay returns to).
create table pay_link (
    token_hash bytea primary key,
    store_id   uuid not null,
    order_id   uuid not null,
    attempt_id uuid
);

create table payment_attempt (
    store_id         uuid not null,
    attempt_id       uuid not null,
    order_id         uuid not null,
    state            text not null check (state in ('ready_sent', 'ready_unknown', 'ready_ok', 'approve_requested',
        'approve_sent', 'approve_unknown', 'approved', 'failed', 'abandoned', 'expired', 'needs_review')),
    amount           bigint not null check (amount > 0),
    tax_free         bigint not null check (tax_free >= 0 and tax_free <= amount),
    vat              bigint not null check (vat >= 0),
    tid              text,
    redirect_pc      text,
    redirect_mobile  text,
    redirect_app     text,
    -- Sealed, and wiped as soon as the attempt is final.
    pg_token_sealed  bytea,
    -- KakaoPay's approval id, the receipt's number for payments without a card.
    aid              text,
    method           text,
    card_approval_no text,
    approved_at      timestamptz,
    ready_at         timestamptz not null,
    -- Our own clock's 15 minutes.
    expires_at       timestamptz not null,
    requested_at     timestamptz,
    lease_until      timestamptz,
    fence            bigint not null default 0,
    tries            integer not null default 0,
    next_check_at    timestamptz,
    failure_code     text,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    primary key (store_id, attempt_id),
    foreign key (store_id, order_id) references orders
);
create index attempts_of_order on payment_attempt (store_id, order_id);
create index attempts_to_look_at on payment_attempt (next_check_at) where next_check_at is not null;
-- Money may move for one attempt of an order at a time.
create unique index one_capture_per_order on payment_attempt (store_id, order_id)
    where state in ('approve_requested', 'approve_sent', 'approve_unknown', 'approved', 'needs_review');

create table refund (
    store_id           uuid not null,
    refund_id          uuid not null,
    attempt_id         uuid not null,
    order_id           uuid not null,
    reason             text not null,
    amount             bigint not null check (amount > 0),
    tax_free           bigint not null check (tax_free >= 0),
    vat                bigint not null check (vat >= 0),
    -- What must still be refundable before this refund: KakaoPay's compare-and-swap.
    expected_remaining bigint not null,
    state              text not null check (state in ('pending', 'sent', 'unknown', 'done', 'needs_review')),
    aid                text,
    lease_until        timestamptz,
    fence              bigint not null default 0,
    tries              integer not null default 0,
    next_try_at        timestamptz,
    failure_code       text,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    primary key (store_id, refund_id),
    unique (store_id, attempt_id, reason),
    foreign key (store_id, attempt_id) references payment_attempt
);
create index refunds_to_send on refund (next_try_at) where next_try_at is not null;

-- Refunds never exceed what the attempt asked for.
create function refuse_over_refund() returns trigger language plpgsql as $$
declare
    captured bigint;
    given    bigint;
begin
    select amount into captured from payment_attempt
        where store_id = new.store_id and attempt_id = new.attempt_id for update;
    select coalesce(sum(amount), 0) into given from refund
        where store_id = new.store_id and attempt_id = new.attempt_id and refund_id <> new.refund_id;
    if given + new.amount > captured then
        raise exception 'refunds of % won exceed the captured % won', given + new.amount, captured;
    end if;
    return new;
end $$;
create trigger refund_is_bounded before insert or update of amount on refund
    for each row execute function refuse_over_refund();

create table command (
    store_id   uuid not null references store,
    key        uuid not null,
    device_id  uuid not null,
    device_seq bigint not null,
    body_hash  bytea not null,
    kind       text not null,
    order_id   uuid,
    answer     jsonb not null,
    created_at timestamptz not null,
    primary key (store_id, key)
);
create index commands_by_age on command (created_at);

create table timer (
    store_id   uuid not null references store,
    timer_id   uuid not null,
    kind       text not null check (kind in ('payment_expiry', 'accept_deadline', 'complete')),
    order_id   uuid not null,
    due_at     timestamptz not null,
    done_at    timestamptz,
    tries      integer not null default 0,
    created_at timestamptz not null,
    primary key (store_id, timer_id),
    unique (store_id, order_id, kind)
);
create index timers_due on timer (due_at) where done_at is null;

-- Messages to customers: outbox and log in one.
create table notification (
    store_id        uuid not null references store,
    notification_id uuid not null,
    order_id        uuid not null,
    customer_id     uuid not null,
    template        text not null,
    -- The order's version that the message describes; it is dropped when the order moved on.
    order_version   integer not null,
    -- Values of the template's variables; never personal data.
    variables       jsonb not null,
    state           text not null check (state in ('pending', 'sending', 'sent', 'failed', 'dropped')),
    tries           integer not null default 0,
    next_try_at     timestamptz,
    lease_until     timestamptz,
    fence           bigint not null default 0,
    request_id      text,
    result          text,
    created_at      timestamptz not null,
    finished_at     timestamptz,
    primary key (store_id, notification_id),
    unique (store_id, order_id, template, order_version)
);
create index notifications_to_send on notification (next_try_at) where next_try_at is not null;

-- Personal data, each subject under its own key, which DATA_KEY wraps. Deleting the row erases it.
create table personal_data (
    subject     text not null check (subject in ('customer', 'order')),
    subject_id  uuid not null,
    store_id    uuid,
    key_wrapped bytea not null,
    sealed      bytea not null,
    created_at  timestamptz not null,
    primary key (subject, subject_id)
);

create table staff (
    store_id      uuid not null references store,
    staff_id      uuid not null,
    login_id      text not null,
    role          text not null check (role in ('owner', 'staff')),
    password_hash text not null,
    created_at    timestamptz not null,
    disabled_at   timestamptz,
    primary key (store_id, staff_id)
);

create table login_name (
    login_id text primary key,
    store_id uuid not null,
    staff_id uuid not null
);

create table device (
    store_id     uuid not null references store,
    device_id    uuid not null,
    name         text not null,
    created_at   timestamptz not null,
    last_seen_at timestamptz,
    -- What is on its disk.
    ack_epoch    integer,
    ack_seq      bigint,
    ack_hash8    text,
    ack_at       timestamptz,
    revoked_at   timestamptz,
    primary key (store_id, device_id)
);

create table store_session (
    store_id     uuid not null,
    session_id   uuid not null,
    staff_id     uuid not null,
    device_id    uuid not null,
    kind         text not null check (kind in ('counter')),
    token_hash   bytea not null,
    fence        bigint not null,
    created_at   timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at   timestamptz not null,
    ended_at     timestamptz,
    end_reason   text,
    primary key (store_id, session_id),
    foreign key (store_id, staff_id) references staff,
    foreign key (store_id, device_id) references device
);
create index store_session_by_token on store_session (token_hash);
create unique index one_counter_session on store_session (store_id) where kind = 'counter' and ended_at is null;

-- Work that failed for good; an operator looks at it.
create table dead_letter (
    dead_letter_id uuid primary key,
    store_id       uuid,
    source         text not null,
    reference      uuid not null,
    error          text not null,
    created_at     timestamptz not null,
    settled_at     timestamptz
);

-- One row: a number that goes through Postgres and comes back through Redis.
create table canary (
    canary_id  integer primary key check (canary_id = 1),
    number     bigint not null,
    written_at timestamptz not null
);
insert into canary values (1, 0, now());
