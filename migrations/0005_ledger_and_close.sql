-- The ledger: double entry, append-only, and the closing of days.

-- Hundredths of a percent of what a completed order keeps; decision record 0013.
alter table store add column fee_basis_points integer not null default 330 check (fee_basis_points between 0 and 3000);

-- Won of the parts that the store gave back while the order went on, confirmed or not.
alter table orders add column refund_promised bigint not null default 0 check (refund_promised >= 0 and refund_promised <= total);

-- One entry for each cause: an attempt's capture, a refund's request and its end, an order's completion.
create table ledger_entry (
    store_id         uuid not null references store,
    source           text not null check (source in ('capture', 'refund_requested', 'refund_done', 'completed')),
    source_id        uuid not null,
    order_id         uuid not null,
    attempt_id       uuid not null,
    -- With 'completed': what the store was credited by, and when it is paid out (a day in Korea).
    fee_basis_points integer,
    payout_date      date,
    -- KakaoPay's numbers of the payment and of this movement of its money.
    tid              text,
    aid              text,
    -- When the money moved, as far as we know.
    created_at       timestamptz not null,
    -- The transaction that wrote it: nobody adds lines to it later.
    made_in          xid8 not null default pg_current_xact_id(),
    primary key (store_id, source, source_id),
    foreign key (store_id, order_id) references orders,
    foreign key (store_id, attempt_id) references payment_attempt,
    check ((source = 'completed') = (fee_basis_points is not null)),
    check ((source = 'completed') = (payout_date is not null))
);
create index ledger_of_order on ledger_entry (store_id, order_id);
create index ledger_of_attempt on ledger_entry (store_id, attempt_id);

-- Debit above zero, credit below.
create table ledger_line (
    store_id  uuid not null,
    source    text not null,
    source_id uuid not null,
    account   text not null check (account in ('kakaopay', 'customer', 'refund_due', 'store_payable', 'fee', 'points')),
    amount    bigint not null check (amount <> 0),
    primary key (store_id, source, source_id, account),
    foreign key (store_id, source, source_id) references ledger_entry
);

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only';
end $$;
create trigger ledger_entry_is_append_only before update or delete on ledger_entry
    for each row execute function refuse_ledger_change();
create trigger ledger_line_is_append_only before update or delete on ledger_line
    for each row execute function refuse_ledger_change();
create trigger ledger_entry_is_not_truncated before truncate on ledger_entry
    for each statement execute function refuse_ledger_change();
create trigger ledger_line_is_not_truncated before truncate on ledger_line
    for each statement execute function refuse_ledger_change();

create function refuse_late_line() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from ledger_entry e where e.store_id = new.store_id and e.source = new.source
                   and e.source_id = new.source_id and e.made_in = pg_current_xact_id()) then
        raise exception 'the entry % % was written before', new.source, new.source_id;
    end if;
    return new;
end $$;
create trigger ledger_line_belongs_to_its_entry before insert on ledger_line
    for each row execute function refuse_late_line();

-- Looked at when the transaction commits, because an entry is written before its lines.
create function refuse_unbalanced_entry() returns trigger language plpgsql as $$
declare
    lines integer;
    total bigint;
begin
    select count(*), coalesce(sum(amount), 0) into lines, total from ledger_line
        where store_id = new.store_id and source = new.source and source_id = new.source_id;
    if lines < 2 or total <> 0 then
        raise exception 'the % lines of entry % % sum to % won instead of zero', lines, new.source, new.source_id, total;
    end if;
    return null;
end $$;
create constraint trigger ledger_entry_sums_to_zero after insert on ledger_entry deferrable initially deferred
    for each row execute function refuse_unbalanced_entry();

-- What is here already, as if the ledger had been there.
insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, tid, aid, created_at)
    select store_id, 'capture', attempt_id, order_id, attempt_id, tid, aid, approved_at from payment_attempt where approved_at is not null;
insert into ledger_line (store_id, source, source_id, account, amount)
    select a.store_id, 'capture', a.attempt_id, line.account, line.sign * a.amount
    from payment_attempt a, (values ('kakaopay', 1), ('customer', -1)) line (account, sign) where a.approved_at is not null;

-- Nothing was given back of a completed order before. It is paid out on the third weekday after.
insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, fee_basis_points, payout_date, created_at)
    select o.store_id, 'completed', o.order_id, o.order_id, a.attempt_id, 330,
           (select d::date from generate_series(done.at + 1, done.at + 7, '1 day') d
            where extract(isodow from d) < 6 order by d offset 2 limit 1), o.updated_at
    from orders o join payment_attempt a on a.store_id = o.store_id and a.order_id = o.order_id and a.state = 'approved',
         lateral (select (coalesce(to_timestamp((o.state ->> 'at')::bigint / 1000.0), o.updated_at) at time zone 'Asia/Seoul')::date as at) done
    where o.phase = 'completed';
insert into ledger_line (store_id, source, source_id, account, amount)
    select o.store_id, 'completed', o.order_id, line.account, line.amount
    from orders o join payment_attempt a on a.store_id = o.store_id and a.order_id = o.order_id and a.state = 'approved',
         lateral (values ('customer', a.amount), ('store_payable', a.amount * 330 / 10000 - a.amount),
                         ('fee', -(a.amount * 330 / 10000))) line (account, amount)
    where o.phase = 'completed' and line.amount <> 0;

insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, created_at)
    select store_id, 'refund_requested', refund_id, order_id, attempt_id, created_at from refund;
insert into ledger_line (store_id, source, source_id, account, amount)
    select r.store_id, 'refund_requested', r.refund_id, line.account, line.sign * r.amount
    from refund r, (values ('customer', 1), ('refund_due', -1)) line (account, sign);
insert into ledger_entry (store_id, source, source_id, order_id, attempt_id, tid, aid, created_at)
    select r.store_id, 'refund_done', r.refund_id, r.order_id, r.attempt_id, a.tid, r.aid, r.updated_at
    from refund r join payment_attempt a on a.store_id = r.store_id and a.attempt_id = r.attempt_id where r.state = 'done';
insert into ledger_line (store_id, source, source_id, account, amount)
    select r.store_id, 'refund_done', r.refund_id, line.account, line.sign * r.amount
    from refund r, (values ('refund_due', 1), ('kakaopay', -1)) line (account, sign) where r.state = 'done';

-- What KakaoPay said of a payment when it was asked for a closing. After the cut no money moves, so an answer from then on is a proof.
create table payment_proof (
    store_id   uuid not null,
    attempt_id uuid not null,
    -- Won.
    captured   bigint not null,
    refunded   bigint not null,
    asked_at   timestamptz not null,
    primary key (store_id, attempt_id),
    foreign key (store_id, attempt_id) references payment_attempt
);

-- Where the books of a closing day are frozen. The log says it too; this is the row that a closing works on.
create table day_cut (
    store_id  uuid not null references store,
    day_id    uuid not null,
    epoch     integer not null,
    upto_seq  bigint not null,
    head_hash bytea not null,
    cut_at    timestamptz not null,
    primary key (store_id, day_id)
);

-- A day that was closed with proof, and what the accounting batch has still to do about it: the row is the work.
create table day_close (
    store_id    uuid not null references store,
    day_id      uuid not null,
    upto_seq    bigint not null,
    certificate text not null,
    key_id      text not null,
    signature   text not null,
    closed_at   timestamptz not null,
    -- Verified again; its history may be archived; its stream is gone.
    verified_at timestamptz,
    archived_at timestamptz,
    removed_at  timestamptz,
    lease_until timestamptz,
    fence       bigint not null default 0,
    tries       integer not null default 0,
    next_try_at timestamptz,
    primary key (store_id, day_id)
);
create index days_to_account on day_close (next_try_at) where next_try_at is not null;

-- A person decided what became of a payment or refund that the program could not explain.
create table settlement (
    settlement_id uuid primary key,
    store_id      uuid not null,
    attempt_id    uuid not null,
    refund_id     uuid,
    decision      text not null check (decision in ('captured', 'not_captured', 'refunded', 'not_refunded')),
    -- What KakaoPay said when it was asked just before, in won; null when it did not answer.
    captured      bigint,
    refunded      bigint,
    forced        boolean not null,
    settled_by    text not null,
    reason        text not null,
    settled_at    timestamptz not null,
    foreign key (store_id, attempt_id) references payment_attempt
);
