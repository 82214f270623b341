-- Stores that customers marked to find them again (즐겨찾기). A directory of the customer, like customer_order; gone with the customer.

create table favourite_store (
    customer_id uuid not null references customer on delete cascade,
    store_id    uuid not null references store,
    created_at  timestamptz not null,
    primary key (customer_id, store_id)
);
