-- A business day's whole life, what cannot be sold for a while, the schedule, and messages to owners.

-- The day with its data, as the domain writes it; `state` says where it stands. Absent in days of before. `opened_at` is when it began
-- until it first takes orders.
alter table business_day add column day jsonb;
-- The server found that nobody had closed it.
alter table business_day add column forgotten_at timestamptz;

-- When the server looks at a store's day: breaks and busy time that run out, the schedule, a day that nobody closed.
create table day_watch (
    store_id uuid primary key references store,
    due_at   timestamptz not null,
    tries    integer not null default 0
);
create index day_watches_due on day_watch (due_at);
insert into day_watch (store_id, due_at) select store_id, now() from store;

-- Items (without a group) and options that are sold out (품절).
create table sold_out (
    store_id  uuid not null references store,
    group_key text not null default '',
    key       text not null,
    ends      text not null check (ends in ('end_of_day', 'at', 'manual')),
    until_at  timestamptz check ((ends = 'at') = (until_at is not null)),
    since     timestamptz not null,
    primary key (store_id, group_key, key)
);
-- What documents had marked lives here from now on, where it can be taken back.
insert into sold_out (store_id, group_key, key, ends, since)
    select m.store_id, '', item ->> 'key', 'manual', now()
    from store s join menu_document m on m.store_id = s.store_id and m.menu_version = s.menu_version,
        jsonb_array_elements(m.document -> 'categories') category, jsonb_array_elements(category -> 'items') item
    where coalesce((item ->> 'sold_out')::boolean, false)
    union all
    select m.store_id, grp ->> 'key', choice ->> 'key', 'manual', now()
    from store s join menu_document m on m.store_id = s.store_id and m.menu_version = s.menu_version,
        jsonb_array_elements(m.document -> 'option_groups') grp, jsonb_array_elements(grp -> 'options') choice
    where coalesce((choice ->> 'sold_out')::boolean, false);

alter table store add column schedule_version bigint not null default 1;
-- What the server does by itself when the schedule says so.
alter table store add column schedule_policy jsonb not null default '{}';
-- Where the owner is called; a business number that the owner gave for it. Without one the store's own, if it is a mobile number.
alter table store add column alert_phone text;
-- What the last import brought, so that the same file again takes nothing back that was changed at the counter.
alter table store add column imported_menu_hash bytea;
alter table store add column imported_schedule_hash bytea;

-- `unanswered`: nobody has answered a placed order yet; the customer is told, then the owner is called.
alter table timer drop constraint timer_kind_check;
alter table timer add constraint timer_kind_check
    check (kind in ('payment_expiry', 'accept_deadline', 'complete', 'unanswered'));

-- Messages to owners: about an order, or about a day.
alter table notification add column recipient text not null default 'customer' check (recipient in ('customer', 'owner'));
alter table notification add column day_id uuid;
alter table notification alter column order_id drop not null;
alter table notification alter column customer_id drop not null;
alter table notification add constraint notification_is_about_something check (
    (order_id is not null and customer_id is not null) or (recipient = 'owner' and day_id is not null));
create unique index one_message_about_a_day on notification (store_id, day_id, template) where order_id is null;
