//! Points in the conversation: the choice under an order that waits for its payment, and what is said of them elsewhere.

use shared::Won;
use shared::order::{Order, OrderDetails};
use shared::points;

use super::action::Action;
use super::answer::Button;
use super::turn::Turn;
use crate::db;
use crate::db::orders::LockedOrder;

/// How an order that waits for its payment can be paid otherwise: with points, or without them again. `None` where there is no choice.
pub async fn choice(turn: &Turn<'_>, found: &LockedOrder) -> Result<Option<Button>, sqlx::Error> {
    let Ok(version) = found.session_version.parse() else { return Ok(None) };
    let details = &found.order.details;
    let seen = points::price(details);
    if !details.points.is_zero() {
        return Ok(Some(Button::new("포인트 쓰지 않기", Action::Place { version, seen })));
    }
    let available = db::points::available(&turn.app.db, turn.customer.id).await?;
    let usable = points::usable(available, seen);
    let label = format!("포인트 {usable} 쓰기");
    Ok((!usable.is_zero()).then(|| Button::new(label, Action::PlaceWithPoints { version, seen })))
}

/// The line that tells what points pay; nothing where they pay nothing.
pub fn line(details: &OrderDetails) -> Option<String> {
    let price = points::price(details);
    (!details.points.is_zero()).then(|| format!("메뉴 {price} − 포인트 {}", details.points))
}

/// Points that come back when the whole order goes back, as the rest of a sentence.
pub fn also_back(order: &Order) -> String {
    let left = points_left(order);
    if left.is_zero() { String::new() } else { format!(" 쓴 포인트 {left}도 돌아와요.") }
}

/// Points that an order was paid with and that have not come back.
fn points_left(order: &Order) -> Won {
    let back = points::returned(&order.details, order.refund_promised.get());
    Won::new(order.details.points.get() - back).unwrap_or(Won::ZERO)
}
