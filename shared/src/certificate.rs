//! The closing certificate (마감 증명서): what a store's day came to, signed by the server's key.
//!
//! What is signed are the bytes of the certificate's one canonical text, so a changed digit is found by anybody who has the public key.
//! It names the chain hash at the end of the day's books, so an exported journal can be held against it.

use std::fmt;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::TimeMs;
use crate::day::DayTotals;
use crate::id::{DayId, DeviceId, StoreId};
use crate::log::ChainHash;

/// Version of the certificates written today.
pub const CERTIFICATE_VERSION: u16 = 1;
/// Longest text that is looked at; a certificate has about 700 bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// Stands before the text in what is signed, so that a signature means nothing anywhere else.
const DOMAIN: &[u8] = b"simple-order closing certificate\n";

/// What is certified. The order of the fields is the order in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub v: u16,
    pub store_id: StoreId,
    pub store_name: String,
    pub day_id: DayId,
    pub prepared_at: TimeMs,
    pub closed_at: TimeMs,
    /// The epoch of the store log.
    pub epoch: i32,
    /// The events of the day's books.
    pub first_seq: i64,
    pub upto_seq: i64,
    /// The chain hash of event `upto_seq`, 64 hex digits.
    pub head_hash: String,
    /// The counter whose journal was compared; null for a day that nobody closed, which the server ended without one.
    pub device_id: Option<DeviceId>,
    pub totals: DayTotals,
    /// Orders that one of the four places knows and another does not.
    pub lost: u32,
    /// Orders that were paid twice.
    pub doubled: u32,
    /// Won by which the database, the ledger and KakaoPay differ.
    pub payment_difference: i64,
}

/// A certificate with its signature, as it is stored, sent, printed and kept in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SignedCertificate {
    /// The exact JSON text that is signed; [`SignedCertificate::verify`] reads it.
    pub text: String,
    /// Which key signed it: see [`PublicKey::id`].
    pub key_id: String,
    /// Ed25519, 128 hex digits.
    pub signature: String,
}

/// Why a certificate is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    #[error("it was signed with another key")]
    OtherKey,
    #[error("the signature does not fit: something was changed")]
    Signature,
    #[error("the text is not a certificate of this version")]
    Text,
    #[error("it says that something is lost, doubled or missing")]
    NotClean,
}

/// The key that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// The key that signs.
pub struct SigningKey(Ed25519KeyPair);

impl Certificate {
    /// The one text of it.
    pub fn text(&self) -> String {
        serde_json::to_string(self)
            .expect("a certificate holds only strings and integers, which JSON can say")
    }

    /// Whether it says that nothing is lost, doubled or missing.
    pub fn is_clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.payment_difference == 0
    }

    /// The chain hash at the end of the day's books.
    pub fn chain_hash(&self) -> Option<ChainHash> {
        ChainHash::from_hex(&self.head_hash)
    }
}

impl SignedCertificate {
    /// The certificate, if this key signed exactly this text.
    pub fn verify(&self, key: &PublicKey) -> Result<Certificate, Forged> {
        if self.key_id != key.id() {
            return Err(Forged::OtherKey);
        }
        let signature = from_hex(&self.signature).ok_or(Forged::Signature)?;
        if self.text.len() > MAX_CERTIFICATE_BYTES {
            return Err(Forged::Text);
        }
        let public = UnparsedPublicKey::new(&ED25519, key.0);
        public.verify(&signed_bytes(&self.text), &signature).map_err(|_| Forged::Signature)?;
        let certificate = self.unverified().ok_or(Forged::Text)?;
        // Two texts of one certificate would be two certificates.
        if certificate.text() != self.text || certificate.v != CERTIFICATE_VERSION {
            return Err(Forged::Text);
        }
        if certificate.is_clean() { Ok(certificate) } else { Err(Forged::NotClean) }
    }

    /// What it says, whoever wrote it: for showing one that came from the server itself.
    pub fn unverified(&self) -> Option<Certificate> {
        serde_json::from_str(&self.text).ok()
    }
}

impl PublicKey {
    /// Reads 64 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        Some(Self(from_hex(text.trim())?.try_into().ok()?))
    }

    /// 64 hex digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The first eight bytes of its SHA-256 in hex.
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.0)[..8])
    }
}

impl SigningKey {
    /// The key that follows from 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are the seed of a key"))
    }

    /// What others verify with.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("a public key has 32 bytes"))
    }

    /// Signs it.
    pub fn sign(&self, certificate: &Certificate) -> SignedCertificate {
        let text = certificate.text();
        let signature = hex(self.0.sign(&signed_bytes(&text)).as_ref());
        SignedCertificate { text, key_id: self.public().id(), signature }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

fn signed_bytes(text: &str) -> Vec<u8> {
    [DOMAIN, text.as_bytes()].concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let valid = text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !valid {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Won;
    use proptest::prelude::*;

    fn certificate() -> Certificate {
        Certificate {
            v: CERTIFICATE_VERSION,
            store_id: StoreId::fresh(),
            store_name: "골목커피 홍대점".to_owned(),
            day_id: DayId::fresh(),
            prepared_at: TimeMs(1_763_683_200_000),
            closed_at: TimeMs(1_763_726_400_000),
            epoch: 1,
            first_seq: 12,
            upto_seq: 871,
            head_hash: "1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e".to_owned(),
            device_id: Some(DeviceId::fresh()),
            totals: DayTotals {
                orders: 83,
                completed: 80,
                rejected: 1,
                cancelled: 2,
                captured: Won::new(1_284_500).unwrap(),
                refunded: Won::new(31_000).unwrap(),
            },
            lost: 0,
            doubled: 0,
            payment_difference: 0,
        }
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn what_was_signed_is_believed() {
        let signed = key().sign(&certificate());
        let read = signed.verify(&key().public()).unwrap();
        assert_eq!(read.text(), signed.text);
        assert!(read.chain_hash().is_some());
        let public = PublicKey::from_hex(&key().public().hex()).unwrap();
        assert_eq!(public, key().public());
        assert_eq!(format!("{:?}", key()), format!("SigningKey({})", public.id()));
    }

    #[test]
    fn another_key_and_another_text_of_the_same_are_not_believed() {
        let signed = key().sign(&certificate());
        let other = SigningKey::from_seed(&[8; 32]);
        assert_eq!(signed.verify(&other.public()), Err(Forged::OtherKey));
        let renamed = SignedCertificate { key_id: other.public().id(), ..signed.clone() };
        assert_eq!(renamed.verify(&other.public()), Err(Forged::Signature));
        let spaced = signed.text.replace("\"v\":1", "\"v\": 1");
        let signature = hex(key().0.sign(&signed_bytes(&spaced)).as_ref());
        let spaced = SignedCertificate { text: spaced, signature, ..signed.clone() };
        assert_eq!(spaced.verify(&key().public()), Err(Forged::Text));
        let lost = key().sign(&Certificate { lost: 1, ..certificate() });
        assert_eq!(lost.verify(&key().public()), Err(Forged::NotClean));
        // A signature of the bare text is not a signature of a certificate.
        let bare = hex(key().0.sign(signed.text.as_bytes()).as_ref());
        let bare = SignedCertificate { signature: bare, ..signed };
        assert_eq!(bare.verify(&key().public()), Err(Forged::Signature));
    }

    proptest! {
        #[test]
        fn one_changed_character_anywhere_is_found(place in any::<prop::sample::Index>(), by in 1_u8..10) {
            let signed = key().sign(&certificate());
            for field in 0..3 {
                let mut changed = signed.clone();
                let text = match field {
                    0 => &mut changed.text,
                    1 => &mut changed.key_id,
                    _ => &mut changed.signature,
                };
                let mut characters: Vec<char> = text.chars().collect();
                let index = place.index(characters.len());
                characters[index] = match characters[index].to_digit(10) {
                    Some(digit) => char::from_digit((digit + u32::from(by)) % 10, 10).unwrap(),
                    None => if characters[index] == 'x' { 'y' } else { 'x' },
                };
                *text = characters.into_iter().collect();
                prop_assert_ne!(&changed, &signed);
                prop_assert!(changed.verify(&key().public()).is_err(), "{:?}", changed);
            }
        }
    }
}
