//! What travels on the wake-up channel. Losing a message costs up to a second, never an event.

use std::fmt;
use std::str::FromStr;

use shared::id::StoreId;
use shared::log::ChainHash;

use super::append::Cursor;
use super::stream::DayStream;

/// A wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeUp {
    /// The store's log ends here now, and this stream has it.
    Moved { store_id: StoreId, cursor: Cursor, stream: Option<DayStream> },
    /// A session, a device, a person or a request of the store changed.
    Session { store_id: StoreId },
    /// Only says that the channel is alive.
    Pulse,
}

impl fmt::Display for WakeUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved { store_id, cursor, stream } => {
                write!(f, "moved {store_id} {} {} {}", cursor.epoch, cursor.seq, cursor.hash.hex())?;
                match stream {
                    Some(day) => write!(f, " {} {} {}", day.day_id, day.first_seq, day.generation),
                    None => Ok(()),
                }
            }
            Self::Session { store_id } => write!(f, "session {store_id}"),
            Self::Pulse => f.write_str("pulse"),
        }
    }
}

/// Somebody else writes to our channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a wake-up of ours")]
pub struct NotAWakeUp;

impl FromStr for WakeUp {
    type Err = NotAWakeUp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split(' ').collect();
        read(&parts).ok_or(NotAWakeUp)
    }
}

fn read(parts: &[&str]) -> Option<WakeUp> {
    match parts {
        ["pulse"] => Some(WakeUp::Pulse),
        ["session", store] => Some(WakeUp::Session { store_id: store.parse().ok()? }),
        ["moved", store, epoch, seq, hash, day @ ..] => {
            let stream = match day {
                [] => None,
                [day_id, first_seq, generation] => Some(DayStream {
                    day_id: day_id.parse().ok()?,
                    first_seq: first_seq.parse().ok()?,
                    generation: generation.parse().ok()?,
                }),
                _ => return None,
            };
            let cursor = Cursor {
                epoch: epoch.parse().ok()?,
                seq: seq.parse().ok()?,
                hash: ChainHash::from_hex(hash)?,
            };
            Some(WakeUp::Moved { store_id: store.parse().ok()?, cursor, stream })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::id::DayId;
    use shared::log::GENESIS;

    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let (store_id, cursor) = (StoreId::fresh(), Cursor { epoch: 2, seq: 41, hash: GENESIS });
        let day = DayStream { day_id: DayId::fresh(), first_seq: 7, generation: 3 };
        for wake_up in [
            WakeUp::Pulse,
            WakeUp::Session { store_id },
            WakeUp::Moved { store_id, cursor, stream: None },
            WakeUp::Moved { store_id, cursor, stream: Some(day) },
        ] {
            assert_eq!(wake_up.to_string().parse(), Ok(wake_up));
        }
        for text in ["", "moved", "moved x 1 2 3", "session", "session 1", "pulse 1", "지금"] {
            assert_eq!(text.parse::<WakeUp>(), Err(NotAWakeUp), "{text}");
        }
    }
}
