-- What is asked of a store must not take longer because it has sold for years.

-- Everything that is not over, for a counter's snapshot.
create index open_orders_of_store on orders (store_id) where phase in ('reserved', 'placed', 'accepted', 'cooking', 'ready', 'handed_over');

-- What went back of an order, for its page and its receipt.
create index refunds_of_order on refund (store_id, order_id);

-- Refunds that stand in the way of a closing.
create index refunds_not_done on refund (store_id) where state in ('pending', 'sent', 'unknown', 'needs_review');

-- Captures that a closing proved by asking KakaoPay.
create index proofs_newest on payment_proof (store_id, asked_at);

-- The running day, else the one that was closed last.
create index latest_day on business_day (store_id, (state = 'closed'), first_seq desc);

-- The highest fence, when a counter signs in.
create index sessions_by_fence on store_session (store_id, fence);

-- When a customer was last told that KakaoPay is back.
create index wishes_told on pay_wish (ended_at) where fate = 'told';
