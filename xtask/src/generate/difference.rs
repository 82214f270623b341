//! How two folders differ, in words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One line per file that is missing, left over or different; empty when both folders are equal.
pub fn between(committed: &Path, made: &Path) -> Result<Vec<String>> {
    let have = files(committed)?;
    let want = files(made)?;
    let mut lines = Vec::new();
    for file in have.union(&want) {
        let what = match (have.contains(file), want.contains(file)) {
            (false, _) => "is missing",
            (_, false) => "is left over",
            (true, true) if fs::read(committed.join(file))? != fs::read(made.join(file))? => "is out of date",
            (true, true) => continue,
        };
        lines.push(format!("{} {what}", file.display()));
    }
    Ok(lines)
}

/// Every file inside, relative to `folder`; a folder that does not exist is empty.
pub fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        if !next.exists() {
            continue;
        }
        for entry in fs::read_dir(&next).with_context(|| format!("cannot read {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.strip_prefix(folder)?.to_path_buf());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_named() {
        let root = std::env::temp_dir().join(format!("xtask-difference-{}", std::process::id()));
        let (a, b) = (root.join("a"), root.join("b"));
        fs::create_dir_all(a.join("inner")).unwrap();
        fs::create_dir_all(b.join("inner")).unwrap();
        for (file, text) in [("same", "1"), ("inner/changed", "1"), ("old", "1")] {
            fs::write(a.join(file), text).unwrap();
        }
        for (file, text) in [("same", "1"), ("inner/changed", "2"), ("new", "1")] {
            fs::write(b.join(file), text).unwrap();
        }
        let lines = between(&a, &b).unwrap();
        assert_eq!(lines, ["inner/changed is out of date", "new is missing", "old is left over"]);
        assert!(between(&a, &a).unwrap().is_empty());
        assert_eq!(between(&root.join("absent"), &b).unwrap().len(), 3);
        fs::remove_dir_all(root).unwrap();
    }
}
