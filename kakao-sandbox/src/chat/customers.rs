//! The customers of the sandbox and the phones they answer to.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Room;
use crate::config::Config;

/// A load test needs many; a runaway loop must end somewhere.
const MAX_CUSTOMERS: usize = 20_000;

/// Body of `POST /control/customers`; everything may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewCustomer {
    pub name: Option<String>,
    pub phone: Option<String>,
    pub bot_user_key: Option<String>,
    pub plusfriend_user_key: Option<String>,
    pub app_user_id: Option<String>,
    pub friend: Option<bool>,
    pub blocked: Option<bool>,
    pub surface: Option<String>,
}

pub struct Chat {
    rooms: BTreeMap<usize, Room>,
    /// Digits of a phone to the room that answers it; the latest binding wins.
    by_phone: HashMap<String, usize>,
    bot_id: String,
    generation: u32,
}

impl Chat {
    /// `generation` grows with each reset, so that the same customers become new people.
    pub fn new(config: &Config, generation: u32) -> Self {
        let mut chat = Self {
            rooms: BTreeMap::new(),
            by_phone: HashMap::new(),
            bot_id: config.bot_id.clone(),
            generation,
        };
        for _ in 0..config.customers.min(MAX_CUSTOMERS) {
            // Below the limit and with a generated phone this cannot be refused.
            let _ = chat.add(NewCustomer::default());
        }
        chat
    }

    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// # Errors
    /// A sentence when there are too many customers or the phone is none.
    pub fn add(&mut self, new: NewCustomer) -> Result<&Room, String> {
        if self.rooms.len() >= MAX_CUSTOMERS {
            return Err(format!("at most {MAX_CUSTOMERS} customers; POST /control/reset starts over"));
        }
        let number = self.rooms.len() + 1;
        let phone = match new.phone {
            Some(phone) => digits(&phone).ok_or("phone must be a Korean mobile number like 010-0000-0001")?,
            None => format!("010{:08}", number),
        };
        let keys = self.keys(number);
        let mut room = Room::new(
            format!("c{number}"),
            new.name.unwrap_or_else(|| format!("손님 {number}")),
            with_dashes(&phone),
            (new.bot_user_key.unwrap_or(keys.0), new.plusfriend_user_key.unwrap_or(keys.1)),
        );
        room.app_user_id = new.app_user_id;
        room.friend = new.friend.unwrap_or(true);
        room.blocked = new.blocked.unwrap_or(false);
        if let Some(surface) = new.surface {
            room.surface = surface;
        }
        self.by_phone.insert(phone, number);
        Ok(self.rooms.entry(number).or_insert(room))
    }

    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    pub fn room(&self, id: &str) -> Option<&Room> {
        self.rooms.get(&number_of(id)?)
    }

    pub fn room_mut(&mut self, id: &str) -> Option<&mut Room> {
        self.rooms.get_mut(&number_of(id)?)
    }

    pub fn by_phone(&mut self, phone: &str) -> Option<&mut Room> {
        let number = *self.by_phone.get(&digits(phone)?)?;
        self.rooms.get_mut(&number)
    }

    pub fn by_user_key(&self, kind: &str, key: &str) -> Option<&Room> {
        self.rooms.values().find(|room| match kind {
            "botUserKey" => room.bot_user_key == key,
            "plusfriendUserKey" => room.plusfriend_user_key == key,
            _ => room.app_user_id.as_deref() == Some(key),
        })
    }

    /// A typed phone number makes this room answer to that phone too.
    pub fn bind_typed_phone(&mut self, id: &str, text: &str) {
        if let (Some(phone), Some(number)) = (digits(text), number_of(id)) {
            self.by_phone.insert(phone, number);
        }
    }

    /// 66 hex digits and 12 characters, the lengths seen in captures; stable over a restart.
    fn keys(&self, number: usize) -> (String, String) {
        let seed = format!("{}/{}/{number}", self.bot_id, self.generation);
        let hash: String = Sha256::digest(seed).iter().map(|byte| format!("{byte:02x}")).collect();
        (format!("{hash}{:02x}", number % 256), format!("Px{}", &hash[..10]))
    }
}

fn number_of(id: &str) -> Option<usize> {
    id.strip_prefix('c')?.parse().ok()
}

/// The digits of a Korean mobile number written in any usual way.
pub fn digits(text: &str) -> Option<String> {
    let text = text.trim().replace("+82 ", "0").replace("+82", "0");
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '.'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (plain && matches!(digits.len(), 10 | 11) && digits.starts_with("01")).then_some(digits)
}

fn with_dashes(digits: &str) -> String {
    let middle = digits.len() - 4;
    format!("{}-{}-{}", &digits[..3], &digits[3..middle], &digits[middle..])
}

#[cfg(test)]
mod tests {
    use super::{digits, with_dashes};

    #[test]
    fn phones_are_recognised_however_they_are_written() {
        for text in ["010-0000-0001", "01000000001", " 010 0000 0001 ", "+82 10-0000-0001", "010.0000.0001"] {
            assert_eq!(digits(text).as_deref(), Some("01000000001"), "{text}");
        }
        for text in ["김밥 2줄", "010", "02-1234-5678", "010-0000-0001번이요"] {
            assert_eq!(digits(text), None, "{text}");
        }
        assert_eq!(with_dashes("01000000001"), "010-0000-0001");
    }
}
