//! A printer on a socket, which prints everything and keeps the paper.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use uuid::Uuid;

/// Printers that are well say so with this.
const WELL: u8 = 0x12;
/// The answer to "is everything before this on paper?".
const DONE: u8 = 0;
/// How the code of a ticket begins; the order's id follows.
const CODE: &[u8] = b"SO1:";
/// Digits of an id without hyphens.
const ID_DIGITS: usize = 32;
/// 재출력, as printers are told it: a copy of what was printed before.
const REPRINT: &[u8] = &[0xc0, 0xe7, 0xc3, 0xe2, 0xb7, 0xc2];
/// 오프라인 접수: printed before the server confirmed it.
const UNCONFIRMED: &[u8] = &[0xbf, 0xc0, 0xc7, 0xc1, 0xb6, 0xf3, 0xc0, 0xce, 0x20, 0xc1, 0xa2, 0xbc, 0xf6];
/// Feeds to the knife and cuts: the end of a whole ticket.
const CUT: &[u8] = b"\x1dVB\x00";

/// One piece of paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The order that it is about, as the database writes it; empty when it has no code.
    pub order: String,
    pub reprint: bool,
    pub unconfirmed: bool,
    pub whole: bool,
}

impl Paper {
    /// Whether it says that there may be another one.
    pub fn is_marked(&self) -> bool {
        self.reprint || self.unconfirmed
    }

    fn read(bytes: &[u8]) -> Self {
        let after = find(bytes, CODE).and_then(|at| bytes.get(at + CODE.len()..at + CODE.len() + ID_DIGITS));
        let order = after.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<Uuid>().ok());
        Self {
            order: order.map(|order| order.to_string()).unwrap_or_default(),
            reprint: find(bytes, REPRINT).is_some(),
            unconfirmed: find(bytes, UNCONFIRMED).is_some(),
            whole: bytes.ends_with(CUT),
        }
    }
}

type Papers = Arc<Mutex<Vec<Vec<u8>>>>;

/// Prints until dropped.
pub struct Printer {
    address: String,
    papers: Papers,
    serving: AbortHandle,
}

impl Printer {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let papers = Papers::default();
        let serving = tokio::spawn(serve(listener, Arc::clone(&papers))).abort_handle();
        Ok(Self { address, papers, serving })
    }

    /// What a counter is told of it: it prints kitchen tickets, one of each.
    pub fn settings(&self) -> Value {
        json!({ "printers": [{
            "id": "kitchen", "name": "주방", "transport": { "via": "tcp", "address": self.address },
            "prints": [{ "kind": "kitchen" }],
        }] })
    }

    /// Everything that came out, oldest first.
    pub fn papers(&self) -> Vec<Paper> {
        lock(&self.papers).iter().map(|bytes| Paper::read(bytes)).collect()
    }

    /// Papers by order.
    pub fn by_order(&self) -> BTreeMap<String, Vec<Paper>> {
        let mut orders: BTreeMap<String, Vec<Paper>> = BTreeMap::new();
        for paper in self.papers() {
            orders.entry(paper.order.clone()).or_default().push(paper);
        }
        orders
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(papers: &Papers) -> MutexGuard<'_, Vec<Vec<u8>>> {
    papers.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

async fn serve(listener: TcpListener, papers: Papers) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(print(stream, Arc::clone(&papers)));
    }
}

/// One connection is one ticket, with questions before, in and after it.
async fn print(mut stream: TcpStream, papers: Papers) -> std::io::Result<()> {
    let (mut paper, mut pending, mut buffer) = (None, Vec::new(), [0; 1024]);
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        pending.extend_from_slice(&buffer[..count]);
        let mut at = 0;
        while let Some(rest) = pending.get(at..).filter(|rest| !rest.is_empty()) {
            match rest {
                [0x10, 0x04, _, ..] => {
                    stream.write_all(&[WELL]).await?;
                    at += 3;
                }
                [0x1d, b'r', _, ..] => {
                    stream.write_all(&[DONE]).await?;
                    at += 3;
                }
                // The rest of a question is on its way.
                [0x10] | [0x10, 0x04] | [0x1d] | [0x1d, b'r'] => break,
                [byte, ..] => {
                    let mut all = lock(&papers);
                    let index = *paper.get_or_insert_with(|| {
                        all.push(Vec::new());
                        all.len() - 1
                    });
                    all[index].push(*byte);
                    at += 1;
                }
                [] => break,
            }
        }
        pending.drain(..at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_names_its_order_and_its_marks() {
        let order = Uuid::now_v7();
        let code = format!("SO1:{}:1:00ff00ff", order.simple());
        let first = [b"\x1b@#7\n".as_slice(), code.as_bytes(), CUT].concat();
        let read = Paper::read(&first);
        assert_eq!(read, Paper { order: order.to_string(), reprint: false, unconfirmed: false, whole: true });
        let again = [REPRINT, UNCONFIRMED, code.as_bytes()].concat();
        let read = Paper::read(&again);
        assert!(read.reprint && read.unconfirmed && read.is_marked() && !read.whole);
        assert_eq!(Paper::read(b"nothing").order, "");
    }
}
