//! The order session as the customer sees it.

use shared::Won;
use shared::menu::{Item, Menu, PricedLine};
use shared::order::OrderMode;
use shared::session::{PricedSession, SessionVersion};

use super::action::Action;
use super::answer::{Answer, Button, List, ListItem, TextCard};
use super::session_store::{self, Change, Found, Kept};
use super::turn::{Reply, Turn};
use super::{closed, menu_cache, reserve, texts};
use crate::db;

/// Shows the session.
pub async fn show(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    match session_store::read(turn.app, turn.customer.id).await? {
        Some(kept) => present(turn, &kept, None).await,
        None => Ok(empty(turn, "주문서가 비어 있어요. 메뉴를 담아 주세요.")),
    }
}

/// Gives the session up.
pub async fn clear(turn: &Turn<'_>, version: SessionVersion) -> anyhow::Result<Reply> {
    let cleared = session_store::change(turn.app, turn.customer.id, |kept| match kept {
        Some(kept) if kept.session.version == version => (Some(Change::Drop), None),
        kept => (None, Some(kept)),
    });
    match cleared.await? {
        None | Some(None) => Ok(empty(turn, "주문서를 비웠어요.")),
        Some(Some(kept)) => present(turn, &kept, Some(texts::SESSION_CHANGED.to_owned())).await,
    }
}

/// The session when the version that a button names is not the current one.
pub async fn other_version(turn: &Turn<'_>, found: Found) -> anyhow::Result<Reply> {
    match found {
        Found::Current(kept) => present(turn, &kept, None).await,
        Found::Stale(kept) => present(turn, &kept, Some(texts::SESSION_CHANGED.to_owned())).await,
        Found::Gone(Some(kept)) => {
            let note = "지난 주문서의 버튼이에요. 그 주문서는 만료되었어요. 지금 주문서를 보여 드릴게요.";
            present(turn, &kept, Some(note.to_owned())).await
        }
        Found::Gone(None) => Ok(empty(turn, texts::SESSION_GONE)),
    }
}

fn empty(turn: &Turn<'_>, text: &str) -> Reply {
    let menu = turn.customer.last_store.map(|store| Action::Menu { store, page: 0 });
    let answer = Answer::text(text).quick_if("메뉴판", menu);
    answer
        .quick("매장 찾기", Action::Stores { at: None, page: 0, far: false })
        .quick("주문 상태", Action::Status)
        .into()
}

/// Shows a session with the prices of this moment; every line can be tapped to change it.
pub async fn present(turn: &Turn<'_>, kept: &Kept, note: Option<String>) -> anyhow::Result<Reply> {
    let session = &kept.session;
    let store_id = session.store_id;
    let store = db::store_list::find(&turn.app.db, store_id, turn.app.clock.now_ms()).await?;
    let now = menu_cache::current(turn.app, store_id).await?;
    let (Some(store), Some(now)) = (store, now) else { return Ok(empty(turn, texts::NO_STORE)) };
    if session.lines.is_empty() {
        return Ok(empty(turn, "주문서가 비어 있어요. 메뉴를 담아 주세요."));
    }
    let priced = session.price(&now.menu);
    let version = session.version;
    let header = format!("주문서 · {}", store.full_name());
    let answer = Answer::lists(vec![List::new(header, rows(&now.menu, version, &priced))], "주문서");
    let mut notes: Vec<String> = Vec::new();
    if let Some(request) = &session.request {
        notes.push(format!("요청사항: {request}"));
    }
    if !priced.problems.is_empty() {
        notes.push("⚠ 표시한 메뉴는 지금 주문할 수 없어요. 눌러서 빼거나 바꿔 주세요.".to_owned());
    }
    for (item, left) in short(&now.menu, &priced) {
        notes.push(format!("⚠ {}은(는) 모두 합쳐 {left}개만 남았어요. 수량을 줄여 주세요.", item.name));
    }
    if !has_main(&now.menu, &priced) {
        notes.push("곁들임 메뉴만으로는 주문할 수 없어요. 다른 메뉴를 하나 이상 담아 주세요.".to_owned());
    }
    if let Some(at) = session.pick_up_at {
        match reserve::of_store(turn, store_id, kept).await?.book().check_chosen(at) {
            Ok(()) => notes.push(format!("{}에 찾아가는 예약이에요. 결제는 지금 해요.", at.kst_clock())),
            Err(why) => notes.push(format!(
                "⚠ {}에는 예약할 수 없게 되었어요. {} ‘시각 바꾸기’를 눌러 주세요.",
                at.kst_clock(),
                why.customer_text()
            )),
        }
    } else if !store.open
        && let Some(why) = closed::why(turn, store_id).await?
    {
        notes.push(format!("지금은 매장이 주문을 받지 않아요. {why} 주문서는 그대로 둘게요."));
        if reserve::of_store(turn, store_id, kept).await?.book().available().is_ok() {
            notes.push("오늘 나중 시각으로 예약할 수는 있어요.".to_owned());
        }
    }
    if session.pick_up_at.is_none() {
        notes.push(format!("포장 · {}", store.wait));
    }
    let more = Action::Menu { store: store_id, page: 0 };
    let mut card = TextCard::new(format!("합계 {}", priced.total)).description(notes.join("\n"));
    if is_orderable(&now.menu, &priced) {
        card = card.button(Button::new("주문하기", Action::Place { version, seen: priced.total }));
    }
    card = card.button(Button::new("더 담기", more));
    let request = if session.request.is_some() { "요청사항 바꾸기" } else { "요청사항 쓰기" };
    card = card.button(Button::new(request, Action::AskRequest { version }));
    let mut answer = answer.then(Answer::card(card));
    if let Some(note) = note {
        answer = answer.before(note);
    }
    let answer = reserve::choice(answer, session);
    Ok(answer.quick("비우기", Action::Clear { version }).quick("주문 상태", Action::Status).into())
}

fn rows(menu: &Menu, version: SessionVersion, priced: &PricedSession) -> Vec<ListItem> {
    let good = priced.lines.iter().map(|(id, line)| {
        let description = match options(line) {
            words if words.is_empty() => line.amount.to_string(),
            words => format!("{} · {words}", line.amount),
        };
        ListItem::new(title(&line.name, line.quantity), description, Action::Line { version, line: *id })
    });
    let bad = priced.problems.iter().map(|(line, problem)| {
        let name = menu.item(&line.item).map_or("없어진 메뉴", |item| item.name.as_str());
        let action = Action::Line { version, line: line.id };
        ListItem::new(format!("⚠ {}", title(name, line.quantity)), problem.to_string(), action)
    });
    good.chain(bad).collect()
}

/// The name leaves room for the count, which must never be cut off.
fn title(name: &str, quantity: u32) -> String {
    format!("{} × {quantity}", super::answer::fit_line(name, 42))
}

/// The options of a line, in words.
pub fn options(line: &PricedLine) -> String {
    let words = line.options.iter().map(|option| match option.quantity {
        1 => option.name.clone(),
        more => format!("{} ×{more}", option.name),
    });
    words.collect::<Vec<_>>().join(" · ")
}

/// Whether an order can be made of all of it.
pub fn is_orderable(menu: &Menu, priced: &PricedSession) -> bool {
    priced.problems.is_empty() && has_main(menu, priced) && short(menu, priced).is_empty()
}

/// Whether there is anything that makes an order by itself.
fn has_main(menu: &Menu, priced: &PricedSession) -> bool {
    priced.lines.iter().any(|(_, line)| menu.item(&line.item).is_some_and(|item| item.is_main))
}

/// Counted items of which all lines together want more than is left, with what is left.
fn short<'a>(menu: &'a Menu, priced: &PricedSession) -> Vec<(&'a Item, u32)> {
    let wanted = |item: &Item| {
        let of_item = priced.lines.iter().filter(|(_, line)| line.item == item.key);
        of_item.fold(0_u32, |sum, (_, line)| sum.saturating_add(line.quantity))
    };
    let counted = menu.items().filter_map(|item| Some((item, item.stock?)));
    counted.filter(|(item, left)| wanted(item) > *left).collect()
}

/// What an order of this session would be.
pub fn details(priced: &PricedSession) -> shared::order::OrderDetails {
    let lines: Vec<PricedLine> = priced.lines.iter().map(|(_, line)| line.clone()).collect();
    let tax_free = lines
        .iter()
        .filter(|line| line.tax_free)
        .fold(Won::ZERO, |sum, line| sum.checked_add(line.amount).unwrap_or(sum));
    let taxable = priced.total.checked_sub(tax_free).unwrap_or(Won::ZERO);
    shared::order::OrderDetails {
        mode: OrderMode::Takeout,
        lines,
        total: priced.total,
        tax_free,
        vat: taxable.vat_included(),
        points: Won::ZERO,
    }
}
