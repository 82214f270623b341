//! Lists of stores: what can be ordered now first, each with whether it is open, how long it takes and how far it is.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use shared::TimeMs;
use shared::id::{ItemKey, StoreId};
use shared::review::Rating;
use shared::search::{Distance, Spot};
use shared::wait::Wait;
use tokio::time::timeout;

use super::action::Action;
use super::answer::{Answer, List, ListItem};
use super::book::{DishHit, Edition, Entry, Hit};
use super::pages::Page;
use super::standing::Standing;
use crate::app::App;
use crate::db;
use crate::db::store_list::{self, Now};

/// Stores on one page.
const PAGE: usize = 10;
/// Stores that one search leads to; more are not asked how they stand now.
pub const MAX_FOUND: usize = 200;
/// How long Postgres may take to say how stores stand now; then the last known state is shown.
const STATE_PATIENCE: Duration = Duration::from_millis(400);

/// What is to be listed.
pub struct Wanted<'a> {
    pub title: &'a str,
    pub hits: Vec<Hit>,
    /// From where distances are measured.
    pub near: Option<Spot>,
    pub page: u32,
    /// Whether the order of the hits matters more than their distance, as for stores used before.
    pub keeps_order: bool,
}

/// A hit with how its store stands.
struct Card<'a> {
    entry: &'a Entry,
    standing: Standing,
    grade: u8,
    dish: Option<DishHit>,
    sold_out: bool,
    distance: Option<Distance>,
    /// Its place among the hits, where that matters.
    nth: usize,
}

impl Card<'_> {
    fn rank(&self) -> impl Ord + '_ {
        let card = &self.entry.card;
        (
            self.sold_out,
            self.standing.rank(),
            self.grade,
            self.nth,
            self.distance.unwrap_or(Distance(u32::MAX)),
            (&card.name, &card.branch, card.store_id),
        )
    }
}

/// One page of stores; `None` when nothing was found.
pub async fn list(
    app: &App,
    book: &Edition,
    wanted: Wanted<'_>,
    to_page: impl Fn(u32) -> Action,
) -> Option<Answer> {
    let now = app.clock.now_ms();
    let mut cards = known(book, &wanted, now);
    if cards.is_empty() {
        return None;
    }
    let is_current = ask_states(app, &mut cards, now).await;
    cards.sort_by(|a, b| a.rank().cmp(&b.rank()));
    let page = Page::of(&cards, wanted.page, PAGE);
    let shown: Vec<StoreId> = page.rows.iter().map(|card| card.entry.card.store_id).collect();
    let asked = in_time(async {
        tokio::try_join!(store_list::waits(&app.db, &shown, now), db::ratings::of_stores(&app.db, &shown))
    });
    let (waits, ratings) = asked.await.unwrap_or_default();
    let lists = groups(page.rows).map(|(heading, cards)| {
        let told = |card: &Card<'_>| {
            let store = card.entry.card.store_id;
            (waits.get(&store), ratings.get(&store).copied().unwrap_or_default())
        };
        let rows = cards.iter().map(|card| row(card, told(card), now)).collect();
        List::new(format!("{heading} · {}{}", wanted.title, page.mark()), rows)
    });
    let answer = Answer::lists(lists.collect(), "매장은 여기까지예요.");
    let answer = if is_current {
        answer
    } else {
        answer.before("지금 상태를 바로 확인하지 못해 조금 전 정보로 보여 드려요. 주문할 때 다시 확인할게요.")
    };
    Some(page.turn(answer, to_page))
}

/// The first hits by what is known without asking. Of many, schedules are read only of those that are shown.
fn known<'a>(book: &'a Edition, wanted: &Wanted<'_>, now: TimeMs) -> Vec<Card<'a>> {
    let stores = book.stores();
    let standing = |entry: &Entry, day| Standing::of(entry.card.takeout, day, &entry.card.schedule, now);
    let day_of = |entry: &Entry| book.days.get(&entry.card.store_id).copied().unwrap_or_default();
    let are_few = wanted.hits.len() <= MAX_FOUND;
    let cards = wanted.hits.iter().enumerate().filter_map(|(nth, hit)| {
        let entry = stores.get(hit.store)?;
        let day = day_of(entry);
        Some(Card {
            entry,
            standing: match are_few {
                true => standing(entry, day),
                false => Standing::at_a_glance(entry.card.takeout, day),
            },
            grade: hit.grade,
            dish: hit.dish.clone(),
            sold_out: false,
            distance: entry.spot.zip(wanted.near).map(|(spot, near)| spot.distance(near)),
            nth: if wanted.keeps_order { nth } else { 0 },
        })
    });
    let mut cards: Vec<Card<'a>> = cards.collect();
    if cards.len() > MAX_FOUND {
        cards.select_nth_unstable_by(MAX_FOUND, |a, b| a.rank().cmp(&b.rank()));
        cards.truncate(MAX_FOUND);
        for card in &mut cards {
            card.standing = standing(card.entry, day_of(card.entry));
        }
    }
    cards
}

/// Asks how the stores stand at this moment; `false` when Postgres did not say in time.
async fn ask_states(app: &App, cards: &mut [Card<'_>], now: TimeMs) -> bool {
    let stores: Vec<StoreId> = cards.iter().map(|card| card.entry.card.store_id).collect();
    let dishes: Vec<(StoreId, ItemKey)> = cards
        .iter()
        .filter_map(|card| Some((card.entry.card.store_id, card.dish.as_ref()?.item.clone())))
        .collect();
    let asked =
        in_time(async { tokio::try_join!(store_list::days(&app.db, &stores), gone(app, &dishes, now)) });
    let Some((days, gone)): Option<(HashMap<StoreId, Now>, HashSet<_>)> = asked.await else { return false };
    for card in cards {
        let store = &card.entry.card;
        let day = days.get(&store.store_id).copied().unwrap_or_default();
        card.standing = Standing::of(store.takeout, day, &store.schedule, now);
        card.sold_out =
            card.dish.as_ref().is_some_and(|dish| gone.contains(&(store.store_id, dish.item.clone())));
    }
    true
}

async fn gone(
    app: &App,
    dishes: &[(StoreId, ItemKey)],
    now: TimeMs,
) -> Result<HashSet<(StoreId, ItemKey)>, sqlx::Error> {
    if dishes.is_empty() {
        return Ok(HashSet::new());
    }
    store_list::sold_out(&app.db, dishes, now).await
}

/// What Postgres says, if it says it in time.
async fn in_time<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Option<T> {
    match timeout(STATE_PATIENCE, asked).await {
        Ok(Ok(said)) => Some(said),
        Ok(Err(error)) => {
            tracing::warn!(%error, "how stores stand could not be asked");
            None
        }
        Err(_) => {
            metrics::counter!("store_states_late").increment(1);
            None
        }
    }
}

/// Neighbours under one heading.
fn groups<'a, 'b>(cards: &'b [Card<'a>]) -> impl Iterator<Item = (&'static str, &'b [Card<'a>])> {
    let heading = |card: &Card<'_>| if card.sold_out { "지금은 품절" } else { card.standing.heading() };
    cards
        .chunk_by(move |a, b| heading(a) == heading(b))
        .filter_map(move |group| Some((heading(group.first()?), group)))
}

fn row(card: &Card<'_>, (wait, rating): (Option<&Wait>, Rating), now: TimeMs) -> ListItem {
    let store = &card.entry.card;
    let mut parts = Vec::new();
    if let Some(dish) = &card.dish {
        let sold_out = if card.sold_out { "품절 · " } else { "" };
        parts.push(format!("{sold_out}{} {}", super::answer::fit_line(&dish.name, 20), dish.price));
    }
    parts.push(state(card.standing, wait, now));
    parts.extend(rating.customer_text());
    parts.extend(card.distance.map(|distance| distance.to_string()));
    parts.push(store.address.clone());
    let action = match &card.dish {
        Some(dish) => Action::Item { store: store.store_id, item: dish.item.clone() },
        None => Action::Menu { store: store.store_id, page: 0 },
    };
    ListItem::new(card.entry.full_name(), parts.join(" · "), action)
}

/// Whether it is open and how long it takes, in words.
pub fn state(standing: Standing, wait: Option<&Wait>, now: TimeMs) -> String {
    let words = standing.words(now);
    match (standing, wait) {
        (Standing::Orderable, Some(wait)) if wait.orders_ahead == 0 => {
            format!("{words} · 약 {}분", wait.minutes)
        }
        (Standing::Orderable, Some(wait)) => format!("{words} · {wait}"),
        _ => words,
    }
}
