//! Is every line of an order still for sale at the price it was ordered at? Asked before the customer pays and again before the money is
//! taken.

use shared::menu::{Menu, PricedLine, Selection};

/// A line that is not, and why, in the customer's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub name: String,
    pub why: String,
}

/// Every line that cannot be sold as it was ordered.
pub fn problems(menu: &Menu, lines: &[PricedLine]) -> Vec<Problem> {
    lines.iter().filter_map(|line| problem(menu, line)).collect()
}

fn problem(menu: &Menu, line: &PricedLine) -> Option<Problem> {
    let selections: Vec<Selection> = line
        .options
        .iter()
        .map(|option| Selection {
            group: option.group.clone(),
            option: option.option.clone(),
            quantity: option.quantity,
        })
        .collect();
    let why = match menu.price(&line.item, &selections, line.quantity) {
        Ok(now) if now.amount == line.amount && now.tax_free == line.tax_free => return None,
        Ok(now) => format!("가격이 {}에서 {}으로 바뀌었어요", line.amount, now.amount),
        Err(error) => error.to_string(),
    };
    Some(Problem { name: line.name.clone(), why })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::Won;
    use shared::id::ItemKey;

    fn menu() -> Menu {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../fixtures/stores/hongdae-coffee.json")).unwrap();
        serde_json::from_value(file["menu"].clone()).unwrap()
    }

    fn item<'a>(menu: &'a mut Menu, key: &str) -> &'a mut shared::menu::Item {
        let mut items = menu.categories.iter_mut().flat_map(|category| &mut category.items);
        items.find(|item| item.key.0 == key).unwrap()
    }

    #[test]
    fn the_same_menu_sells_the_same_line() {
        let menu = menu();
        let select =
            |group: &str, option: &str| Selection { group: group.into(), option: option.into(), quantity: 1 };
        let selections = [select("temp", "ice"), select("size", "l"), select("bean", "dark")];
        let line = menu.price(&ItemKey::from("americano"), &selections, 2).unwrap();
        assert_eq!(problems(&menu, &[line]), []);
    }

    #[test]
    fn a_new_price_a_sold_out_item_and_a_lack_of_pieces_are_told() {
        let mut menu = menu();
        let lines = [menu.price(&ItemKey::from("ttok"), &[], 2).unwrap()];
        item(&mut menu, "ttok").price = Won::new(6_000).unwrap();
        assert_eq!(problems(&menu, &lines)[0].why, "가격이 11,000원에서 12,000원으로 바뀌었어요");
        item(&mut menu, "ttok").stock = Some(1);
        assert_eq!(problems(&menu, &lines)[0].why, "1개만 남았어요");
        item(&mut menu, "ttok").sold_out = true;
        assert_eq!(
            problems(&menu, &lines),
            [Problem { name: "똠방각하 떡케이크".into(), why: "품절이에요".into() }]
        );
    }
}
