//! The comparisons. Pure: what was read goes in, differences come out.

mod by_hand;
mod chain;
mod events;
mod journal;
mod kakaopay;
mod ledger;
mod orders;
mod payments;
mod points;
mod stream;

use shared::id::{AttemptId, OrderId};
use shared::wire::{Blamed, Difference, Equality, Repair};
use uuid::Uuid;

pub use chain::Chain;
pub use journal::journal;
pub use kakaopay::{KakaoPay, Told, money};
pub use orders::FoldedOrders;
pub use stream::StreamEntry;

use super::books::Books;

/// Longest value that a difference shows.
const MAX_SHOWN: usize = 200;

/// What our own tables say of each other, and what follows from them.
pub struct Own {
    pub chain: Chain,
    pub folded: FoldedOrders,
    pub found: Findings,
}

/// E2, and what of E4 our own tables can tell, points included.
pub fn own(books: &Books) -> Own {
    let mut found = Findings::default();
    let events = events::Events::read(books);
    let chain = chain::chain(books, &events, &mut found);
    let folded = orders::orders(books, &events, &mut found);
    payments::payments(books, &folded, &mut found);
    points::points(books, &folded, &mut found);
    ledger::ledger(books, &folded, &mut found);
    Own { chain, folded, found }
}

/// E3: the stream's entries against the log. Events that the database itself has wrong say nothing about the stream.
pub fn stream(books: &Books, chain: &Chain, entries: &[StreamEntry], found: &mut Findings) {
    stream::stream(books, chain, entries, found);
}

/// The last of E4: what KakaoPay says.
pub fn kakaopay(books: &Books, told: &KakaoPay, found: &mut Findings) -> Aside {
    kakaopay::kakaopay(books, told, found)
}

/// Where KakaoPay's word is other than ours and that is no difference for ever.
#[derive(Debug, Default)]
pub struct Aside {
    /// Persons settled it against KakaoPay's word, or without it. It stands in the way of nothing, and whoever is told that the day is
    /// equal is told of it too.
    pub by_hand: Findings,
    /// Money that was taken after we had given the payment up; among the findings too, as something to compare again.
    pub late: Vec<AttemptId>,
}

/// Differences as they are found.
#[derive(Debug, Default)]
pub struct Findings(pub Vec<Difference>);

/// Where a difference is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub seq: Option<i64>,
    pub order: Option<Uuid>,
    pub attempt: Option<Uuid>,
}

impl Place {
    pub fn seq(seq: i64) -> Self {
        Self { seq: Some(seq), ..Self::default() }
    }

    pub fn order(order: Uuid) -> Self {
        Self { order: Some(order), ..Self::default() }
    }

    pub fn attempt(order: Uuid, attempt: Uuid) -> Self {
        Self { order: Some(order), attempt: Some(attempt), ..Self::default() }
    }
}

impl Findings {
    /// Notes a difference unless `found` is what it should be.
    pub fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        equality: Equality,
        place: Place,
        field: &str,
        expected: &T,
        found: &T,
    ) {
        if expected != found {
            self.note(
                equality,
                Blamed::Database,
                place,
                field,
                format!("{expected:?}"),
                format!("{found:?}"),
            );
        }
    }

    /// Notes a difference.
    pub fn note(
        &mut self,
        equality: Equality,
        blamed: Blamed,
        place: Place,
        field: &str,
        expected: String,
        found: String,
    ) {
        let repair = match blamed {
            Blamed::Journal => Repair::ReadJournalAgain,
            Blamed::Stream => Repair::RebuildStream,
            Blamed::Database | Blamed::Payments => Repair::AskOperator,
        };
        self.0.push(Difference {
            equality,
            blamed,
            repair,
            seq: place.seq,
            order_id: place.order.map(OrderId),
            attempt_id: place.attempt.map(AttemptId),
            field: field.to_owned(),
            expected: shorten(expected),
            found: shorten(found),
        });
    }

    /// Somebody did not answer; asking again may help.
    pub fn silent(&mut self, equality: Equality, blamed: Blamed, place: Place, field: &str, why: &str) {
        self.note(equality, blamed, place, field, "an answer".to_owned(), why.to_owned());
        if let Some(last) = self.0.last_mut() {
            last.repair = Repair::CheckAgain;
        }
    }
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
