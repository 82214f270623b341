//! As much of the Postgres wire protocol as it takes to see a COMMIT go by.
//!
//! Every message after the start is a type byte, a length that counts itself, and a body. Source: PostgreSQL documentation, chapter
//! "Frontend/Backend Protocol", "Message Formats".

use std::collections::HashMap;

/// Bodies above this are passed over; a COMMIT is shorter, and so is what names a statement in practice.
const MAX_BODY: usize = 64 * 1024;
/// Statements of one transaction that are remembered.
const MAX_STATEMENTS: usize = 256;
/// First words of a connection without a type byte: version 3, cancel, TLS, GSS.
const PROTOCOL_3: u32 = 196_608;
const CANCEL: u32 = 80_877_102;
const TLS: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
/// Type byte and length.
const HEADER: usize = 5;

/// What the client has said so far.
#[derive(Default)]
pub(crate) struct Frontend {
    stage: Stage,
    /// The message that is being read.
    message: Vec<u8>,
    /// Bytes of a long message still to pass over.
    pass_over: usize,
    /// Prepared statements by name.
    prepared: HashMap<Vec<u8>, String>,
    /// Statements that portals run, by the portal's name.
    portals: HashMap<Vec<u8>, String>,
    /// Statements of the running transaction.
    said: Vec<String>,
}

#[derive(Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Starting,
    Running,
    /// Something else than Postgres, or nothing that can be read, such as TLS.
    Foreign,
}

impl Frontend {
    /// Reads on. When a COMMIT ends in these bytes, and its transaction has a statement that contains `of`: where in these bytes the
    /// COMMIT's message begins (0 when it began earlier).
    pub fn commit_in(&mut self, bytes: &[u8], of: Option<&str>) -> Option<usize> {
        let mut found = None;
        let mut at = 0;
        while at < bytes.len() && self.stage != Stage::Foreign {
            if self.pass_over > 0 {
                let passed = self.pass_over.min(bytes.len() - at);
                self.pass_over -= passed;
                at += passed;
                continue;
            }
            let began = at.saturating_sub(self.message.len());
            let header = if self.stage == Stage::Starting { HEADER + 3 } else { HEADER };
            if !self.read_to(header, bytes, &mut at) {
                break;
            }
            let whole = self.length();
            if whole > MAX_BODY {
                self.pass_over = whole - header;
                self.message.clear();
                continue;
            }
            if !self.read_to(whole, bytes, &mut at) {
                break;
            }
            let message = std::mem::take(&mut self.message);
            if self.take(&message, of) && found.is_none() {
                found = Some(began);
            }
        }
        found
    }

    /// Fills the message up to this length; false when the bytes end before.
    fn read_to(&mut self, length: usize, bytes: &[u8], at: &mut usize) -> bool {
        let missing = length.saturating_sub(self.message.len()).min(bytes.len() - *at);
        self.message.extend_from_slice(&bytes[*at..*at + missing]);
        *at += missing;
        self.message.len() >= length
    }

    /// Length of the whole message whose header was read.
    fn length(&mut self) -> usize {
        let word = |from: usize| {
            let four = self.message.get(from..from + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
            four.map_or(0, u32::from_be_bytes)
        };
        if self.stage == Stage::Starting {
            let known = matches!(word(4), PROTOCOL_3 | CANCEL | TLS | GSS);
            if !known {
                self.stage = Stage::Foreign;
            }
            return (word(0) as usize).max(HEADER + 3);
        }
        1 + (word(1) as usize).max(4)
    }

    /// Notes one message; true for a COMMIT that is looked for.
    fn take(&mut self, message: &[u8], of: Option<&str>) -> bool {
        if self.stage == Stage::Starting {
            if message.get(4..8) == Some(&PROTOCOL_3.to_be_bytes()) {
                self.stage = Stage::Running;
            }
            return false;
        }
        let Some((&kind, _)) = message.split_first() else { return false };
        let mut body = message.get(HEADER..).unwrap_or_default();
        match kind {
            b'Q' => {
                let statement = text(string(&mut body));
                self.run(statement, of)
            }
            b'P' => {
                let name = string(&mut body).to_vec();
                self.prepared.insert(name, text(string(&mut body)));
                false
            }
            b'B' => {
                let portal = string(&mut body).to_vec();
                let statement = self.prepared.get(string(&mut body)).cloned().unwrap_or_default();
                self.portals.insert(portal, statement);
                false
            }
            b'E' => {
                let statement = self.portals.get(string(&mut body)).cloned().unwrap_or_default();
                self.run(statement, of)
            }
            _ => false,
        }
    }

    fn run(&mut self, statement: String, of: Option<&str>) -> bool {
        match Verb::of(&statement) {
            Verb::Begin | Verb::Rollback => {
                self.said.clear();
                false
            }
            Verb::Commit => {
                let said = std::mem::take(&mut self.said);
                of.is_none_or(|of| said.iter().any(|statement| statement.contains(of)))
            }
            Verb::Other => {
                if self.said.len() < MAX_STATEMENTS {
                    self.said.push(statement);
                }
                false
            }
        }
    }
}

#[derive(PartialEq, Eq, Debug)]
enum Verb {
    Begin,
    Commit,
    Rollback,
    Other,
}

impl Verb {
    fn of(statement: &str) -> Self {
        let mut words =
            statement.split(|c: char| c.is_whitespace() || c == ';').filter(|word| !word.is_empty());
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is = |word: &str, name: &str| word.eq_ignore_ascii_case(name);
        if is(first, "begin") || is(first, "start") {
            Self::Begin
        } else if (is(first, "commit") || is(first, "end")) && !is(second, "prepared") {
            Self::Commit
        } else if (is(first, "rollback") || is(first, "abort")) && !is(second, "to") {
            Self::Rollback
        } else {
            Self::Other
        }
    }
}

/// Takes a string that ends with a zero byte.
fn string<'a>(body: &mut &'a [u8]) -> &'a [u8] {
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    let (text, rest) = body.split_at(end);
    *body = rest.get(1..).unwrap_or_default();
    text
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Looks for the server's "ready for query": whatever was asked has happened.
#[derive(Default)]
pub(crate) struct ReadyForQuery {
    tail: Vec<u8>,
}

impl ReadyForQuery {
    const MARK: &'static [u8] = b"Z\0\0\0\x05";

    pub fn is_in(&mut self, bytes: &[u8]) -> bool {
        self.tail.extend_from_slice(bytes);
        let found = self.tail.windows(Self::MARK.len()).any(|window| window == Self::MARK);
        let keep = self.tail.len().saturating_sub(Self::MARK.len());
        self.tail.drain(..keep);
        found
    }
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
