//! Where the servers' data and sockets live. Two limits decide: a Unix socket's path has at most 107 bytes, and the account
//! that PostgreSQL runs as must be able to reach its folder (a home directory with mode 0700 stops it).

use std::fs::{self, DirBuilder, Permissions};
use std::hash::{Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use nix::unistd::Uid;

use crate::account::Account;
use crate::{postgres, redis};

/// `sun_path` holds 108 bytes, the last one is zero.
const SOCKET_PATH_LIMIT: usize = 107;
/// The longest name that a server adds to the folder of sockets.
const LONGEST_SOCKET_NAME: &str = "/.s.PGSQL.5432.lock";

#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// PostgreSQL's cluster; must not exist before `initdb` made it.
    pub postgres: PathBuf,
    pub redis: PathBuf,
    pub sockets: PathBuf,
    pub logs: PathBuf,
}

impl Place {
    /// `dir` must exist and be absolute. `reachable`: whether the servers' account can enter it.
    pub fn choose(dir: &Path, reachable: bool, temporary: &Path) -> Self {
        let elsewhere = temporary.join(format!("simple-order-{:08x}", short_hash(dir)));
        let postgres_parent = if reachable { dir } else { &elsewhere };
        let sockets = postgres_parent.join("run");
        let sockets = if fits_a_socket(&sockets) { sockets } else { elsewhere.join("run") };
        Self {
            postgres: postgres_parent.join("postgres"),
            redis: dir.join("redis"),
            sockets,
            logs: dir.to_path_buf(),
        }
    }

    pub fn postgres_files(&self) -> postgres::Files {
        postgres::Files {
            cluster: self.postgres.clone(),
            sockets: self.sockets.clone(),
            log: self.logs.join("postgres.log"),
        }
    }

    pub fn redis_files(&self) -> redis::Files {
        redis::Files {
            data: self.redis.clone(),
            socket: self.sockets.join("redis.sock"),
            log: self.logs.join("redis.log"),
        }
    }

    /// Makes the folders. PostgreSQL's own cluster is left to `initdb`; the sockets belong to `account`.
    pub fn create(&self, account: Option<Account>) -> Result<()> {
        make_folder(&self.redis, 0o700)?;
        for folder in [&self.postgres, &self.sockets] {
            let parent = folder.parent().context("a server's folder has a parent")?;
            make_folder(parent, 0o755)?;
            if parent != self.logs {
                // In the temporary folder anybody could have made it before us.
                belongs_to(parent, Uid::effective())?;
            }
        }
        make_folder(&self.sockets, 0o700)?;
        if let Some(account) = account {
            give_to(&self.sockets, account)?;
        }
        belongs_to(&self.sockets, account.map_or_else(Uid::effective, |account| account.uid))
    }

    /// Removes the servers' data; logs stay.
    pub fn remove(&self) -> Result<()> {
        for folder in [&self.postgres, &self.redis, &self.sockets] {
            if folder.exists() {
                fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
            }
        }
        Ok(())
    }
}

fn belongs_to(folder: &Path, owner: Uid) -> Result<()> {
    let found = fs::symlink_metadata(folder)?;
    ensure!(
        found.is_dir() && found.uid() == owner.as_raw(),
        "{} belongs to somebody else; remove it or choose another --dir",
        folder.display()
    );
    Ok(())
}

pub fn give_to(folder: &Path, account: Account) -> Result<()> {
    chown(folder, Some(account.uid.as_raw()), Some(account.gid.as_raw()))
        .with_context(|| format!("cannot hand {} to PostgreSQL's account", folder.display()))
}

pub fn make_folder(folder: &Path, mode: u32) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(folder)
        .and_then(|()| fs::set_permissions(folder, Permissions::from_mode(mode)))
        .with_context(|| format!("cannot create {}", folder.display()))
}

/// Whether `account` can enter `dir` and everything above it.
pub fn reachable(dir: &Path, account: Option<Account>) -> Result<bool> {
    let Some(account) = account else { return Ok(true) };
    for folder in dir.ancestors() {
        let about = fs::metadata(folder).with_context(|| format!("cannot look at {}", folder.display()))?;
        let open = about.mode() & 0o001 != 0 || about.uid() == account.uid.as_raw();
        if !open {
            return Ok(false);
        }
    }
    Ok(true)
}

fn fits_a_socket(folder: &Path) -> bool {
    folder.as_os_str().as_bytes().len() + LONGEST_SOCKET_NAME.len() <= SOCKET_PATH_LIMIT
}

/// The same folder always gets the same short name, so that a second start finds its data again.
fn short_hash(path: &Path) -> u32 {
    let mut hasher = std::hash::DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_reachable_folder_holds_everything() {
        let place = Place::choose(Path::new("/srv/dev"), true, Path::new("/tmp"));
        assert_eq!(place.postgres, Path::new("/srv/dev/postgres"));
        assert_eq!(place.sockets, Path::new("/srv/dev/run"));
        assert_eq!(place.redis, Path::new("/srv/dev/redis"));
    }

    #[test]
    fn a_long_folder_moves_only_the_sockets() {
        let long = PathBuf::from(format!("/srv/{}", "a".repeat(100)));
        let place = Place::choose(&long, true, Path::new("/tmp"));
        assert_eq!(place.postgres, long.join("postgres"));
        assert!(place.sockets.starts_with("/tmp"));
        assert!(fits_a_socket(&place.sockets));
    }

    #[test]
    fn the_longest_folder_that_fits_is_kept() {
        let fits = SOCKET_PATH_LIMIT - LONGEST_SOCKET_NAME.len() - "/run".len() - "/".len();
        let place = |length: usize| {
            Place::choose(Path::new(&format!("/{}", "a".repeat(length))), true, Path::new("/tmp"))
        };
        assert!(!place(fits).sockets.starts_with("/tmp"));
        assert!(place(fits + 1).sockets.starts_with("/tmp"));
    }

    #[test]
    fn an_unreachable_folder_keeps_only_what_we_write_ourselves() {
        let place = Place::choose(Path::new("/home/me/dev"), false, Path::new("/tmp"));
        assert!(place.postgres.starts_with("/tmp"));
        assert!(place.sockets.starts_with("/tmp"));
        assert_eq!(place.redis, Path::new("/home/me/dev/redis"));
        assert_eq!(place.logs, Path::new("/home/me/dev"));
    }

    #[test]
    fn two_folders_never_share_a_short_name_and_one_keeps_its_own() {
        let of = |dir: &str| Place::choose(Path::new(dir), false, Path::new("/tmp")).sockets;
        assert_ne!(of("/home/me/a"), of("/home/me/b"));
        assert_eq!(of("/home/me/a"), of("/home/me/a"));
    }
}
