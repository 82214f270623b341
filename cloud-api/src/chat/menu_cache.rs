//! Menus in this process, so that a conversation does not parse a large document with every tap. The version is asked of Postgres each
//! time and the stock is read fresh, so nothing old is ever shown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use shared::id::{ItemKey, StoreId};
use shared::menu::Menu;
use sqlx::PgConnection;

use crate::app::App;
use crate::db;
use crate::db::menus::CurrentMenu;

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
    version: i64,
    stock: Vec<(ItemKey, u32)>,
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
    let Some((version, mut stock)) = db::menus::version_and_stock(db, store).await? else { return Ok(None) };
    stock.sort();
    if let Some(menu) = app.menus.get(store, version, &stock) {
        return Ok(Some(MenuNow { version, menu }));
    }
    let Some(CurrentMenu { version, menu }) = db::menus::current(db, store).await? else {
        return Ok(None);
    };
    let menu = Arc::new(menu);
    app.menus.put(store, Entry { version, stock, menu: menu.clone(), used: 0 });
    Ok(Some(MenuNow { version, menu }))
}

impl MenuCache {
    fn get(&self, store: StoreId, version: i64, stock: &[(ItemKey, u32)]) -> Option<Arc<Menu>> {
        let mut shelf = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let uses = shelf.uses;
        let entry = shelf.by_store.get_mut(&store)?;
        if entry.version != version {
            return None;
        }
        if entry.stock != stock {
            recount(Arc::make_mut(&mut entry.menu), stock);
            entry.stock = stock.to_vec();
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

/// Puts what is left now on the counted items.
fn recount(menu: &mut Menu, stock: &[(ItemKey, u32)]) {
    for item in menu.categories.iter_mut().flat_map(|category| &mut category.items) {
        if item.stock.is_some() {
            item.stock = stock.iter().find(|(key, _)| key == &item.key).map(|(_, left)| *left);
        }
    }
}
