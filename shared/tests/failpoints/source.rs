//! The list of failpoints is the one in the source, and no program for customers has any. The tests of each program that has failpoints
//! include this file beside their list `NAMES`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn every_failpoint_is_walked() {
    let mut found = BTreeSet::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    let walked: BTreeSet<String> = super::NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, walked);
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["failpoint::reach(\"", "failpoint::reach_here(\""] {
                let calls = text.split(call).skip(1);
                names.extend(calls.filter_map(|rest| rest.split_once('"')).map(|(name, _)| name.to_owned()));
            }
        }
    }
}

#[test]
fn a_release_has_no_failpoints() {
    let tree = |edges: &str| {
        let run = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--package", env!("CARGO_PKG_NAME"), "--edges", edges])
            .args(["--prefix", "none"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    let has_fail = |tree: &str| tree.lines().any(|line| line.starts_with("fail v"));
    assert!(!has_fail(&tree("normal,build")), "a release would be built with failpoints");
    assert!(has_fail(&tree("normal,build,dev")), "the tests are built with failpoints");
}
