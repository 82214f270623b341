//! What leaves the counter: the exported journal and the certificate, verified as anybody would.

use std::fs;
use std::path::Path;
use std::process::Command;

use journal_verify::{Fault, VerifyError, read_certificate, read_key, verify};
use rand::RngExt;
use shared::certificate::{Certificate, SignedCertificate};
use shared::wire::{CloseAnswer, CloseRequest, JournalProof};
use store_desktop_core::journal::export;

use super::journal::{day, fill, scratch};
use super::store::Store;

/// A closed day: the exported journal, the certificate and its key.
async fn closed(folder: &Path) -> (String, SignedCertificate, String) {
    let (server, books, cut) = day(folder, 20).await;
    let proof = JournalProof {
        position: cut.upto.clone(),
        head_hash: cut.head_hash.clone(),
        count: books.upto_seq - books.first_seq + 1,
    };
    let answer = server.with(|store| store.close(&CloseRequest { journal: proof }));
    let CloseAnswer::Closed { certificate } = answer else { panic!("{answer:?}") };
    // The closing itself is in the journal too.
    let journal = store_desktop_core::journal::Journal::open(folder).unwrap();
    let entries = server.with(|store| store.entries()[books.upto_seq as usize..].to_vec());
    journal.append(entries, super::store::now()).await.unwrap();
    drop(journal);
    super::journal::settled(folder);
    let key = server.with(|store| store.key.public().hex());
    (exported(folder), certificate, key)
}

fn exported(folder: &Path) -> String {
    let mut bytes = Vec::new();
    export(folder, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn believed(signed: &SignedCertificate, key: &str) -> Certificate {
    signed.verify(&read_key(key).unwrap()).unwrap()
}

fn fault(export: &str, certificate: Option<&Certificate>) -> Fault {
    match verify(export.as_bytes(), certificate) {
        Err(VerifyError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_exported_day_and_its_certificate_prove_each_other() {
    let folder = scratch();
    let (text, signed, key) = closed(folder.path()).await;
    let certificate = believed(&signed, &key);
    let verified = verify(text.as_bytes(), Some(&certificate)).unwrap();
    let day = verified.day.unwrap();
    assert!(day.closing_seen);
    assert_eq!(day.totals, certificate.totals);
    assert_eq!(day.totals.orders, 20);
    assert_eq!((day.totals.completed, day.totals.cancelled), (18, 2));
    assert_eq!(verified.store_id, Some(certificate.store_id));
    assert!(verify(text.as_bytes(), None).unwrap().day.is_none());
}

#[tokio::test]
async fn one_changed_character_anywhere_in_the_file_is_found() {
    let folder = scratch();
    let (text, signed, key) = closed(folder.path()).await;
    let certificate = believed(&signed, &key);
    let mut rng = rand::rng();
    let characters: Vec<char> = text.chars().collect();
    for _ in 0..500 {
        let mut changed = characters.clone();
        let index = rng.random_range(0..changed.len());
        changed[index] = match changed[index] {
            '9' => '0',
            digit if digit.is_ascii_digit() => char::from(digit as u8 + 1),
            'a' => 'b',
            _ => 'a',
        };
        let changed: String = changed.into_iter().collect();
        let told = verify(changed.as_bytes(), Some(&certificate));
        assert!(told.is_err(), "character {index} ({:?}): {told:?}", characters[index]);
    }
    // Whole lines: one less, twice, swapped, the end missing, more after the end.
    let lines: Vec<&str> = text.lines().collect();
    let with = |change: &dyn Fn(&mut Vec<&str>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        fault(&(lines.join("\n") + "\n"), None)
    };
    assert!(matches!(
        with(&|lines| {
            lines.remove(9);
        }),
        Fault::Missing { expected: 9, found: 10 }
    ));
    assert!(matches!(with(&|lines| lines.insert(9, lines[9])), Fault::Missing { .. }));
    assert!(matches!(with(&|lines| lines.swap(9, 10)), Fault::Missing { .. }));
    assert!(matches!(
        with(&|lines| {
            lines.pop();
        }),
        Fault::CutShort
    ));
    assert!(matches!(with(&|lines| lines.truncate(20)), Fault::OtherCount { .. }));
    assert!(matches!(with(&|lines| lines.push("{}")), Fault::AfterTheEnd { .. }));
    assert!(matches!(
        with(&|lines| {
            lines.remove(0);
        }),
        Fault::NotAnExport
    ));
}

#[tokio::test]
async fn a_journal_of_another_store_or_of_another_day_is_refused_in_words() {
    let folder = scratch();
    let (text, signed, key) = closed(&folder.path().join("one")).await;
    let certificate = believed(&signed, &key);
    let (other, other_signed, _) = closed(&folder.path().join("other")).await;
    let told = fault(&other, Some(&certificate));
    assert!(matches!(told, Fault::OtherStore { .. }), "{told:?}");
    assert!(told.to_string().contains("another store") && told.korean().contains("다른 매장"));
    // The other store's journal that claims to be of this store: its events are not the certificate's.
    let other_id = other_signed.unverified().unwrap().store_id.to_string();
    let claimed = other.replace(&other_id, &certificate.store_id.to_string());
    assert!(matches!(fault(&claimed, Some(&certificate)), Fault::Checksum | Fault::OtherHead { .. }));
    // A journal that ends before the day did.
    let early = folder.path().join("early");
    let mut store = Store::new();
    store.store_id = certificate.store_id;
    fill(&early, &store).await;
    assert!(matches!(fault(&exported(&early), Some(&certificate)), Fault::NotCovered { .. }));
    assert!(verify(text.as_bytes(), Some(&certificate)).is_ok());
}

#[tokio::test]
async fn totals_that_do_not_follow_from_the_events_are_found() {
    let folder = scratch();
    let (text, signed, key) = closed(folder.path()).await;
    let certificate = believed(&signed, &key);
    let mut more = certificate.clone();
    more.totals.completed += 1;
    let told = fault(&text, Some(&more));
    assert!(matches!(told, Fault::OtherTotals { field: "completed", .. }), "{told:?}");
    let mut richer = certificate.clone();
    richer.totals.captured = shared::Won::new(richer.totals.captured.get() + 1).unwrap();
    assert!(matches!(fault(&text, Some(&richer)), Fault::OtherTotals { field: "captured", .. }));
    let head = Certificate { head_hash: "00".repeat(32), ..certificate };
    assert!(matches!(fault(&text, Some(&head)), Fault::OtherHead { .. }));
}

#[tokio::test]
async fn the_command_line_verifies_files_without_a_counter_and_names_what_is_wrong() {
    let folder = scratch();
    let (text, signed, key) = closed(&folder.path().join("data")).await;
    let at = |name: &str| folder.path().join(name);
    fs::write(at("journal.jsonl"), &text).unwrap();
    fs::write(at("certificate.json"), serde_json::to_string(&signed).unwrap()).unwrap();
    fs::write(at("key.txt"), &key).unwrap();
    let forged =
        SignedCertificate { text: signed.text.replace("\"completed\":18", "\"completed\":19"), ..signed };
    assert!(read_certificate(&serde_json::to_string(&forged).unwrap()).is_ok());
    fs::write(at("forged.json"), serde_json::to_string(&forged).unwrap()).unwrap();
    let run = |certificate: &str, data: &str| {
        Command::new(env!("CARGO_BIN_EXE_counter"))
            .args(["--data", data, "journal", "verify", "--export"])
            .arg(at("journal.jsonl"))
            .arg("--certificate")
            .arg(at(certificate))
            .arg("--key")
            .arg(at("key.txt"))
            .output()
            .unwrap()
    };
    let right = run("certificate.json", "/nowhere");
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
    let line: serde_json::Value = serde_json::from_slice(&right.stdout).unwrap();
    assert_eq!((line["type"].as_str(), line["totals"]["orders"].as_u64()), (Some("verified"), Some(20)));
    let wrong = run("forged.json", "/nowhere");
    assert_eq!(wrong.status.code(), Some(1));
    let words = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(words.contains("서명이 맞지 않아요") && words.contains("signature"), "{words}");
    // The counter's own journal against its certificate.
    let own = Command::new(env!("CARGO_BIN_EXE_counter"))
        .arg("--data")
        .arg(at("data"))
        .args(["journal", "verify", "--certificate"])
        .arg(at("certificate.json"))
        .args(["--key", &key])
        .output()
        .unwrap();
    assert!(own.status.success(), "{}", String::from_utf8_lossy(&own.stderr));
}
