-- The number that an owner is called at when nobody answers an order, sealed like all personal data. A row without a number says that the
-- owner wants none: then, and before the owner said anything, the store's own numbers are used.
create table owner_number (
    store_id    uuid primary key references store,
    key_wrapped bytea,
    sealed      bytea,
    changed_at  timestamptz not null,
    changed_by  uuid not null,
    check ((key_wrapped is null) = (sealed is null))
);
