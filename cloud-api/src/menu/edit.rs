//! One edit of the menu. It applies to the menu as it is now, whatever the person saw, or is refused by its own rule: two counters that edit
//! at the same time lose nothing of each other.

use shared::Code;
use shared::id::StoreId;
use shared::log::StoreEvent;
use shared::menu::{Item, MenuEdit, OptionGroup};
use sqlx::PgConnection;

use super::StoreError;
use crate::clock::Clock;
use crate::db;
use crate::db::menus::without_marks;

pub(super) async fn edit(
    tx: &mut PgConnection,
    clock: &Clock,
    store_id: StoreId,
    edit: &MenuEdit,
) -> Result<Option<StoreEvent>, StoreError> {
    db::stores::lock(tx, store_id).await?;
    let current = db::menus::published(tx, store_id).await?;
    let current = current.ok_or(StoreError::Refused(Code::MenuEntryUnknown))?;
    let edit = unmarked(edit.clone());
    let edited = current.menu.edited(&edit).map_err(|refusal| StoreError::Refused(refusal.code()))?;
    let edited = without_marks(edited);
    if edited == current.menu {
        return Ok(None);
    }
    let menu_version = db::menus::publish(tx, store_id, &edited, clock.now_ms()).await?;
    Ok(Some(StoreEvent::MenuEdited { menu_version, edit }))
}

/// What is sold out or counted is said by its own commands, never by an edit.
fn unmarked(edit: MenuEdit) -> MenuEdit {
    let item = |item: Item| Item { sold_out: false, stock: None, ..item };
    let group = |mut group: OptionGroup| {
        group.options.iter_mut().for_each(|option| option.sold_out = false);
        group
    };
    match edit {
        MenuEdit::AddItem { category, item: new } => MenuEdit::AddItem { category, item: item(new) },
        MenuEdit::ChangeItem { item: new } => MenuEdit::ChangeItem { item: item(new) },
        MenuEdit::AddGroup { group: new } => MenuEdit::AddGroup { group: group(new) },
        MenuEdit::ChangeGroup { group: new } => MenuEdit::ChangeGroup { group: group(new) },
        MenuEdit::AddCategory { .. }
        | MenuEdit::ChangeCategory { .. }
        | MenuEdit::MoveCategory { .. }
        | MenuEdit::MoveItem { .. }
        | MenuEdit::SetGroups { .. } => edit,
    }
}
