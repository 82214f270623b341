//! What our programs and the sandbox agree on; made up for each world.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

/// Made up; Kakao's own are 24 hexadecimal digits too.
pub const BOT_ID: &str = "5f0000000000000000000001";
pub const BLOCK_ID: &str = "5f0000000000000000000002";
/// KakaoPay's public id for one-time test payments.
pub const CID: &str = "TC0ONETIME";
/// The number that short messages come from.
pub const SMS_SENDER: &str = "0200000000";

pub struct Keys {
    pub skill_secret: String,
    pub payment_secret: String,
    pub alimtalk_app: String,
    pub alimtalk_secret: String,
    pub alimtalk_sender: String,
    pub admin_token: String,
    pub data_key: String,
    pub signing_key: String,
}

impl Keys {
    pub fn fresh() -> Self {
        let word = || Uuid::new_v4().simple().to_string();
        let key = || STANDARD.encode(word());
        Self {
            skill_secret: word(),
            payment_secret: word(),
            alimtalk_app: word(),
            alimtalk_secret: word(),
            alimtalk_sender: word(),
            admin_token: word(),
            data_key: key(),
            signing_key: key(),
        }
    }
}
