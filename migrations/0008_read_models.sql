-- Read models: what the store logs say, laid out for questions that are asked often. Nothing here is the truth: a projection writes it from
-- store_event, a moment later, and `cloud-api read-models rebuild` makes all of it again.

-- How much of a store's log is in its read models.
create table read_model_cursor (
    store_id uuid primary key references store,
    seq      bigint not null default 0
);

-- When each step of an order happened, and what it holds; of placed orders.
create table order_status (
    store_id uuid not null references store,
    order_id uuid not null,
    phase    text not null,
    -- The whole of it, as `read_models::OrderStatus` writes it.
    status   jsonb not null,
    -- The last event of the order.
    seq      bigint not null,
    primary key (store_id, order_id)
);

-- How often an item was ordered on each Korean date; orders that were rejected or cancelled do not count.
create table item_orders (
    store_id uuid not null references store,
    day      date not null,
    item_key text not null,
    -- As the last order of the day called it.
    name     text not null,
    orders   bigint not null,
    pieces   bigint not null,
    primary key (store_id, day, item_key)
);
create index item_orders_of_all_stores on item_orders (day);
