//! Options step by step: one group per answer. Where one option is chosen, a tap chooses and moves on; elsewhere taps collect.

use std::sync::Arc;

use shared::menu::{Item, Menu, MenuOption, OptionGroup};

use super::action::{Action, Nonce};
use super::answer::{Answer, List, ListItem};
use super::draft::{Draft, MAX_OPTION_QUANTITY};
use super::menu::{Opened, open};
use super::pages::Page;
use super::turn::{Reply, Turn};
use super::{add, item, texts};

/// Bytes that the buttons of one answer may take, well below what Kakao allows for the whole.
const BUTTON_BYTES: usize = 24_000;
/// Bytes of a row or a shortcut beside the draft that it carries.
const BYTES_PER_BUTTON: usize = 480;
/// Shortcuts that may carry a draft.
const DRAFT_SHORTCUTS: usize = 5;

/// A draft with the menu that it is for.
struct Open {
    menu: Arc<Menu>,
    item: Item,
}

enum Drafted {
    Open(Box<Open>),
    Instead(Reply),
}

/// Another page of a group's options.
pub async fn page(turn: &Turn<'_>, draft: Draft, group: u32, page: u32) -> anyhow::Result<Reply> {
    Ok(match look_up(turn, &draft).await? {
        Drafted::Open(open) => ask(&open.menu, &open.item, draft, group, page, None),
        Drafted::Instead(reply) => reply,
    })
}

/// Takes an option, or one more of it, or gives it back; moves on where one is enough.
pub async fn choose(
    turn: &Turn<'_>,
    mut draft: Draft,
    group: u32,
    option: u32,
    nonce: Nonce,
) -> anyhow::Result<Reply> {
    let open = match look_up(turn, &draft).await? {
        Drafted::Open(open) => open,
        Drafted::Instead(reply) => return Ok(reply),
    };
    let (g, o) = (index(group), index(option));
    let Some(chosen) = group_at(&open, group).and_then(|found| Some((found, found.options.get(o)?))) else {
        return Ok(item::gone(draft.store, texts::ITEM_CHANGED));
    };
    let (found, wanted) = chosen;
    if wanted.sold_out {
        let note = format!("{}은(는) 품절이에요. 다른 것을 골라 주세요.", wanted.name);
        return Ok(ask(&open.menu, &open.item, draft, group, 0, Some(note)));
    }
    if found.is_single_choice() {
        draft.clear(g);
        draft.set(g, o, 1);
        return step(turn, &open, draft, group, nonce).await;
    }
    let note = take(found, wanted, &mut draft, g, o);
    let size = page_size(&draft);
    let page = option / u32::try_from(size).unwrap_or(1).max(1);
    Ok(ask(&open.menu, &open.item, draft, group, page, note))
}

/// One more piece of an option where several can be taken. Says why when it cannot be.
fn take(group: &OptionGroup, option: &MenuOption, draft: &mut Draft, g: usize, o: usize) -> Option<String> {
    let most = u32::from(option.max_quantity).min(MAX_OPTION_QUANTITY);
    let now = draft.quantity(g, o);
    if now == 0 && draft.chosen(g) >= group.effective_max() {
        if group.effective_max() == 1 {
            draft.clear(g);
        } else {
            return Some(format!(
                "{}개까지 고를 수 있어요. 고른 것을 다시 누르면 빠져요.",
                group.effective_max()
            ));
        }
    }
    if now < most {
        draft.set(g, o, now + 1);
        None
    } else if most == 1 {
        draft.set(g, o, 0);
        None
    } else {
        Some(format!("{}은(는) {most}개까지예요. 줄이려면 ‘다시 고르기’를 눌러 주세요.", option.name))
    }
}

/// Forgets what was chosen of a group and asks again.
pub async fn rechoose(turn: &Turn<'_>, mut draft: Draft, group: u32) -> anyhow::Result<Reply> {
    Ok(match look_up(turn, &draft).await? {
        Drafted::Open(open) => {
            draft.clear(index(group));
            ask(&open.menu, &open.item, draft, group, 0, None)
        }
        Drafted::Instead(reply) => reply,
    })
}

/// Done with a group, if enough is chosen.
pub async fn next(turn: &Turn<'_>, draft: Draft, group: u32, nonce: Nonce) -> anyhow::Result<Reply> {
    let open = match look_up(turn, &draft).await? {
        Drafted::Open(open) => open,
        Drafted::Instead(reply) => return Ok(reply),
    };
    let missing = group_at(&open, group)
        .and_then(|found| usize::from(found.min).checked_sub(draft.chosen(index(group))))
        .filter(|missing| *missing > 0);
    match missing {
        Some(missing) => {
            let note = format!("{missing}개를 더 골라 주세요.");
            Ok(ask(&open.menu, &open.item, draft, group, 0, Some(note)))
        }
        None => step(turn, &open, draft, group, nonce).await,
    }
}

/// On to the next group, or into the order session after the last.
async fn step(turn: &Turn<'_>, open: &Open, draft: Draft, group: u32, nonce: Nonce) -> anyhow::Result<Reply> {
    if index(group) + 1 < open.item.option_groups.len() {
        return Ok(ask(&open.menu, &open.item, draft, group + 1, 0, None));
    }
    add::add(turn, draft, nonce, false).await
}

/// Asks for one group. A group of which everything must be taken comes with everything taken.
pub fn ask(
    menu: &Menu,
    item: &Item,
    mut draft: Draft,
    group_no: u32,
    page: u32,
    note: Option<String>,
) -> Reply {
    let g = index(group_no);
    let Some(group) = menu.groups_of(item).nth(g) else {
        return item::gone(draft.store, texts::ITEM_CHANGED);
    };
    let single = group.is_single_choice();
    if !single && draft.chosen(g) == 0 && usize::from(group.min) == available(group).count() {
        for (o, option) in group.options.iter().enumerate() {
            draft.set(g, o, u32::from(!option.sold_out));
        }
    }
    let options: Vec<(usize, &MenuOption)> = group.options.iter().enumerate().collect();
    let page = Page::of(&options, page, page_size(&draft));
    let nonce = Nonce::fresh();
    let rows = page.rows.iter().map(|(o, option)| option_row(&draft, g, *o, option, single, nonce)).collect();
    let groups = item.option_groups.len();
    let price = draft.running_price(menu, item);
    let header = format!("{}{} · {price}", group.name, page.mark());
    let answer = Answer::lists(vec![List::new(header, rows)], "고를 수 있는 것이 없어요.");
    let mut text = format!("{} ({}/{groups}) {}", group.name, g + 1, rule(group));
    let words = draft.words(menu, item);
    if !words.is_empty() {
        text = format!("{text}\n지금까지: {words}");
    }
    if let Some(note) = note {
        text = format!("{note}\n{text}");
    }
    let store = draft.store;
    let enough = draft.chosen(g) >= usize::from(group.min);
    let onward = Action::Next { draft: draft.clone(), group: group_no, nonce };
    let label = if draft.chosen(g) == 0 { "선택 안 함" } else { "다음" };
    let again =
        (!single && draft.chosen(g) > 0).then(|| Action::Rechoose { draft: draft.clone(), group: group_no });
    let answer =
        answer.before(text).quick_if(label, (enough && !(single && group.min > 0)).then_some(onward));
    let to_page = |page| Action::Options { draft: draft.clone(), group: group_no, page };
    page.turn(answer.quick_if("다시 고르기", again), to_page)
        .quick("처음부터", Action::Item { store, item: item.key.clone() })
        .quick("메뉴판", Action::Menu { store, page: 0 })
        .into()
}

fn option_row(
    draft: &Draft,
    g: usize,
    o: usize,
    option: &MenuOption,
    single: bool,
    nonce: Nonce,
) -> ListItem {
    let price = if option.price == shared::Won::ZERO {
        "추가 금액 없음".to_owned()
    } else {
        format!("+{}", option.price)
    };
    if option.sold_out {
        return ListItem::inert(&option.name, format!("품절 · {price}"));
    }
    let most = u32::from(option.max_quantity).min(MAX_OPTION_QUANTITY);
    let description = match (draft.quantity(g, o), most) {
        (0, 1) => price,
        (0, most) => format!("{price} · {most}개까지"),
        (_, 1) if single => format!("✓ 고름 · {price}"),
        (_, 1) => format!("✓ 고름 · 다시 누르면 빠져요 · {price}"),
        (now, most) => format!("✓ {now}개 · {most}개까지 · {price}"),
    };
    let (group, option_no) = (u32::try_from(g).unwrap_or(u32::MAX), u32::try_from(o).unwrap_or(u32::MAX));
    let action = Action::Choose { draft: draft.clone(), group, option: option_no, nonce };
    ListItem::new(&option.name, description, action)
}

/// What has to be chosen, in words.
fn rule(group: &OptionGroup) -> String {
    let (min, max) = (usize::from(group.min), group.effective_max());
    match (min, max) {
        (1, 1) => "하나를 골라 주세요.".to_owned(),
        (0, 1) => "하나를 고르거나 건너뛰어도 돼요.".to_owned(),
        (0, max) if max == group.options.len() => "원하는 만큼 골라 주세요. 건너뛰어도 돼요.".to_owned(),
        (0, max) => format!("{max}개까지 골라 주세요. 건너뛰어도 돼요."),
        (min, max) if min == max => format!("{min}개를 골라 주세요."),
        (min, max) => format!("{min}개 이상 {max}개까지 골라 주세요."),
    }
}

/// Why an item cannot be had now: sold out, or a group from which not enough is left.
pub fn missing(menu: &Menu, item: &Item) -> Option<String> {
    if item.sold_out || item.stock == Some(0) {
        return Some("지금은 품절이에요. 다른 메뉴를 골라 주세요.".to_owned());
    }
    let short = menu.groups_of(item).find(|group| available(group).count() < usize::from(group.min))?;
    Some(format!("꼭 골라야 하는 ‘{}’ 옵션이 품절이라 지금은 주문할 수 없어요.", short.name))
}

fn available(group: &OptionGroup) -> impl Iterator<Item = &MenuOption> {
    group.options.iter().filter(|option| !option.sold_out)
}

/// Rows that fit when each carries the draft.
fn page_size(draft: &Draft) -> usize {
    let draft_bytes = serde_json::to_vec(draft).map_or(BUTTON_BYTES, |bytes| bytes.len());
    let buttons = BUTTON_BYTES / (draft_bytes + BYTES_PER_BUTTON);
    buttons.saturating_sub(DRAFT_SHORTCUTS).clamp(1, List::MAX_ROWS)
}

async fn look_up(turn: &Turn<'_>, draft: &Draft) -> anyhow::Result<Drafted> {
    let menu = match open(turn, draft.store).await? {
        Opened::Menu(_, menu) => menu,
        Opened::Instead(reply) => return Ok(Drafted::Instead(reply)),
    };
    let Some(item) = menu.item(&draft.item).cloned() else {
        return Ok(Drafted::Instead(item::gone(draft.store, texts::NO_ITEM)));
    };
    if !draft.fits(&menu, &item) {
        let reply = item::present(&menu, draft.store, &item);
        return Ok(Drafted::Instead(reply.map(|answer| answer.before(texts::ITEM_CHANGED))));
    }
    Ok(Drafted::Open(Box::new(Open { menu, item })))
}

fn group_at(open: &Open, group: u32) -> Option<&OptionGroup> {
    open.menu.groups_of(&open.item).nth(index(group))
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
