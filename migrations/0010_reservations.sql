-- Orders that are paid now for a later time of the same business day; decision record 0020.

-- When the customer comes; null for an order of now.
alter table orders add column pick_up_at timestamptz;
create index reservations_of_store on orders (store_id, pick_up_at) where pick_up_at is not null;

-- What the store allows of them; an empty object is the default.
alter table store add column reservation_rules jsonb not null default '{}';

-- `reservation`: the time of a reservation has come.
alter table timer drop constraint timer_kind_check;
alter table timer add constraint timer_kind_check
    check (kind in ('payment_expiry', 'accept_deadline', 'complete', 'unanswered', 'reservation'));
