//! Every kind of event that was ever written stays readable, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use shared::log::LogBody;

/// One body of each kind as version 1 wrote it. Lines are only ever added.
const GOLDEN: &str = include_str!("golden/v1.jsonl");

#[test]
fn old_bodies_are_read_and_written_alike() {
    for line in GOLDEN.lines() {
        let body = LogBody::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(String::from_utf8(body.to_bytes()).unwrap(), line);
    }
}

#[test]
fn every_kind_has_a_golden_line() {
    let kinds: Vec<&str> =
        GOLDEN.lines().map(|line| LogBody::parse(line.as_bytes()).unwrap().kind()).collect();
    for kind in [
        "day_opened",
        "menu_changed",
        "order_placed",
        "order_accepted",
        "cooking_started",
        "order_ready",
        "order_handed_over",
        "order_completed",
        "order_rejected",
        "order_cancelled",
        "refund_completed",
        "order_reserved",
        "reservation_fired",
        "conflict_raised",
        "conflict_settled",
        "refund_promised",
        "day_prepared",
        "break_started",
        "break_ended",
        "busy_set",
        "closing_started",
        "closing_resumed",
        "day_cut",
        "day_closed",
        "menu_edited",
        "sold_out",
        "back_on_sale",
        "stock_set",
        "schedule_set",
    ] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[test]
fn an_unknown_kind_is_named_and_does_not_panic() {
    let body = br#"{"v":9,"at":1,"day_id":"019b0000-0000-7000-8000-000000000000","by":{"who":"timer"},"order_id":"019b0000-0000-7000-8000-000000000001","order_version":3,"kind":"order_teleported"}"#;
    let error = LogBody::parse(body).unwrap_err();
    assert_eq!(error.kind.as_deref(), Some("order_teleported"));
    assert!(error.order_id.is_some());
    assert!(LogBody::parse(b"\xff\xfe not json").unwrap_err().kind.is_none());
}
