//! A small journal written and read back, and what is counted of a day.

#![allow(clippy::unwrap_used, reason = "part of tests, outside of test functions")]

use journal_verify::{
    BranchHeader, EventLine, FORMAT, FORMAT_VERSION, Fault, Header, HeaderMark, Tally, VerifyError, Writer,
    read_certificate, read_key, verify,
};
use shared::TimeMs;
use shared::id::{DayId, OrderId, StoreId};
use shared::log::{GENESIS, Position, chain};

fn written(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut hash = GENESIS;
    let mut events = Vec::new();
    for (seq, body) in (1..).zip(bodies) {
        hash = chain(hash, seq, body);
        events.push(EventLine::new(1, false, Position::new(1, seq, &hash), &hash, TimeMs(seq), body.clone()));
    }
    let header = Header {
        mark: HeaderMark::Header,
        format: FORMAT.to_owned(),
        v: FORMAT_VERSION,
        store_id: Some(StoreId::fresh()),
        device_id: None,
        exported_at: TimeMs(0),
        branches: vec![BranchHeader {
            branch: 1,
            epoch: 1,
            seq: 0,
            hash: GENESIS.hex(),
            reason: "first".to_owned(),
            started_at: TimeMs(0),
            orphaned_at: None,
            events: bodies.len() as i64,
            head_hash: hash.hex(),
        }],
    };
    let mut out = Vec::new();
    let mut writer = Writer::begin(&mut out, &header).unwrap();
    for event in &events {
        writer.event(event).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), bodies.len() as i64);
    out
}

fn fault(export: &[u8]) -> Fault {
    match verify(export, None) {
        Err(VerifyError::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn bytes_come_back_as_they_were_even_if_they_are_no_text() {
    let bodies =
        [br#"{"kind":"day_opened"}"#.to_vec(), vec![0xff, 0x00, 0x9f], "장어 덮밥".as_bytes().to_vec()];
    let export = written(&bodies);
    let verified = verify(export.as_slice(), None).unwrap();
    assert_eq!((verified.branches, verified.events), (1, 3));
    assert_eq!(verified.head.unwrap().seq, 3);
}

#[test]
fn an_empty_journal_and_files_that_are_none() {
    assert_eq!(verify(written(&[]).as_slice(), None).unwrap().events, 0);
    assert_eq!(fault(b""), Fault::NotAnExport);
    assert_eq!(fault(b"{}\n"), Fault::NotAnExport);
    assert_eq!(fault(&[0xff; 64]), Fault::NotAnExport);
    let newer = String::from_utf8(written(&[])).unwrap().replace("\"v\":1", "\"v\":2");
    assert_eq!(fault(newer.as_bytes()), Fault::TooNew(2));
    assert_eq!(read_certificate("{}"), Err(Fault::NotACertificate));
    assert_eq!(read_key("00"), Err(Fault::NotAKey));
    let hex = "ab".repeat(32);
    assert_eq!(read_key(&format!("{{\"key_id\":\"x\",\"public_key\":\"{hex}\"}}")).unwrap().hex(), hex);
}

#[test]
fn every_fault_is_said_in_both_languages() {
    let faults = [
        Fault::NotAnExport,
        Fault::TooNew(9),
        Fault::Unreadable { line: 3 },
        Fault::CutShort,
        Fault::Missing { expected: 4, found: 6 },
        Fault::ChainBroken { seq: 4 },
        Fault::Checksum,
        Fault::OtherStore { certified: "a".to_owned(), journal: "b".to_owned() },
        Fault::OpenOrders { open: 2 },
    ];
    for fault in faults {
        let (korean, english) = (fault.korean(), fault.to_string());
        assert!(korean.chars().any(|letter| ('가'..='힣').contains(&letter)), "{korean}");
        assert!(english.is_ascii() && !english.is_empty(), "{english}");
    }
}

#[test]
fn a_day_counts_its_own_orders_and_what_came_of_them() {
    let (day, other) = (DayId::fresh(), DayId::fresh());
    let mut tally = Tally::default();
    let mut count = |of: DayId, order: OrderId, rest: &str| {
        let body = format!(r#"{{"v":1,"at":1,"day_id":"{of}","order_id":"{order}",{rest}}}"#);
        tally.count(day, body.as_bytes());
    };
    let orders: Vec<OrderId> = (0..4).map(|_| OrderId::fresh()).collect();
    for (order, won) in orders.iter().zip([1_000, 2_000, 3_000, 4_000]) {
        count(day, *order, &format!(r#""kind":"order_placed","details":{{"total":{won}}}"#));
    }
    count(other, OrderId::fresh(), r#""kind":"order_placed","details":{"total":99}"#);
    count(day, OrderId::fresh(), r#""kind":"refund_completed","amount":77"#);
    count(day, orders[0], r#""kind":"order_completed""#);
    count(day, orders[1], r#""kind":"order_cancelled""#);
    count(day, orders[1], r#""kind":"refund_completed","amount":2000"#);
    count(day, orders[2], r#""kind":"order_rejected""#);
    assert_eq!(tally.open(), 1);
    let totals = tally.totals().unwrap();
    assert_eq!((totals.orders, totals.completed, totals.rejected, totals.cancelled), (4, 1, 1, 1));
    assert_eq!((totals.captured.get(), totals.refunded.get()), (10_000, 2_000));
    assert_eq!(tally.compare(&totals), Err(Fault::OpenOrders { open: 1 }));
}
