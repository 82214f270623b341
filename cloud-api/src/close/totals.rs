//! The day in numbers, from the books that were just compared.

use shared::Won;
use shared::day::DayTotals;
use shared::order::PhaseName;

use super::books::Books;
use super::compare::FoldedOrders;

/// What the day's own orders came to.
pub fn totals(books: &Books, folded: &FoldedOrders) -> anyhow::Result<DayTotals> {
    let mut totals = DayTotals::default();
    let (mut captured, mut refunded) = (0, 0);
    for (id, order) in folded.iter().filter(|(_, order)| order.day_id == books.day_id.0) {
        totals.orders += 1;
        match order.order.phase.name() {
            PhaseName::Completed => totals.completed += 1,
            PhaseName::Rejected => totals.rejected += 1,
            PhaseName::Cancelled => totals.cancelled += 1,
            PhaseName::PendingPayment
            | PhaseName::Reserved
            | PhaseName::Placed
            | PhaseName::Accepted
            | PhaseName::Cooking
            | PhaseName::Ready
            | PhaseName::HandedOver => {}
        }
        let paid =
            books.attempts.iter().filter(|attempt| attempt.order_id == *id && attempt.state == "approved");
        for attempt in paid {
            captured += attempt.amount;
            let done = attempt.refunds.iter().filter(|refund| refund.state == "done");
            refunded += done.map(|refund| refund.amount).sum::<i64>();
        }
    }
    totals.captured = Won::new(captured)?;
    totals.refunded = Won::new(refunded)?;
    Ok(totals)
}
