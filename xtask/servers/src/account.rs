//! The account that PostgreSQL runs as: it refuses to run as root.

use anyhow::{Result, bail};
use nix::unistd::{Gid, Uid, User};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub uid: Uid,
    pub gid: Gid,
}

/// `None` for an ordinary user, who runs everything as himself; for root the first account that exists of
/// `postgres` and `nobody` (PostgreSQL wants one that has an entry in passwd).
pub fn for_servers() -> Result<Option<Account>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(Account { uid: user.uid, gid: user.gid }));
        }
    }
    bail!(
        "PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody` here to run it as; \
         add one (useradd --system postgres) or run this as an ordinary user"
    )
}
