//! The code (QR) of a ticket: names an order so that a scan at this counter finds it, and nobody else can make one up.

use ring::hmac;
use shared::id::OrderId;

/// Bytes of the signature: enough against guessing at a counter.
const MAC_BYTES: usize = 4;
const PREFIX: &str = "SO1";

/// `SO1:<order>:<revision>:<signature>`.
pub fn ticket_code(key: &[u8], order_id: OrderId, revision: u32) -> String {
    let said = format!("{PREFIX}:{}:{revision}", order_id.0.simple());
    let mac = mac(key, &said);
    format!("{said}:{mac}")
}

/// The order that a scanned code names, if this counter made it.
pub fn read_ticket_code(key: &[u8], code: &str) -> Option<(OrderId, u32)> {
    let (said, given) = code.trim().rsplit_once(':')?;
    let mut parts = said.split(':');
    let (prefix, order, revision) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = prefix == PREFIX && parts.next().is_none() && mac(key, said) == given;
    if whole { Some((order.parse().ok()?, revision.parse().ok()?)) } else { None }
}

fn mac(key: &[u8], said: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), said.as_bytes());
    tag.as_ref().iter().take(MAC_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_by_its_own_counter_only_and_not_when_changed() {
        let order = OrderId::fresh();
        let code = ticket_code(b"this counter", order, 2);
        assert_eq!(read_ticket_code(b"this counter", &code), Some((order, 2)));
        assert_eq!(read_ticket_code(b"another counter", &code), None);
        let changed = code.replace(":2:", ":3:");
        assert_eq!(read_ticket_code(b"this counter", &changed), None);
        assert_eq!(read_ticket_code(b"this counter", "SO1"), None);
    }
}
