//! KakaoPay's online single payment: ready, approve, order, cancel, and the page in between.

mod amount;
mod answer;
mod approve;
mod authenticate;
mod cancel;
mod damage;
mod gate;
mod ledger;
mod load;
mod order;
mod page;
mod payment;
mod payments;
mod ready;
mod refusal;
mod request;

pub use authenticate::{Authenticate, headless};
pub use damage::{Damage, damage};
pub use gate::{endpoint, unknown_path};
pub use ledger::{Part, ledger};
pub use load::{Load, load};
pub use page::{app_link, choose, show};
pub use payments::Payments;
