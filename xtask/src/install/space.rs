//! Whether a build fits on the disk. A compiler that runs out of it says so in the middle of a line, so it is said beforehand.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Purpose;
use crate::repository::Repository;

const GB: u64 = 1_000_000_000;
/// What a cold build of everything with its tests takes: 6 GB of programs and libraries, and what the tests write.
/// Incremental state comes on top, another 9 GB; CI goes without.
const WHOLE_BUILD: u64 = 10 * GB;
/// The programs alone.
const PROGRAMS: u64 = 5 * GB;
/// What a build that is there already takes to be linked anew.
const AGAIN: u64 = 2 * GB;

/// Says it in words when the build may not fit where `target` lies. Never an error: whoever knows better goes on.
pub fn warn(repository: &Repository, purpose: Purpose) {
    // Cargo makes the folder; before the first build its place is what counts.
    let Some(place) = repository.target.ancestors().find(|folder| folder.is_dir()) else { return };
    let Ok(free) = fs4::available_space(place) else { return };
    let whole = match purpose {
        Purpose::Test => WHOLE_BUILD,
        Purpose::Demo { .. } => PROGRAMS,
    };
    if let Some(needed) = lacks(whole, free, || size(&repository.target)) {
        println!(
            "warning: {} has {} free, and this build may need {}.\n  \
             Make room (`cargo clean` removes old builds), let CARGO_TARGET_DIR name a folder on a larger disk, or set \
             CARGO_INCREMENTAL=0, which needs half as much.",
            place.display(),
            shown(free),
            shown(needed)
        );
    }
}

/// How much the build still needs where it does not fit; `built` is asked only when it matters.
fn lacks(whole: u64, free: u64, built: impl FnOnce() -> u64) -> Option<u64> {
    if free >= whole {
        return None;
    }
    let needed = whole.saturating_sub(built()).max(AGAIN);
    (free < needed).then_some(needed)
}

/// Bytes that a folder takes on the disk. Cargo links files to two places; each counts once.
fn size(folder: &Path) -> u64 {
    let mut seen = HashSet::new();
    let mut folders = vec![folder.to_path_buf()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        // What cannot be read, or is gone by now, takes nothing.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if about.is_dir() {
                folders.push(entry.path());
            } else if seen.insert(about.ino()) {
                bytes += about.blocks() * 512;
            }
        }
    }
    bytes
}

/// Gigabytes with one digit.
fn shown(bytes: u64) -> String {
    format!("{}.{} GB", bytes / GB, bytes % GB / (GB / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_already_needs_no_room_again() {
        assert_eq!(lacks(10 * GB, 12 * GB, || panic!("nobody counts where there is room")), None);
        assert_eq!(lacks(10 * GB, 4 * GB, || 0), Some(10 * GB));
        assert_eq!(lacks(10 * GB, 4 * GB, || 7 * GB), None);
        assert_eq!(lacks(10 * GB, GB, || 15 * GB), Some(AGAIN), "linking anew needs room too");
    }

    #[test]
    fn a_file_with_two_names_counts_once() {
        let folder = std::env::temp_dir().join(format!("xtask-space-{}", std::process::id()));
        fs::create_dir_all(folder.join("deps")).unwrap();
        fs::write(folder.join("deps/program-1"), vec![1; 100_000]).unwrap();
        let once = size(&folder);
        fs::hard_link(folder.join("deps/program-1"), folder.join("program")).unwrap();
        let twice = size(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert!(once > 0);
        assert_eq!(once, twice);
    }

    #[test]
    fn sizes_are_gigabytes_for_people() {
        assert_eq!(shown(9_960_000_000), "9.9 GB");
    }
}
