//! Reviews: what their author and what their store may do with them. One transaction each, under the lock of the order.

mod author;
mod store;

pub use author::{ByAuthor, Outcome, author};
pub use store::{ByStore, store};

use shared::id::{OrderId, StoreId};

/// Whose review it is.
pub type Key = (StoreId, OrderId);
