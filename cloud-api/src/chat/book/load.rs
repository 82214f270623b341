//! Brings the book up to date: only stores that changed are read again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use shared::id::StoreId;
use shared::search::{Spot, Text};
use tokio::task::spawn_blocking;

use super::area::AreaWords;
use super::{DishName, Edition, Entry, Pages, SoldAt};
use crate::app::App;
use crate::db::store_list::{self, Dish, Now, StoreCard};

/// Stores whose cards are read at once.
const CARDS_AT_ONCE: usize = 1_000;
/// Stores whose menus are read at once.
const MENUS_AT_ONCE: usize = 100;
/// With more changed stores than this, names can be searched before all menus are read.
const FEW: usize = 300;
/// Most stores of a book; more are not searched, which is logged.
const MAX_STORES: usize = 50_000;

/// Compares the book with Postgres and reads what changed. Comparisons come one after another.
pub async fn compare(app: &App) -> anyhow::Result<()> {
    let Ok(_one) = app.stores.comparing.try_lock() else {
        // Somebody is at it: its end is ours.
        let _ended = app.stores.comparing.lock().await;
        return Ok(());
    };
    let since = Instant::now();
    let before = app.stores.look().0.unwrap_or_default();
    let mut editions = store_list::editions(&app.db).await.context("reading the stores' editions")?;
    if editions.len() > MAX_STORES {
        tracing::error!(stores = editions.len(), "the store book is full; some stores cannot be found");
        editions.truncate(MAX_STORES);
    }
    let ids: Vec<StoreId> = editions.iter().map(|(id, _)| *id).collect();
    let days = store_list::days(&app.db, &ids).await.context("reading the stores' days")?;
    let known = |store, edition| {
        let entry = before.position(store).map(|at| &before.stores()[at])?;
        (entry.card.edition == edition && entry.dishes.is_some()).then_some(entry)
    };
    let changed: Vec<StoreId> =
        editions.iter().filter(|(id, edition)| known(*id, *edition).is_none()).map(|(id, _)| *id).collect();
    if changed.is_empty() && editions.len() == before.stores().len() {
        app.stores.publish(Edition { pages: before.pages.clone(), days });
        app.stores.compared(since);
        return Ok(());
    }
    let mut stores: Vec<Entry> =
        editions.iter().filter_map(|(id, edition)| known(*id, *edition).cloned()).collect();
    for some in changed.chunks(CARDS_AT_ONCE) {
        let cards = store_list::cards(&app.db, some).await.context("reading stores")?;
        let entries =
            spawn_blocking(|| cards.into_iter().map(Entry::without_dishes).collect::<Vec<Entry>>()).await;
        stores.extend(entries.context("reading stores for the book")?);
    }
    if changed.len() > FEW {
        publish(app, stores.clone(), days.clone()).await?;
    }
    let mut dishes: HashMap<StoreId, Vec<Dish>> = HashMap::new();
    for some in changed.chunks(MENUS_AT_ONCE) {
        for dish in store_list::dishes(&app.db, some).await.context("reading dishes")? {
            dishes.entry(dish.store_id).or_default().push(dish);
        }
    }
    for entry in stores.iter_mut().filter(|entry| entry.dishes.is_none()) {
        entry.dishes = Some(dishes.remove(&entry.card.store_id).unwrap_or_default().into());
    }
    publish(app, stores, days).await?;
    app.stores.compared(since);
    Ok(())
}

/// Makes an edition away from the threads that answer, and shows it.
async fn publish(app: &App, stores: Vec<Entry>, days: HashMap<StoreId, Now>) -> anyhow::Result<()> {
    let pages = spawn_blocking(|| Pages::of(stores)).await;
    let pages = Arc::new(pages.context("making an edition of the store book")?);
    let before = app.stores.publish(Edition { pages, days });
    // Giving an old edition back takes a while, too.
    spawn_blocking(|| drop(before)).await.context("giving an edition of the store book back")
}

impl Entry {
    fn without_dishes(card: StoreCard) -> Self {
        Self {
            spot: Spot::in_korea(card.lat, card.lon),
            name: Text::new(&format!("{} {}", card.name, card.branch)),
            address: Text::new(&card.address),
            area: AreaWords::read(&card.address, &card.branch),
            dishes: None,
            card,
        }
    }
}

impl Pages {
    fn of(stores: Vec<Entry>) -> Self {
        let by_id = stores.iter().enumerate().map(|(at, entry)| (entry.card.store_id, at)).collect();
        let mut by_name: HashMap<&str, Vec<SoldAt>> = HashMap::new();
        for (store, entry) in stores.iter().enumerate() {
            for dish in entry.dishes.iter().flat_map(|dishes| dishes.iter()) {
                let sold = SoldAt { store, item: dish.item.clone(), price: dish.price };
                by_name.entry(&dish.name).or_default().push(sold);
            }
        }
        let dishes = by_name
            .into_iter()
            .map(|(name, sold_at)| DishName { name: name.to_owned(), text: Text::new(name), sold_at })
            .collect();
        Self { stores, by_id, dishes }
    }
}
