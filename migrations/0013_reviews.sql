-- Stars and reviews (별점, 리뷰) of what was bought: one for an order, by whoever bought it. Decision record 0021.

create table review (
    store_id      uuid not null,
    order_id      uuid not null,
    customer_id   uuid not null references customer,
    stars         smallint not null check (stars between 1 and 5),
    created_at    timestamptz not null,
    -- When its author changed it last.
    changed_at    timestamptz,
    -- Taken back by its author: neither shown nor counted.
    removed_at    timestamptz,
    replied_at    timestamptz,
    -- Hidden at the store's request: its stars still count.
    hidden_at     timestamptz,
    hidden_reason text check (hidden_reason in ('insult', 'personal_data', 'advertising', 'other')),
    -- The last entry of its trail.
    step          integer not null check (step > 0),
    primary key (store_id, order_id),
    foreign key (store_id, order_id) references orders,
    check ((hidden_at is null) = (hidden_reason is null))
);
create index reviews_newest_first on review (store_id, created_at desc, order_id desc) where removed_at is null;
create index reviews_of_customer on review (customer_id);

-- Only what was bought and completed is reviewed, by whoever bought it, whatever the program says.
create function refuse_review_of_nothing() returns trigger language plpgsql as $$
begin
    if not exists (select from orders o where o.store_id = new.store_id and o.order_id = new.order_id
                   and o.customer_id = new.customer_id and o.phase = 'completed') then
        raise exception 'order % was not completed for customer %', new.order_id, new.customer_id;
    end if;
    return new;
end $$;
create trigger review_is_of_a_completed_order before insert or update of customer_id on review
    for each row execute function refuse_review_of_nothing();

-- Every step of a review: by its author, or by somebody of the store. Append-only, and without any text.
create table review_step (
    store_id   uuid not null,
    order_id   uuid not null,
    step       integer not null check (step > 0),
    kind       text not null check (kind in ('written', 'changed', 'told', 'removed', 'replied', 'hidden', 'shown')),
    -- As they were after the step.
    stars      smallint not null check (stars between 1 and 5),
    reason     text check (reason in ('insult', 'personal_data', 'advertising', 'other')),
    -- Null for the author.
    staff_id   uuid,
    created_at timestamptz not null,
    primary key (store_id, order_id, step),
    foreign key (store_id, order_id) references review,
    check ((kind = 'hidden') = (reason is not null)),
    check ((kind in ('replied', 'hidden', 'shown')) = (staff_id is not null))
);

create function refuse_review_step_change() returns trigger language plpgsql as $$
begin
    raise exception 'the trail of reviews is append-only';
end $$;
create trigger review_step_is_append_only before update or delete on review_step
    for each row execute function refuse_review_step_change();
create trigger review_step_is_not_truncated before truncate on review_step
    for each statement execute function refuse_review_step_change();

-- Looked at when the transaction commits: nothing about a review changes without a step in its trail.
create function refuse_review_without_step() returns trigger language plpgsql as $$
begin
    if (select max(s.step) from review_step s where s.store_id = new.store_id and s.order_id = new.order_id)
        is distinct from (select r.step from review r where r.store_id = new.store_id and r.order_id = new.order_id)
        or (tg_op = 'UPDATE' and new.step = old.step) then
        raise exception 'the review of order % changed without a step in its trail', new.order_id;
    end if;
    return null;
end $$;
create constraint trigger review_follows_its_trail after insert or update on review deferrable initially deferred
    for each row execute function refuse_review_without_step();

-- Texts of a review (the author's, the store's answer, the other reason to hide it) lie sealed with all personal data.
alter table personal_data drop constraint personal_data_subject_check;
alter table personal_data add constraint personal_data_subject_check check (subject in ('customer', 'order', 'staff', 'review'));

-- Read models of the reviews: what a store and its items were given. The store's row is locked by whoever changes any of them.
create table store_rating (
    store_id uuid primary key references store,
    -- Reviews, and the sum of their stars.
    ratings  bigint not null check (ratings >= 0),
    stars    bigint not null check (stars >= 0)
);
create table item_rating (
    store_id uuid not null references store,
    item_key text not null,
    ratings  bigint not null check (ratings >= 0),
    stars    bigint not null check (stars >= 0),
    -- What it is sorted by, as `shared::review` says.
    score    bigint not null,
    primary key (store_id, item_key)
);
create index items_by_rating on item_rating (score desc, ratings desc);
