-- Which orders and days there were, so that they are found among a million events. All of it is made from the events and can be made anew;
-- what is shown of an order is read from its events.
CREATE TABLE history (
    order_id TEXT PRIMARY KEY,
    branch INTEGER NOT NULL,
    day_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    call_name TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    -- Names of what was ordered.
    items TEXT NOT NULL,
    -- Its events lie between these; an order of the branch's snapshot begins where the branch does.
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    sum INTEGER
) STRICT;
CREATE INDEX history_by_time ON history (placed_at);
CREATE TABLE history_day (
    day_id TEXT PRIMARY KEY,
    branch INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    orders INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    sum INTEGER
) STRICT;
CREATE INDEX history_day_by_time ON history_day (opened_at);
CREATE TRIGGER history_written AFTER INSERT ON history BEGIN
    UPDATE history SET sum = row_sum(new.order_id, new.branch, new.day_id, new.number, new.call_name, new.placed_at, new.state, new.total, new.items, new.first_seq, new.last_seq)
    WHERE order_id = new.order_id;
END;
CREATE TRIGGER history_changed AFTER UPDATE OF order_id, branch, day_id, number, call_name, placed_at, state, total, items, first_seq, last_seq ON history BEGIN
    UPDATE history SET sum = row_sum(new.order_id, new.branch, new.day_id, new.number, new.call_name, new.placed_at, new.state, new.total, new.items, new.first_seq, new.last_seq)
    WHERE order_id = new.order_id;
END;
CREATE TRIGGER history_day_written AFTER INSERT ON history_day BEGIN
    UPDATE history_day SET sum = row_sum(new.day_id, new.branch, new.opened_at, new.closed_at, new.orders, new.captured, new.refunded, new.first_seq, new.last_seq)
    WHERE day_id = new.day_id;
END;
CREATE TRIGGER history_day_changed AFTER UPDATE OF day_id, branch, opened_at, closed_at, orders, captured, refunded, first_seq, last_seq ON history_day BEGIN
    UPDATE history_day SET sum = row_sum(new.day_id, new.branch, new.opened_at, new.closed_at, new.orders, new.captured, new.refunded, new.first_seq, new.last_seq)
    WHERE day_id = new.day_id;
END;
