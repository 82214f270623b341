//! Unit tests of the wire protocol's reader; a real Postgres is in `tests/commit.rs`.

use super::*;

fn startup() -> Vec<u8> {
    let mut message = vec![0, 0, 0, 13];
    message.extend(PROTOCOL_3.to_be_bytes());
    message.extend(b"user\0");
    message
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], length.to_be_bytes().as_slice(), body].concat()
}

fn query(statement: &str) -> Vec<u8> {
    message(b'Q', format!("{statement}\0").as_bytes())
}

/// Parse, bind and execute of one statement, as drivers send them.
fn extended(name: &str, statement: &str) -> Vec<u8> {
    let parse = message(b'P', format!("{name}\0{statement}\0\0\0").as_bytes());
    [parse, again(name)].concat()
}

fn again(name: &str) -> Vec<u8> {
    let bind = message(b'B', format!("\0{name}\0\0\0\0\0").as_bytes());
    [bind, message(b'E', b"\0\0\0\0\0"), message(b'S', b"")].concat()
}

/// Where the first COMMIT begins when the bytes come in pieces of this size; panics when a piece says otherwise than the whole.
fn found(bytes: &[u8], piece: usize, of: Option<&str>) -> Option<usize> {
    let mut frontend = Frontend::default();
    bytes.chunks(piece).enumerate().find_map(|(n, chunk)| {
        let start = frontend.commit_in(chunk, of)?;
        Some(n * piece + start)
    })
}

#[test]
fn finds_a_commit_however_it_is_said() {
    for text in ["COMMIT", "commit", " Commit ;", "END", "commit work", "COMMIT AND CHAIN"] {
        let before = [startup(), query("begin"), query("select 1")].concat();
        let bytes = [before.clone(), query(text)].concat();
        assert_eq!(found(&bytes, bytes.len(), None), Some(before.len()), "{text}");
        let bytes = [before.clone(), extended("s1", text)].concat();
        let execute = bytes.len() - message(b'S', b"").len() - message(b'E', b"\0\0\0\0\0").len();
        assert_eq!(found(&bytes, bytes.len(), None), Some(execute), "{text}, prepared");
    }
}

#[test]
fn nothing_else_is_a_commit() {
    for text in ["commit prepared 'x'", "rollback", "select 'commit'", "comment on table x is 'commit'", ""] {
        let bytes = [startup(), query(text), extended("", text)].concat();
        assert_eq!(found(&bytes, bytes.len(), None), None, "{text}");
    }
    // Another protocol altogether, and bytes that say COMMIT in it.
    let http = b"POST / HTTP/1.1\r\nHost: x\r\n\r\nQ\0\0\0\x0bCOMMIT\0";
    assert_eq!(found(http, http.len(), None), None);
}

#[test]
fn a_prepared_commit_is_known_by_its_name() {
    let mut frontend = Frontend::default();
    assert_eq!(frontend.commit_in(&startup(), None), None);
    let prepared = message(b'P', b"c\0COMMIT\0\0\0");
    assert_eq!(frontend.commit_in(&prepared, None), None, "preparing commits nothing");
    assert!(frontend.commit_in(&again("c"), None).is_some());
    assert!(frontend.commit_in(&again("c"), None).is_some(), "and again");
}

#[test]
fn only_the_transaction_that_is_looked_for_counts() {
    let mut frontend = Frontend::default();
    let mut says = |bytes: Vec<u8>| frontend.commit_in(&bytes, Some("payment_attempt")).is_some();
    assert!(!says([startup(), query("BEGIN"), query("update canary set n = 1"), query("COMMIT")].concat()));
    assert!(!says([query("BEGIN"), extended("a", "update payment_attempt set x = $1")].concat()));
    assert!(says(query("COMMIT")));
    assert!(!says([query("BEGIN"), query("COMMIT")].concat()), "what was said before does not count");
    assert!(!says([query("BEGIN"), again("a"), query("ROLLBACK"), query("BEGIN"), query("COMMIT")].concat()));
    assert!(says([query("BEGIN"), again("a"), query("COMMIT")].concat()), "statements are known by name");
}

#[test]
fn bytes_may_come_in_any_pieces() {
    let tls = [8_u32.to_be_bytes(), TLS.to_be_bytes()].concat();
    let long = query(&format!("select '{}'", "commit;".repeat(20_000)));
    let before =
        [tls, startup(), query("begin"), long, extended("s", "insert into orders values ($1)")].concat();
    let bytes = [before.clone(), query("COMMIT")].concat();
    for piece in [1, 2, 3, 5, 7, 64, 1_000, bytes.len()] {
        let at = found(&bytes, piece, Some("orders")).expect("there is a COMMIT");
        // When it came in pieces, what is left of it begins with the piece.
        let end = bytes.len() - bytes.len() % piece;
        assert!(
            at == before.len() || (before.len() < at && at >= end.saturating_sub(piece)),
            "{piece}: {at}"
        );
    }
}

#[test]
fn the_servers_answer_may_come_in_pieces() {
    let bytes = [message(b'C', b"COMMIT\0"), message(b'Z', b"I")].concat();
    for piece in 1..=bytes.len() {
        let mut answer = ReadyForQuery::default();
        assert!(bytes.chunks(piece).any(|chunk| answer.is_in(chunk)), "{piece}");
    }
    assert!(!ReadyForQuery::default().is_in(&bytes[..bytes.len() - 3]));
}
