-- Points (적립금): a point is a won that we owe a customer. Decision record 0019.

-- What of the lines' sum is paid with points; `total` is what KakaoPay takes.
alter table orders add column points bigint not null default 0 check (points >= 0);

-- What a customer has. Written by the trigger below and by nothing else; a row that would fall below zero refuses the entry.
create table points_account (
    customer_id uuid primary key references customer,
    available   bigint not null default 0 check (available >= 0),
    -- Set aside for orders that wait for their payment.
    held        bigint not null default 0 check (held >= 0)
);

-- Every movement of points, by the order that caused it. Append-only.
create table points_entry (
    store_id      uuid not null references store,
    entry_id      uuid not null,
    order_id      uuid not null,
    customer_id   uuid not null references customer,
    kind          text not null check (kind in ('held', 'released', 'used', 'returned', 'earned', 'reversed')),
    -- The order's version that the event made; zero for an order that waits for its payment.
    order_version integer not null check (order_version >= 0),
    amount        bigint not null check (amount >= 0),
    -- With 'earned': of a thousand won that were kept.
    permille      integer check (permille between 0 and 1000),
    created_at    timestamptz not null,
    primary key (store_id, entry_id),
    foreign key (store_id, order_id) references orders,
    unique (store_id, order_id, kind, order_version),
    check ((kind = 'earned') = (permille is not null))
);
create index points_of_customer on points_entry (customer_id, created_at desc);
-- Nothing is set aside, taken or earned twice.
create unique index points_move_once on points_entry (store_id, order_id, kind) where kind in ('held', 'released', 'used', 'earned');

create function refuse_points_change() returns trigger language plpgsql as $$
begin
    raise exception 'movements of points are append-only';
end $$;
create trigger points_entry_is_append_only before update or delete on points_entry
    for each row execute function refuse_points_change();
create trigger points_entry_is_not_truncated before truncate on points_entry
    for each statement execute function refuse_points_change();

-- The account follows its entries under its row's lock: of two phones that spend the same points one is refused.
create function move_points() returns trigger language plpgsql as $$
declare
    to_available bigint := case new.kind
        when 'held' then -new.amount when 'reversed' then -new.amount
        when 'used' then 0 else new.amount end;
    to_held bigint := case new.kind
        when 'held' then new.amount when 'released' then -new.amount when 'used' then -new.amount else 0 end;
begin
    insert into points_account (customer_id) values (new.customer_id) on conflict do nothing;
    update points_account set available = available + to_available, held = held + to_held where customer_id = new.customer_id;
    return null;
end $$;
create trigger points_entry_moves_the_account after insert on points_entry
    for each row execute function move_points();

-- The ledger knows points as what we owe, and what they cost us as promotion.
alter table ledger_entry drop constraint ledger_entry_source_check;
alter table ledger_entry add constraint ledger_entry_source_check check (source in ('capture', 'refund_requested', 'refund_done',
    'completed', 'points_used', 'points_returned', 'points_earned', 'points_reversed'));
alter table ledger_line drop constraint ledger_line_account_check;
alter table ledger_line add constraint ledger_line_account_check check (account in ('kakaopay', 'customer', 'refund_due',
    'store_payable', 'fee', 'points', 'promotion'));

-- What was completed before earned nothing.
insert into points_entry (store_id, entry_id, order_id, customer_id, kind, order_version, amount, permille, created_at)
    select o.store_id, gen_random_uuid(), o.order_id, o.customer_id, 'earned', o.version, 0, 0, o.updated_at
    from orders o where o.phase = 'completed'
        and exists (select from payment_attempt a where a.store_id = o.store_id and a.order_id = o.order_id and a.state = 'approved');
