//! A sheet (전표) as a list of blocks, whatever the paper's width. Kept as JSON in the journal when it is not about an order.

use serde::{Deserialize, Serialize};

/// Most blocks of a document.
pub const MAX_BLOCKS: usize = 2_000;

/// What a sheet says, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Document {
    pub blocks: Vec<Block>,
}

/// One part of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Text { text: String, style: Style, align: Align },
    /// White on black, as wide as the paper.
    Bar { text: String, size: Size },
    /// A name at the left and a value at the right edge.
    Row { left: String, right: String, style: Style },
    /// Rows in columns; a cell that is too long continues below itself.
    Table { columns: Vec<Column>, rows: Vec<Vec<String>> },
    /// A paragraph that hangs behind its mark.
    Marked { mark: String, text: String, style: Style },
    /// Lines in a frame, with an optional heading in it.
    Framed { heading: Option<String>, lines: Vec<String>, style: Style },
    /// A line across the paper.
    Rule { heavy: bool },
    /// A QR code in the middle.
    Qr { data: String },
    /// Empty lines.
    Feed { lines: u8 },
}

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Style {
    pub size: Size,
    pub bold: bool,
    pub inverse: bool,
}

/// How many times as wide and as high as normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    #[default]
    Normal,
    /// Twice as high.
    Tall,
    /// Twice as wide and high.
    Big,
    /// Three times as wide and high.
    Huge,
    /// Three times as high: fills a line of huge letters up to the edge.
    Slim,
}

impl Size {
    pub fn wide(self) -> usize {
        match self {
            Self::Normal | Self::Tall | Self::Slim => 1,
            Self::Big => 2,
            Self::Huge => 3,
        }
    }

    pub fn high(self) -> usize {
        match self {
            Self::Normal => 1,
            Self::Tall | Self::Big => 2,
            Self::Huge | Self::Slim => 3,
        }
    }
}

/// Where a paragraph stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    #[default]
    Left,
    Middle,
    Right,
}

/// One column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// One-column characters; absent shares what the others leave.
    pub width: Option<u8>,
    pub align: Align,
}

impl Style {
    pub const NORMAL: Self = Self { size: Size::Normal, bold: false, inverse: false };
    pub const BOLD: Self = Self { size: Size::Normal, bold: true, inverse: false };
    pub const TALL: Self = Self { size: Size::Tall, bold: true, inverse: false };
    pub const BIG: Self = Self { size: Size::Big, bold: true, inverse: false };
    pub const HUGE: Self = Self { size: Size::Huge, bold: true, inverse: false };
}

/// A sheet is written from top to bottom.
impl Document {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// A big heading in the middle.
    pub fn headline(&mut self, text: impl Into<String>) {
        self.push(Block::Text { text: text.into(), style: Style::BIG, align: Align::Middle });
    }

    /// A paragraph in normal letters.
    pub fn text(&mut self, text: impl Into<String>) {
        self.push(Block::Text { text: text.into(), style: Style::NORMAL, align: Align::Left });
    }

    /// A paragraph in the middle.
    pub fn centered(&mut self, text: impl Into<String>) {
        self.push(Block::Text { text: text.into(), style: Style::NORMAL, align: Align::Middle });
    }

    /// A name and its value.
    pub fn row(&mut self, left: impl Into<String>, right: impl Into<String>) {
        self.push(Block::Row { left: left.into(), right: right.into(), style: Style::NORMAL });
    }

    /// A name and its value, in bold.
    pub fn bold_row(&mut self, left: impl Into<String>, right: impl Into<String>) {
        self.push(Block::Row { left: left.into(), right: right.into(), style: Style::BOLD });
    }

    /// White on black across the paper.
    pub fn bar(&mut self, text: impl Into<String>, size: Size) {
        self.push(Block::Bar { text: text.into(), size });
    }

    pub fn rule(&mut self) {
        self.push(Block::Rule { heavy: false });
    }

    pub fn heavy_rule(&mut self) {
        self.push(Block::Rule { heavy: true });
    }

    pub fn qr(&mut self, data: impl Into<String>) {
        self.push(Block::Qr { data: data.into() });
    }

    pub fn feed(&mut self, lines: u8) {
        self.push(Block::Feed { lines });
    }
}
