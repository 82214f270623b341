//! Reads a streamed answer as far as a load client must: where frames end, and which number each carries. Thousands of these share one
//! processor with the server that they measure, so a line's beginning is all that is looked at.

use anyhow::{Context, Result, bail};

/// What of a line is kept when it comes in pieces; every field that is read fits.
const LINE_START: usize = 96;
/// Longest head of an answer.
const MAX_HEAD: usize = 16 * 1024;

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// The answer's status.
    Head(u16),
    /// A message and its number.
    Message(i64),
    Beat,
    Reset,
    /// The server ends the stream and wants the client back after this many milliseconds.
    Bye(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Head,
    /// Everything is text.
    Plain,
    /// The hexadecimal length of a chunk, as far as it was read.
    Size(usize),
    /// Text that is left of a chunk.
    Chunk(usize),
    /// Bytes that are left of the line end behind a chunk.
    ChunkEnd(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Beat,
    Reset,
    Bye,
}

/// One answer.
#[derive(Debug)]
pub struct Reader {
    transfer: Transfer,
    head: Vec<u8>,
    line: Vec<u8>,
    kind: Kind,
    number: Option<i64>,
    return_after_ms: u64,
    has_data: bool,
    /// The last `id:`, for resuming.
    pub last_id: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            transfer: Transfer::Head,
            head: Vec::new(),
            line: Vec::new(),
            kind: Kind::Message,
            number: None,
            return_after_ms: 0,
            has_data: false,
            last_id: Vec::new(),
        }
    }
}

impl Reader {
    /// Takes what the network gave and tells of every frame that is whole now.
    pub fn feed(&mut self, mut bytes: &[u8], tell: &mut impl FnMut(Frame)) -> Result<()> {
        while !bytes.is_empty() {
            let taken = match self.transfer {
                Transfer::Head => self.head(bytes, tell)?,
                Transfer::Plain => {
                    self.text(bytes, tell)?;
                    bytes.len()
                }
                Transfer::Size(size) => self.size(size, bytes)?,
                Transfer::Chunk(left) => {
                    let taken = left.min(bytes.len());
                    self.text(&bytes[..taken], tell)?;
                    self.transfer =
                        if taken == left { Transfer::ChunkEnd(2) } else { Transfer::Chunk(left - taken) };
                    taken
                }
                Transfer::ChunkEnd(left) => {
                    let taken = left.min(bytes.len());
                    self.transfer =
                        if taken == left { Transfer::Size(0) } else { Transfer::ChunkEnd(left - taken) };
                    taken
                }
            };
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    fn head(&mut self, bytes: &[u8], tell: &mut impl FnMut(Frame)) -> Result<usize> {
        let before = self.head.len();
        self.head.extend_from_slice(bytes);
        let Some(end) = memchr::memmem::find(&self.head, b"\r\n\r\n") else {
            if self.head.len() > MAX_HEAD {
                bail!("the answer's head does not end");
            }
            return Ok(bytes.len());
        };
        let head = String::from_utf8_lossy(&self.head[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        tell(Frame::Head(status.with_context(|| format!("{head:?} is no answer"))?));
        let chunked = head.contains("transfer-encoding: chunked");
        self.transfer = if chunked { Transfer::Size(0) } else { Transfer::Plain };
        self.head = Vec::new();
        Ok(end + 4 - before)
    }

    /// Reads the digits of a chunk's length and the line end behind them.
    fn size(&mut self, mut size: usize, bytes: &[u8]) -> Result<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => {
                    self.transfer = Transfer::Chunk(size);
                    return Ok(at + 1);
                }
                b'\r' => {}
                digit => {
                    let digit = char::from(*digit).to_digit(16).context("a chunk's length is no number")?;
                    size = size.checked_mul(16).context("a chunk is too long")? + digit as usize;
                }
            }
        }
        self.transfer = Transfer::Size(size);
        Ok(bytes.len())
    }

    fn text(&mut self, mut text: &[u8], tell: &mut impl FnMut(Frame)) -> Result<()> {
        while let Some(end) = memchr::memchr(b'\n', text) {
            if self.line.is_empty() {
                self.whole_line(&text[..end], tell)?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                keep(&mut line, &text[..end]);
                self.whole_line(&line, tell)?;
                line.clear();
                self.line = line;
            }
            text = &text[end + 1..];
        }
        keep(&mut self.line, text);
        Ok(())
    }

    fn whole_line(&mut self, line: &[u8], tell: &mut impl FnMut(Frame)) -> Result<()> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            self.dispatch(tell)?;
        } else if let Some(data) = line.strip_prefix(b"data: ") {
            self.has_data = true;
            if let Some(rest) = data.strip_prefix(PEER_NUMBER) {
                self.number = Some(number(rest)?);
            } else if let Some(at) = memchr::memmem::find(&data[..data.len().min(LINE_START)], BYE_DELAY) {
                self.return_after_ms = number(&data[at + BYE_DELAY.len()..])?.unsigned_abs();
            }
        } else if let Some(id) = line.strip_prefix(b"id: ") {
            self.last_id.clear();
            self.last_id.extend_from_slice(id);
            // `<epoch>.<seq>.<hash8>`; Nchan's ids look otherwise.
            if let Some(at) = memchr::memchr(b'.', id) {
                self.number = Some(number(&id[at + 1..])?);
            }
        } else if let Some(kind) = line.strip_prefix(b"event: ") {
            self.kind = match kind {
                b"beat" => Kind::Beat,
                b"reset" => Kind::Reset,
                b"bye" => Kind::Bye,
                _ => Kind::Message,
            };
        }
        Ok(())
    }

    fn dispatch(&mut self, tell: &mut impl FnMut(Frame)) -> Result<()> {
        let (kind, number) = (std::mem::replace(&mut self.kind, Kind::Message), self.number.take());
        if !std::mem::take(&mut self.has_data) {
            return Ok(());
        }
        tell(match kind {
            Kind::Message => Frame::Message(number.context("a message carries no number")?),
            Kind::Beat => Frame::Beat,
            Kind::Reset => Frame::Reset,
            Kind::Bye => Frame::Bye(self.return_after_ms),
        });
        Ok(())
    }
}

/// How a message of the peer's begins, which has no number of its own.
pub const PEER_NUMBER: &[u8] = b"{\"n\":";
const BYE_DELAY: &[u8] = b"\"reconnect_after_ms\":";

fn keep(line: &mut Vec<u8>, more: &[u8]) {
    let room = LINE_START.saturating_sub(line.len());
    line.extend_from_slice(&more[..room.min(more.len())]);
}

/// The digits that `text` begins with.
fn number(text: &[u8]) -> Result<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits])?.parse().context("a number was expected")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

    use super::*;

    const OURS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n\
        35\r\nid: 1.7.0000000000000000\nevent: log\ndata: {\"a\":\"b\"}\n\n\r\n\
        2c\r\nid: 1.7.0000000000000000\nevent: beat\ndata: {\r\n3\r\n}\n\n\r\n\
        57\r\nid: 1.7.0000000000000000\nevent: bye\ndata: {\"reason\":\"lagged\",\"reconnect_after_ms\":12}\n\n\r\n";
    const NCHANS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n: hi\n\n\
        id: 1763737373:0\ndata: {\"n\":41,\"body\":\"x\"}\n\n";

    fn read(text: &str, piece: usize) -> Vec<Frame> {
        let (mut reader, mut frames) = (Reader::default(), Vec::new());
        for bytes in text.as_bytes().chunks(piece) {
            reader.feed(bytes, &mut |frame| frames.push(frame)).unwrap();
        }
        frames
    }

    #[test]
    fn frames_are_read_whatever_the_pieces() {
        for piece in [1, 2, 3, 7, 64, 4_096] {
            let ours = [Frame::Head(200), Frame::Message(7), Frame::Beat, Frame::Bye(12)];
            assert_eq!(read(OURS, piece), ours, "pieces of {piece}");
            assert_eq!(read(NCHANS, piece), [Frame::Head(200), Frame::Message(41)], "pieces of {piece}");
        }
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        let mut reader = Reader::default();
        assert!(reader.feed(b"nonsense\r\n\r\n", &mut |_| {}).is_err());
    }
}
