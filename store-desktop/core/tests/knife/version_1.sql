-- The journal as version 1 of the program made it.
-- Small facts by name: the store's card, the server's address, the language.
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- A run of the log that hangs together: a snapshot and the events after it. A reset begins the next branch; the old
-- one is kept and marked, never merged.
CREATE TABLE branch (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    snapshot TEXT NOT NULL,
    reason TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    orphaned_at INTEGER
) STRICT;
CREATE UNIQUE INDEX one_current_branch ON branch ((1)) WHERE orphaned_at IS NULL;

-- The index beside the rows is small, so that counting a million of them at a start is quick.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    branch INTEGER NOT NULL REFERENCES branch,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    UNIQUE (branch, seq)
) STRICT;

-- What the orders were at `seq`, so that a start need not fold the whole log.
CREATE TABLE checkpoint (branch INTEGER PRIMARY KEY REFERENCES branch, seq INTEGER NOT NULL, orders TEXT NOT NULL) STRICT;

-- Personal data, apart from the log so that it can be erased.
CREATE TABLE private (order_id TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE command (
    device_seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    json TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'applied', 'refused')),
    code TEXT,
    epoch INTEGER,
    seq INTEGER,
    answered_at INTEGER,
    -- The log has caught up with it, or a person dismissed its refusal.
    settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX command_open ON command (device_seq) WHERE settled = 0;

-- Sounds that a person stopped.
CREATE TABLE acknowledgement (
    order_id TEXT NOT NULL, sound TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (order_id, sound)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
