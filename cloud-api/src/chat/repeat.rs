//! The same again (다시 주문): one tap makes an order of what was ordered before, as the menu is now, and the next one pays. What is not as it
//! was is told line by line.

use shared::id::{ItemKey, OrderId, StoreId};
use shared::menu::{Menu, PriceError, PricedLine, Selection};
use shared::session::OrderSession;

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::session_store::{self, Change, Kept};
use super::turn::{Doing, Reply, Turn};
use super::{menu_cache, order_card, placement, texts};
use crate::db;

/// Repeats the newest order that was paid.
pub fn last<'a>(turn: &'a Turn<'a>) -> Doing<'a> {
    Box::pin(repeat_last(turn))
}

async fn repeat_last(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    match db::customer_orders::last_placed(&turn.app.db, turn.customer.id).await? {
        Some((store, order)) => again(turn, store, order, false).await,
        None => {
            let text = "아직 지난 주문이 없어요. 매장을 골라 주문해 보세요.";
            Ok(Answer::text(text).quick("매장 찾기", Action::Stores { at: None, page: 0, far: false }).into())
        }
    }
}

/// Repeats one of the customer's own orders. What lies in the order session is given up only when `switch` says so.
pub fn again<'a>(turn: &'a Turn<'a>, store: StoreId, order: OrderId, switch: bool) -> Doing<'a> {
    Box::pin(repeat(turn, store, order, switch))
}

async fn repeat(turn: &Turn<'_>, store: StoreId, order: OrderId, switch: bool) -> anyhow::Result<Reply> {
    let Some(found) = order_card::own(turn, store, order).await? else {
        return Ok(Answer::text(texts::OLD_BUTTON).quick("주문 상태", Action::Status).into());
    };
    let Some(now) = menu_cache::current(turn.app, store).await? else {
        return Ok(nothing(store, &[]));
    };
    let mut repeated = Repeated::of(&now.menu, &found.order.details.lines);
    if repeated.wishes.is_empty() {
        return Ok(nothing(store, &repeated.notes));
    }
    if found.order.has_request {
        repeated
            .notes
            .push("요청사항은 옮기지 않았어요. 필요하면 ‘주문서 고치기’에서 다시 써 주세요.".to_owned());
    }
    let session = repeated.session(store, order, turn)?;
    let total = session.price(&now.menu).total;
    let kept = session_store::change(turn.app, turn.customer.id, |kept| match kept {
        // The second tap of two.
        Some(kept) if wishes_are_same(&kept.session, &session) => (None, Some(kept)),
        Some(kept) if !switch && !kept.session.lines.is_empty() => (None, None),
        Some(_) | None => {
            let kept = Kept::new(session.clone());
            (Some(Change::Keep(kept.clone())), Some(kept))
        }
    });
    let Some(kept) = kept.await? else { return Ok(ask_to_switch(store, order)) };
    let reply = placement::place(turn, kept.session.version, total).await?;
    Ok(match repeated.told() {
        Some(told) => reply.map(|answer| answer.before(told)),
        None => reply,
    })
}

fn ask_to_switch(store: StoreId, order: OrderId) -> Reply {
    let card = TextCard::new("담아 둔 주문서가 있어요")
        .description("지금 주문서를 비우고 지난 주문을 그대로 담을까요?")
        .button(Button::new("비우고 다시 주문", Action::Repeat { store, order, switch: true }))
        .button(Button::new("그대로 두기", Action::Session));
    Answer::card(card).into()
}

fn nothing(store: StoreId, notes: &[String]) -> Reply {
    let why = if notes.is_empty() { String::new() } else { format!("\n{}", notes.join("\n")) };
    let text = format!("지난 주문의 메뉴를 지금은 주문할 수 없어요.{why}\n다른 메뉴를 골라 주세요.");
    Answer::text(text)
        .quick("메뉴판", Action::Menu { store, page: 0 })
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .into()
}

fn wishes_are_same(one: &OrderSession, other: &OrderSession) -> bool {
    let wishes = |session: &OrderSession| {
        let of =
            |line: &shared::session::SessionLine| (line.item.clone(), line.selections.clone(), line.quantity);
        session.lines.iter().map(of).collect::<Vec<_>>()
    };
    one.store_id == other.store_id && wishes(one) == wishes(other)
}

/// What is wished for again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    item: ItemKey,
    selections: Vec<Selection>,
    quantity: u32,
}

/// An earlier order against the menu of now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Repeated {
    wishes: Vec<Wish>,
    /// What is not as it was, one line each.
    notes: Vec<String>,
}

impl Repeated {
    fn of(menu: &Menu, lines: &[PricedLine]) -> Self {
        let mut repeated = Self::default();
        for line in lines {
            repeated.add(menu, line);
        }
        repeated
    }

    fn add(&mut self, menu: &Menu, was: &PricedLine) {
        let mut wish = Wish {
            item: was.item.clone(),
            selections: was.options.iter().map(selection).collect(),
            quantity: was.quantity,
        };
        let mut gone: Vec<&str> = Vec::new();
        // Each round takes an option away, so there are no more rounds than options, one for the pieces, and the last.
        for _ in 0..was.options.len() + 2 {
            match menu.price(&wish.item, &wish.selections, wish.quantity) {
                Ok(is) => {
                    self.notes.extend(difference(was, &is, &gone));
                    self.wishes.push(wish);
                    return;
                }
                Err(PriceError::OnlyLeft(_, left)) if left > 0 && left < wish.quantity => {
                    wish.quantity = left
                }
                Err(PriceError::UnknownOption(group, option) | PriceError::OptionSoldOut(group, option)) => {
                    let lost = was.options.iter().find(|o| o.group == group && o.option == option);
                    gone.extend(lost.map(|option| option.name.as_str()));
                    wish.selections
                        .retain(|selection| selection.group != group || selection.option != option);
                }
                Err(_) if !gone.is_empty() => {
                    let gone = gone.join(", ");
                    self.notes.push(format!(
                        "· {}: 옵션 ‘{gone}’을(를) 지금 고를 수 없어 담지 못했어요. 메뉴에서 다시 골라 주세요.",
                        was.name
                    ));
                    return;
                }
                Err(problem) => {
                    self.notes.push(format!("· {}: {problem}. 담지 못했어요.", was.name));
                    return;
                }
            }
        }
    }

    fn session(&self, store: StoreId, order: OrderId, turn: &Turn<'_>) -> anyhow::Result<OrderSession> {
        let mut session = OrderSession::new(store, turn.app.clock.now_ms());
        for (index, wish) in self.wishes.iter().enumerate() {
            let addition = format!("repeat:{order}:{index}");
            session.add(&addition, wish.item.clone(), wish.selections.clone(), wish.quantity)?;
        }
        Ok(session)
    }

    /// What is not as it was; `None` when everything is.
    fn told(&self) -> Option<String> {
        let notes = self.notes.join("\n");
        (!notes.is_empty())
            .then(|| format!("지난 주문과 달라진 점이 있어요.\n{notes}\n아래에서 확인하고 결제해 주세요."))
    }
}

fn selection(option: &shared::menu::PricedOption) -> Selection {
    Selection { group: option.group.clone(), option: option.option.clone(), quantity: option.quantity }
}

/// What the customer must know of a line that can be had, but not as it was.
fn difference(was: &PricedLine, is: &PricedLine, gone: &[&str]) -> Option<String> {
    let mut parts = Vec::new();
    if !gone.is_empty() {
        parts.push(format!("옵션 ‘{}’은(는) 지금 고를 수 없어 뺐어요", gone.join(", ")));
    }
    if is.name != was.name {
        parts.push(format!("이름이 ‘{}’(으)로 바뀌었어요", is.name));
    }
    if is.quantity != was.quantity {
        parts.push(format!("{}개 중 {}개만 남아 {}개만 담았어요", was.quantity, is.quantity, is.quantity));
    }
    if is.unit_price != was.unit_price {
        parts.push(format!("가격이 {}에서 {}으로 바뀌었어요", was.unit_price, is.unit_price));
    }
    (!parts.is_empty()).then(|| format!("· {}: {}.", was.name, parts.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn menu(change: impl FnOnce(&mut serde_json::Value)) -> Menu {
        let mut menu = json!({
            "option_groups": [
                {"key": "size", "name": "양", "min": 1, "max": 1, "options": [
                    {"key": "one", "name": "1인분", "price": 0}, {"key": "two", "name": "2인분", "price": 4000}]},
                {"key": "top", "name": "토핑", "min": 0, "max": 2, "options": [
                    {"key": "egg", "name": "계란", "price": 800}, {"key": "cheese", "name": "치즈", "price": 1000}]}
            ],
            "categories": [{"key": "c", "name": "분식", "items": [
                {"key": "tteok", "name": "떡볶이", "price": 5000, "option_groups": ["size", "top"]},
                {"key": "kim", "name": "김밥", "price": 3500}
            ]}]
        });
        change(&mut menu);
        serde_json::from_value(menu).unwrap()
    }

    fn ordered() -> Vec<PricedLine> {
        let menu = menu(|_| {});
        let pick =
            |group: &str, option: &str| Selection { group: group.into(), option: option.into(), quantity: 1 };
        vec![
            menu.price(&"tteok".into(), &[pick("size", "two"), pick("top", "egg")], 1).unwrap(),
            menu.price(&"kim".into(), &[], 3).unwrap(),
        ]
    }

    fn against(change: impl FnOnce(&mut serde_json::Value)) -> Repeated {
        Repeated::of(&menu(change), &ordered())
    }

    #[test]
    fn an_unchanged_menu_has_nothing_to_tell() {
        let same = against(|_| {});
        assert_eq!((same.wishes.len(), same.told()), (2, None));
        assert_eq!(same.wishes[1].quantity, 3);
    }

    #[test]
    fn a_changed_price_is_told_with_both_prices() {
        let dearer = against(|menu| menu["categories"][0]["items"][1]["price"] = 4000.into());
        assert_eq!(dearer.wishes.len(), 2);
        assert_eq!(dearer.notes, ["· 김밥: 가격이 3,500원에서 4,000원으로 바뀌었어요."]);
    }

    #[test]
    fn what_is_sold_out_or_gone_is_left_out_and_told() {
        let out = against(|menu| menu["categories"][0]["items"][1]["sold_out"] = true.into());
        assert_eq!((out.wishes.len(), out.notes.len()), (1, 1));
        assert!(out.notes[0].contains("김밥: 품절이에요"), "{:?}", out.notes);
        let gone = against(|menu| menu["categories"][0]["items"][1]["disabled"] = true.into());
        assert!(gone.notes[0].contains("지금은 메뉴에 없어요"), "{:?}", gone.notes);
    }

    #[test]
    fn fewer_pieces_are_taken_and_told() {
        let few = against(|menu| menu["categories"][0]["items"][1]["stock"] = 2.into());
        assert_eq!(few.wishes[1].quantity, 2);
        assert_eq!(few.notes, ["· 김밥: 3개 중 2개만 남아 2개만 담았어요."]);
    }

    #[test]
    fn a_topping_that_is_gone_is_taken_off_and_a_size_that_is_gone_takes_the_line() {
        let egg = against(|menu| menu["option_groups"][1]["options"][0]["sold_out"] = true.into());
        assert_eq!(egg.wishes[0].selections.len(), 1);
        assert!(
            egg.notes[0].contains("‘계란’은(는)") && egg.notes[0].contains("9,800원에서 9,000원"),
            "{:?}",
            egg.notes
        );
        let size = against(|menu| menu["option_groups"][0]["options"][1]["disabled"] = true.into());
        assert_eq!(size.wishes.len(), 1);
        assert!(size.notes[0].contains("‘2인분’을(를) 지금 고를 수 없어 담지 못했어요"), "{:?}", size.notes);
    }
}
