//! The order session (주문서): a customer's cart. Versioned, bounded, and priced anew each time it is looked at.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{ItemKey, LineId, StoreId};
use crate::menu::{Menu, PriceError, PricedLine, Selection};
use crate::{TimeMs, Won};

/// Most lines of one order session.
pub const MAX_LINES: usize = 20;
/// Most pieces of one line.
pub const MAX_QUANTITY: u32 = 99;
/// Longest request to the store, in characters.
pub const MAX_REQUEST_CHARS: usize = 200;
/// How many finished additions are remembered, so that a doubled tap adds once.
const REMEMBERED_ADDITIONS: usize = 20;

/// `<created ms>-<n>`: the session's birth and how often it changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionVersion {
    pub created: TimeMs,
    pub n: u32,
}

/// The text is not `<created ms>-<n>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an order session version such as 1763683200000-3")]
pub struct NotASessionVersion(String);

impl fmt::Display for SessionVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.created.0, self.n)
    }
}

impl FromStr for SessionVersion {
    type Err = NotASessionVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.rsplit_once('-').and_then(|(created, n)| {
            Some(Self { created: TimeMs(created.parse().ok()?), n: n.parse().ok()? })
        });
        parsed.ok_or_else(|| NotASessionVersion(text.to_owned()))
    }
}

impl TryFrom<String> for SessionVersion {
    type Error = NotASessionVersion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SessionVersion> for String {
    fn from(version: SessionVersion) -> Self {
        version.to_string()
    }
}

/// One wish of the customer: keys and counts only, never a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    pub id: LineId,
    pub item: ItemKey,
    pub selections: Vec<Selection>,
    pub quantity: u32,
}

/// The cart of one customer at one store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderSession {
    pub store_id: StoreId,
    pub version: SessionVersion,
    pub lines: Vec<SessionLine>,
    /// What the customer asks the store for. Personal: it never enters the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// When the customer wants to come; as soon as possible without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick_up_at: Option<TimeMs>,
    #[serde(default)]
    done_additions: Vec<String>,
}

/// Why a change of the session was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("한 번에 {MAX_LINES}가지까지 담을 수 있어요")]
    TooManyLines,
    #[error("한 메뉴는 {MAX_QUANTITY}개까지 담을 수 있어요")]
    TooManyPieces,
    #[error("이미 뺀 메뉴예요")]
    NoSuchLine,
    #[error("요청사항은 {MAX_REQUEST_CHARS}자까지 쓸 수 있어요")]
    RequestTooLong,
}

/// A session with the prices of this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedSession {
    /// Lines that can be bought now.
    pub lines: Vec<(LineId, PricedLine)>,
    /// Lines that cannot, and why.
    pub problems: Vec<(SessionLine, PriceError)>,
    pub total: Won,
}

impl OrderSession {
    /// An empty session.
    pub fn new(store_id: StoreId, now: TimeMs) -> Self {
        let version = SessionVersion { created: now, n: 0 };
        Self {
            store_id,
            version,
            lines: Vec::new(),
            request: None,
            pick_up_at: None,
            done_additions: Vec::new(),
        }
    }

    /// Adds a line, or to the line with the same choice. `addition` names the tap: the same tap adds once.
    pub fn add(
        &mut self,
        addition: &str,
        item: ItemKey,
        selections: Vec<Selection>,
        quantity: u32,
    ) -> Result<(), SessionError> {
        if self.done_additions.iter().any(|done| done == addition) {
            return Ok(());
        }
        let same = self.lines.iter_mut().find(|line| line.item == item && line.selections == selections);
        if let Some(line) = same {
            let sum = line.quantity.saturating_add(quantity);
            if sum > MAX_QUANTITY {
                return Err(SessionError::TooManyPieces);
            }
            line.quantity = sum;
        } else if self.lines.len() >= MAX_LINES {
            return Err(SessionError::TooManyLines);
        } else if quantity == 0 || quantity > MAX_QUANTITY {
            return Err(SessionError::TooManyPieces);
        } else {
            self.lines.push(SessionLine { id: LineId::fresh(), item, selections, quantity });
        }
        self.done_additions.push(addition.to_owned());
        if self.done_additions.len() > REMEMBERED_ADDITIONS {
            self.done_additions.remove(0);
        }
        self.changed();
        Ok(())
    }

    /// Sets the pieces of a line; zero removes it.
    pub fn set_quantity(&mut self, line: LineId, quantity: u32) -> Result<(), SessionError> {
        let index = self.lines.iter().position(|l| l.id == line).ok_or(SessionError::NoSuchLine)?;
        if quantity > MAX_QUANTITY {
            return Err(SessionError::TooManyPieces);
        }
        if quantity == 0 {
            self.lines.remove(index);
        } else {
            self.lines[index].quantity = quantity;
        }
        self.changed();
        Ok(())
    }

    /// Sets or, with an empty text, clears the request to the store.
    pub fn set_request(&mut self, text: &str) -> Result<(), SessionError> {
        let text = text.trim();
        if text.chars().count() > MAX_REQUEST_CHARS {
            return Err(SessionError::RequestTooLong);
        }
        self.request = (!text.is_empty()).then(|| text.to_owned());
        self.changed();
        Ok(())
    }

    /// Sets when the customer wants to come, or makes it an order of now.
    pub fn set_pick_up(&mut self, at: Option<TimeMs>) {
        if self.pick_up_at != at {
            self.pick_up_at = at;
            self.changed();
        }
    }

    /// Prices every line with the menu of this moment.
    pub fn price(&self, menu: &Menu) -> PricedSession {
        let mut priced = PricedSession { lines: Vec::new(), problems: Vec::new(), total: Won::ZERO };
        for line in &self.lines {
            let result = menu.price(&line.item, &line.selections, line.quantity).and_then(|good| {
                let total = priced.total.checked_add(good.amount).ok_or(PriceError::Quantity)?;
                Ok((good, total))
            });
            match result {
                Ok((good, total)) => {
                    priced.total = total;
                    priced.lines.push((line.id, good));
                }
                Err(problem) => priced.problems.push((line.clone(), problem)),
            }
        }
        priced
    }

    fn changed(&mut self) {
        self.version.n += 1;
    }
}
