-- What one customer may do in a while, as far as it must outlive Redis; gone with the customer.
create table customer_limit (
    customer_id   uuid primary key references customer on delete cascade,
    -- Other mobile numbers that were given since `numbers_from`.
    numbers_given integer not null default 0,
    numbers_from  timestamptz not null,
    -- An operator lifted the limits: what came before does not count.
    lifted_at     timestamptz,
    lifted_by     text,
    lifted_why    text
);

-- Customers who want to hear when KakaoPay works again; one wish each, gone with the customer.
create table pay_wish (
    customer_id     uuid primary key references customer on delete cascade,
    wish_id         uuid not null unique,
    store_id        uuid not null references store,
    -- The order session that waits to be paid: when it was begun.
    session_created timestamptz not null,
    asked_at        timestamptz not null,
    expires_at      timestamptz not null,
    -- When it was answered: told, or not told any more because of `fate`.
    ended_at        timestamptz,
    fate            text check (fate in ('told', 'paid', 'store_closed', 'session_gone', 'no_phone', 'expired')),
    check ((ended_at is null) = (fate is null))
);
create index pay_wishes_waiting on pay_wish (asked_at) where ended_at is null;

-- When any process last saw KakaoPay's circuit breaker open.
create table kakaopay_trouble (
    the_only boolean primary key default true check (the_only),
    seen_at  timestamptz not null
);

-- A message may be about a wish.
alter table notification add column wish_id uuid;
alter table notification drop constraint notification_is_about_something;
alter table notification add constraint notification_is_about_something check (
    (order_id is not null and customer_id is not null) or (recipient = 'owner' and day_id is not null)
    or (wish_id is not null and customer_id is not null));
create unique index one_message_about_a_wish on notification (wish_id, template) where wish_id is not null;
