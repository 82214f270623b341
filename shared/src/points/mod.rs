//! Points (적립금): earned by what an order keeps, used to pay a part of another. A point is a won.
//!
//! What goes back of an order goes back in the shares it was paid in, so everything here follows from the order alone.

use crate::Won;
use crate::order::OrderDetails;

/// The whole, in permille.
const WHOLE: i64 = 1_000;
/// The largest part of an order that points may pay, in permille. KakaoPay always takes the rest, so that each order has a payment.
pub const MAX_SHARE_PERMILLE: i64 = 500;
/// Won that KakaoPay takes at least.
pub const LEAST_PAID: i64 = 100;
/// Fewer points than this are not used at once.
pub const LEAST_USED: i64 = 100;

/// Points of `available` that can pay for an order whose lines cost `price`; zero when it is not worth it.
pub fn usable(available: i64, price: Won) -> Won {
    let price = price.get();
    let share = price * MAX_SHARE_PERMILLE / WHOLE;
    let most = available.min(share).min(price - LEAST_PAID);
    if most < LEAST_USED { Won::ZERO } else { Won::new(most).unwrap_or(Won::ZERO) }
}

/// An order of which `points` pay a part: what KakaoPay takes, and its taxes. Points pay for what carries VAT first.
pub fn pay_with(details: &OrderDetails, points: Won) -> OrderDetails {
    let price = price(details);
    let total = price.checked_sub(points).unwrap_or(Won::ZERO);
    let tax_free = tax_free_lines(details).min(total);
    let taxable = total.checked_sub(tax_free).unwrap_or(Won::ZERO);
    OrderDetails { points, total, tax_free, vat: taxable.vat_included(), ..details.clone() }
}

/// What the lines cost, however it is paid, in won.
pub fn price(details: &OrderDetails) -> Won {
    details.total.checked_add(details.points).unwrap_or(details.total)
}

fn tax_free_lines(details: &OrderDetails) -> Won {
    let free = details.lines.iter().filter(|line| line.tax_free);
    free.fold(Won::ZERO, |sum, line| sum.checked_add(line.amount).unwrap_or(sum))
}

/// Points earned by `kept` won that KakaoPay took and that stay, rounded down.
pub fn earned(kept: i64, permille: i64) -> i64 {
    kept.max(0) * permille / WHOLE
}

/// Points that have come back of those used, once `back` of the `total` won that KakaoPay took are to go back; rounded down until all of it
/// goes back.
pub fn returned(details: &OrderDetails, back: i64) -> i64 {
    let (used, total) = (details.points.get(), details.total.get());
    if back >= total {
        return used;
    }
    let exact = i128::from(used) * i128::from(back.max(0)) / i128::from(total);
    i64::try_from(exact).unwrap_or(used)
}

/// Points that an order must give up which earned `had` and now keeps `kept` won. What the customer has spent meanwhile stays spent.
pub fn reversal(had: i64, kept: i64, permille: i64, available: i64) -> i64 {
    (had - earned(kept, permille)).clamp(0, available.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ItemKey;
    use crate::menu::PricedLine;
    use crate::order::OrderMode;
    use proptest::prelude::*;

    fn won(amount: i64) -> Won {
        Won::new(amount).unwrap()
    }

    fn order(taxed: i64, free: i64) -> OrderDetails {
        let line = |amount: i64, tax_free: bool| PricedLine {
            item: ItemKey::from("rice"),
            name: "밥".to_owned(),
            quantity: 1,
            options: Vec::new(),
            unit_price: won(amount),
            amount: won(amount),
            tax_free,
        };
        OrderDetails {
            mode: OrderMode::Takeout,
            lines: vec![line(taxed, false), line(free, true)],
            total: won(taxed + free),
            tax_free: won(free),
            vat: won(taxed).vat_included(),
            points: Won::ZERO,
        }
    }

    #[test]
    fn an_order_of_12_000_won_with_1_200_points() {
        let paid = pay_with(&order(12_000, 0), usable(1_200, won(12_000)));
        assert_eq!((paid.points, paid.total, paid.vat), (won(1_200), won(10_800), won(982)));
        assert_eq!(earned(paid.total.get(), 10), 108);
        assert_eq!(returned(&paid, 5_400), 600);
        assert_eq!(reversal(108, 5_400, 10, 1_000), 54);
        assert_eq!(reversal(108, 5_400, 10, 20), 20, "the rest was spent");
    }

    #[test]
    fn half_of_an_order_at_most_and_never_crumbs() {
        assert_eq!(usable(1_000_000, won(9_001)), won(4_500));
        assert_eq!(usable(99, won(9_000)), Won::ZERO);
        assert_eq!(usable(5_000, won(190)), Won::ZERO);
        assert_eq!(usable(5_000, won(200)), won(100));
        assert_eq!(usable(0, Won::ZERO), Won::ZERO);
    }

    proptest! {
        #[test]
        fn kakaopay_can_take_what_points_leave(taxed in 0_i64..90_000, free in 0_i64..90_000, has in 0_i64..200_000) {
            let plain = order(taxed, free);
            let points = usable(has, plain.total);
            let paid = pay_with(&plain, points);
            prop_assert!(points.get() <= has && points.get() * 2 <= taxed + free);
            prop_assert_eq!(price(&paid), plain.total);
            prop_assert!(points == Won::ZERO || (paid.total.get() >= LEAST_PAID && points.get() >= LEAST_USED));
            // KakaoPay's own rules.
            prop_assert!(paid.tax_free <= paid.total);
            prop_assert!(paid.vat.get() <= paid.total.get() - paid.tax_free.get());
            // Giving them back makes the order of before.
            prop_assert_eq!(pay_with(&paid, Won::ZERO), plain);
        }

        #[test]
        fn however_it_goes_back_all_points_come_back_once(
            taxed in 200_i64..90_000, has in 0_i64..90_000, parts in proptest::collection::vec(1_i64..20_000, 1..12)
        ) {
            let plain = order(taxed, 0);
            let paid = pay_with(&plain, usable(has, plain.total));
            let (mut back, mut points) = (0, 0);
            for part in parts.into_iter().chain([taxed]) {
                let after = (back + part).min(paid.total.get());
                let more = returned(&paid, after) - returned(&paid, back);
                prop_assert!(more >= 0);
                points += more;
                back = after;
                prop_assert!(points <= paid.points.get());
            }
            prop_assert_eq!(points, paid.points.get());
        }

        #[test]
        fn what_is_reversed_never_exceeds_what_was_earned_or_is_there(
            kept in 0_i64..90_000, gone in 0_i64..90_000, rate in 0_i64..50, available in 0_i64..2_000
        ) {
            let had = earned(kept, rate);
            let back = reversal(had, kept - gone, rate, available);
            prop_assert!(back >= 0 && back <= had && back <= available);
            if available >= had {
                prop_assert_eq!(had - back, earned(kept - gone, rate));
            }
        }
    }
}
