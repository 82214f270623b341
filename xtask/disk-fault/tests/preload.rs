//! The library in front of a program that knows nothing of it: this test program itself, once more, with SQLite in it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rusqlite::{Connection, params};

/// Names the database for the program under the library.
const DATABASE: &str = "DISK_FAULT_TEST_DATABASE";
const ROWS: i64 = 40;

fn library() -> PathBuf {
    let beside = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let found = [&beside, &beside.join("..")].map(|folder| folder.join("libdisk_fault.so"));
    found.into_iter().find(|path| path.exists()).expect("cargo builds the library with its tests")
}

/// Not a test: what runs under the library. Writes rows and says how far it came.
#[test]
fn program() {
    let Ok(database) = std::env::var(DATABASE) else { return };
    let connection = open(Path::new(&database)).unwrap();
    for number in 0..ROWS {
        match connection.execute("INSERT INTO row VALUES (?, zeroblob(500))", params![number]) {
            Ok(_) => println!("kept {number}"),
            Err(error) => println!("refused {number}: {error}"),
        }
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, filler BLOB)", [])?;
    Ok(connection)
}

fn run(database: &Path, faults: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["program", "--exact", "--nocapture", "--test-threads=1"])
        .env(DATABASE, database)
        .env("LD_PRELOAD", library())
        .env("DISK_FAULT_PATH", database.file_name().unwrap())
        .envs(faults.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output, what: &str) -> Vec<i64> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers = text.lines().filter_map(|line| Some(&line[line.find(what)? + what.len()..]));
    numbers.map(|rest| rest.split(':').next().unwrap().trim().parse().unwrap()).collect()
}

fn rows(database: &Path) -> Vec<i64> {
    let connection = open(database).unwrap();
    let mut statement = connection.prepare("SELECT number FROM row ORDER BY number").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn prepared(folder: &Path) -> PathBuf {
    let database = folder.join("cut.db");
    drop(open(&database).unwrap());
    database
}

#[test]
fn one_sync_fails_and_the_program_hears_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(folder.path());
    let output = run(&database, &[("DISK_FAULT_FAIL", "sync:5:EIO")]);
    assert_eq!(said(&output, "refused ").len(), 1, "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("disk I/O error"), "{output:?}");
    assert_eq!(said(&output, "kept ").len() as i64, ROWS - 1);
}

#[test]
fn every_write_from_one_on_fails() {
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(folder.path());
    let output = run(&database, &[("DISK_FAULT_FAIL", "write:30+:ENOSPC")]);
    let (kept, refused) = (said(&output, "kept "), said(&output, "refused "));
    assert!(!kept.is_empty() && !refused.is_empty(), "{output:?}");
    assert!(kept.last() < refused.first(), "nothing is written after the first refusal: {output:?}");
    assert_eq!(rows(&database)[..kept.len()], kept);
}

#[test]
fn the_disk_is_full_after_so_many_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(folder.path());
    let output = run(&database, &[("DISK_FAULT_ROOM", "60000")]);
    let (kept, refused) = (said(&output, "kept "), said(&output, "refused "));
    assert!(!kept.is_empty() && !refused.is_empty(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("full"), "{output:?}");
    assert!(folder.path().read_dir().unwrap().all(|file| file.unwrap().metadata().unwrap().len() < 90_000));
    assert_eq!(rows(&database), kept);
}

#[test]
fn what_was_synced_is_what_a_power_cut_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(folder.path());
    let synced = folder.path().join("synced");
    std::fs::create_dir(&synced).unwrap();
    std::fs::copy(&database, synced.join("cut.db")).unwrap();
    let kept = synced.to_string_lossy().into_owned();
    let output = run(&database, &[("DISK_FAULT_FAIL", "sync:12:DIE"), ("DISK_FAULT_SYNCED", &kept)]);
    assert_eq!(output.status.code(), Some(137));
    let told = said(&output, "kept ");
    assert!(told.len() > 3 && (told.len() as i64) < ROWS, "{output:?}");
    assert_eq!(rows(&synced.join("cut.db")), told, "the row whose sync never came is not there");
}

#[test]
fn without_a_plan_nothing_happens() {
    let folder = tempfile::tempdir().unwrap();
    let database = prepared(folder.path());
    let output = run(&database, &[]);
    assert_eq!(said(&output, "kept ").len() as i64, ROWS, "{output:?}");
    assert_eq!(rows(&database).len() as i64, ROWS);
}
