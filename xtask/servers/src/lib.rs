//! PostgreSQL and Redis of our own, as real processes.
