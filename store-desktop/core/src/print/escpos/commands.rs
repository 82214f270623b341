//! The commands that are used, as bytes. All of them are in Epson's reference and in what cheap printers copy of it.

use crate::print::document::Size;

/// `ESC @`: forget what was set before.
pub const INITIALIZE: &[u8] = b"\x1b@";
/// `FS &`: two bytes are one Korean character.
pub const KOREAN: &[u8] = b"\x1c&";
/// `ESC R 0`: a backslash is a backslash. (`ESC R 13` would make it a won sign.)
pub const INTERNATIONAL_USA: &[u8] = b"\x1bR\x00";
/// `ESC 2`: the usual space between lines.
pub const USUAL_SPACING: &[u8] = b"\x1b2";
/// `ESC 3 24`: no space between lines.
pub const NO_SPACING: &[u8] = b"\x1b3\x18";
/// `ESC a n`.
pub const MIDDLE: &[u8] = b"\x1ba\x01";
pub const LEFT: &[u8] = b"\x1ba\x00";
pub const LINE_FEED: u8 = b'\n';
/// `GS V 66 0`: feed to the knife and leave one point uncut; without a knife, only feed.
pub const CUT: &[u8] = b"\x1dVB\x00";
/// `GS r 1`: the printer answers when it has come to this point, so everything before it is on paper.
pub const ASK_WHEN_DONE: &[u8] = b"\x1dr\x01";
/// Dots of a line with the usual space below it.
pub const USUAL_SPACING_DOTS: usize = 30;

/// `DLE EOT n`: how are you? Answered at once, even in the middle of a ticket.
pub fn ask_status(n: u8) -> [u8; 3] {
    [0x10, 0x04, n]
}

/// `ESC E n`.
pub fn bold(on: bool) -> [u8; 3] {
    [0x1b, b'E', u8::from(on)]
}

/// `GS B n`.
pub fn inverse(on: bool) -> [u8; 3] {
    [0x1d, b'B', u8::from(on)]
}

/// `GS ! n`: how many times as wide and high.
pub fn size(size: Size) -> [u8; 3] {
    let times = |count: usize| u8::try_from(count.saturating_sub(1)).unwrap_or(0) & 7;
    [0x1d, b'!', times(size.wide()) << 4 | times(size.high())]
}

/// `ESC d n`: feed lines.
pub fn feed(lines: u8) -> [u8; 3] {
    [0x1b, b'd', lines]
}

/// `GS v 0`: dots, one bit each, so many bytes in a row.
pub fn raster(bytes_in_row: usize, rows: usize) -> [u8; 8] {
    let [xl, xh] = u16::try_from(bytes_in_row).unwrap_or(0).to_le_bytes();
    let [yl, yh] = u16::try_from(rows).unwrap_or(0).to_le_bytes();
    [0x1d, b'v', b'0', 0, xl, xh, yl, yh]
}

/// `GS ( k`: model 2, dots of a module, correction level M, the content, and print it.
pub fn qr(data: &str, module: u8) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len() + 40);
    let mut function = |parameters: &[u8]| {
        let [low, high] = u16::try_from(parameters.len()).unwrap_or(0).to_le_bytes();
        bytes.extend([0x1d, b'(', b'k', low, high]);
        bytes.extend(parameters);
    };
    function(&[49, 65, 50, 0]);
    function(&[49, 67, module]);
    function(&[49, 69, 49]);
    let mut store = vec![49, 80, 48];
    store.extend(data.bytes());
    function(&store);
    function(&[49, 81, 48]);
    bytes
}
