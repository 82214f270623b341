-- What is to be printed, and what became of it. A key is one piece of paper and is never used again; a job is `printing` before its first byte
-- leaves. Nothing personal is here: tickets of orders are written when they are printed.
CREATE TABLE print_job (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    printer TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_id TEXT,
    revision INTEGER NOT NULL,
    copy INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    reprint INTEGER NOT NULL,
    document TEXT,
    made_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'printing', 'printed', 'failed', 'held', 'discarded')),
    code TEXT,
    attempts INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    released INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    sum INTEGER
) STRICT;
CREATE TRIGGER print_job_written AFTER INSERT ON print_job BEGIN
    UPDATE print_job SET sum = row_sum(new.id, new.key, new.printer, new.kind, new.order_id, new.revision, new.copy, new.copies, new.reprint, new.document, new.made_at, new.state, new.code, new.attempts, new.sequence, new.released, new.confirmed, new.changed_at)
    WHERE id = new.id;
END;
CREATE TRIGGER print_job_changed AFTER UPDATE OF id, key, printer, kind, order_id, revision, copy, copies, reprint, document, made_at, state, code, attempts, sequence, released, confirmed, changed_at ON print_job BEGIN
    UPDATE print_job SET sum = row_sum(new.id, new.key, new.printer, new.kind, new.order_id, new.revision, new.copy, new.copies, new.reprint, new.document, new.made_at, new.state, new.code, new.attempts, new.sequence, new.released, new.confirmed, new.changed_at)
    WHERE id = new.id;
END;
