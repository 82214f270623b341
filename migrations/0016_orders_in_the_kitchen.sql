-- Orders that the kitchen still has: counted for the wait at every chat answer and on every order page, however long the day was.
create index orders_in_the_kitchen on orders (store_id, day_id, number) where phase in ('placed', 'accepted', 'cooking');
