//! The events with what their bodies say, each read once for all comparisons.

use shared::log::{LogBody, UnreadableBody};

use crate::close::books::Books;
use crate::db::closing::EventRow;

/// Everything that [`Books`] has read of the log, but for the event before the day.
pub(super) struct Events<'a> {
    /// Those of the books and the day's after them, in order.
    pub day: Vec<Event<'a>>,
    /// Those of the day's orders that stand elsewhere in the log.
    pub elsewhere: Vec<Event<'a>>,
}

/// One of them.
pub(super) struct Event<'a> {
    pub row: &'a EventRow,
    pub body: Result<LogBody, UnreadableBody>,
}

impl<'a> Events<'a> {
    pub fn read(books: &'a Books) -> Self {
        let read = |row: &'a EventRow| Event { row, body: LogBody::parse(&row.body) };
        Self {
            day: books.rows.books.iter().chain(&books.rows.after).map(read).collect(),
            elsewhere: books.rows.elsewhere.iter().map(read).collect(),
        }
    }
}
