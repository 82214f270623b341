//! Menus in this process, so that a conversation does not parse a large document with every tap. What decides what is shown — the version,
//! what is sold out, what is left — is asked of Postgres each time, so nothing old is ever shown, on any instance.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::id::StoreId;
use shared::menu::Menu;
use sqlx::PgConnection;

use crate::app::App;
use crate::db;
use crate::db::menus::{CurrentMenu, MenuState};

/// Most stores whose menus are kept; beyond it the one unused for longest goes.
const MAX_STORES: usize = 256;

/// Menus that were read lately.
#[derive(Default)]
pub struct MenuCache {
    kept: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    by_store: HashMap<StoreId, Entry>,
    uses: u64,
}

struct Entry {
    state: MenuState,
    menu: Arc<Menu>,
    used: u64,
}

/// A menu as it is sold at this moment.
#[derive(Debug, Clone)]
pub struct MenuNow {
    pub version: i64,
    pub menu: Arc<Menu>,
}

/// The menu of a store; `None` when it has none.
pub async fn current(app: &App, store: StoreId) -> Result<Option<MenuNow>, sqlx::Error> {
    let mut db = app.db.acquire().await?;
    current_in(app, &mut db, store).await
}

/// The same inside a transaction or on a connection that the caller has.
pub async fn current_in(
    app: &App,
    db: &mut PgConnection,
    store: StoreId,
) -> Result<Option<MenuNow>, sqlx::Error> {
    let now = app.clock.now_ms();
    let Some(state) = db::menus::state(db, store, now).await? else { return Ok(None) };
    if let Some(menu) = app.menus.get(store, &state) {
        return Ok(Some(MenuNow { version: state.version, menu }));
    }
    let Some(CurrentMenu { version, menu }) = db::menus::current(db, store, now).await? else {
        return Ok(None);
    };
    let menu = Arc::new(menu);
    // Another version came in between: the next turn reads it again.
    if version == state.version {
        app.menus.put(store, Entry { state, menu: menu.clone(), used: 0 });
    }
    Ok(Some(MenuNow { version, menu }))
}

impl MenuCache {
    fn get(&self, store: StoreId, state: &MenuState) -> Option<Arc<Menu>> {
        let mut shelf = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let uses = shelf.uses;
        let entry = shelf.by_store.get_mut(&store)?;
        if entry.state.version != state.version {
            return None;
        }
        if entry.state != *state {
            state.mark(Arc::make_mut(&mut entry.menu));
            entry.state.clone_from(state);
        }
        entry.used = uses;
        Some(entry.menu.clone())
    }

    fn put(&self, store: StoreId, mut entry: Entry) {
        let mut shelf = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        entry.used = shelf.uses;
        if shelf.by_store.len() >= MAX_STORES && !shelf.by_store.contains_key(&store) {
            let oldest = shelf.by_store.iter().min_by_key(|(_, entry)| entry.used).map(|(store, _)| *store);
            oldest.and_then(|oldest| shelf.by_store.remove(&oldest));
        }
        shelf.by_store.insert(store, entry);
    }
}
