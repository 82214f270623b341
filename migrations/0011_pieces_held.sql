-- What is left of a counted item is what the store's log says: what was set, less what orders in the log took. Pieces of an order whose
-- payment is under way are held beside it, because the log does not know of them yet. Customers see remaining - held.
alter table item_stock add column held integer not null default 0 check (held >= 0);

update item_stock s set held = h.pieces, remaining = s.remaining + h.pieces
from (select i.store_id, i.item_key, sum(i.quantity)::integer as pieces
      from order_item i join orders o using (store_id, order_id)
      where o.stock_reserved and o.number is null group by i.store_id, i.item_key) h
where s.store_id = h.store_id and s.item_key = h.item_key;
