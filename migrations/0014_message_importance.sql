-- Messages: the important ones first, the others given up first when there are too many, and what became of each at the provider.

-- A message of an older program counts as important. 0 money and calls to owners, 1 somebody has to act, 2 how an order goes on, 3 nice to know. The number of a template is the program's.
alter table notification add column importance smallint not null default 0;
update notification set importance = case
        when template in ('SO_PLACED', 'SO_RESERVED', 'SO_REJECTED', 'SO_CANCELLED', 'SO_OWNER_CALL', 'SO_OWNER_CALL_2') then 0
        when template in ('SO_ACCEPTED', 'SO_RESERVATION_DUE') then 2
        when template in ('SO_PARKED', 'SO_DAY_CLOSED') then 3
        else 1 end
    where next_try_at is not null;

-- `shed`: there were too many; the order's page still says it.
alter table notification drop constraint notification_state_check;
alter table notification add constraint notification_state_check
    check (state in ('pending', 'sending', 'sent', 'failed', 'dropped', 'shed'));

-- What the provider said later: Kakao showed it, a short message stood in, or nobody got it; `unknown` when it never said.
alter table notification add column delivery text check (delivery in ('kakao', 'sms', 'undelivered', 'unknown'));
alter table notification add column delivery_code text;
alter table notification add column ask_at timestamptz;
alter table notification add column asks integer not null default 0;

create index notifications_by_importance on notification (importance, created_at) where next_try_at is not null;
create index notifications_to_ask_about on notification (ask_at) where ask_at is not null;
