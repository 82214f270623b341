//! How a sandbox is set up, and what of it can change while it runs.

use serde::{Deserialize, Serialize};

use crate::alimtalk::Template;

/// How documented lengths are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Too long is refused.
    #[default]
    Strict,
    /// Too long is cut, with a warning in the bot log.
    Lenient,
}

/// A block of the bot as the admin centre would hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    pub id: String,
    pub name: String,
    /// Typed text that runs this block when it matches exactly; the name matches too.
    #[serde(default)]
    pub utterances: Vec<String>,
    /// The block has Kakao's callback option, so requests carry `callbackUrl`.
    #[serde(default)]
    pub callback: bool,
    /// Name under which the Event API reaches this block.
    #[serde(default)]
    pub event: Option<String>,
}

impl Block {
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), utterances: Vec::new(), callback: false, event: None }
    }
}

/// Which of the two observed shapes the order inquiry has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderShape {
    #[default]
    Full,
    /// Real captures lack amount, method and deposit inside `payment_action_details`.
    Sparse,
}

/// Everything a sandbox is started with. `Config::default()` is a complete, working set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `127.0.0.1:0` picks a free port.
    pub bind: String,
    /// Address that browsers use; by default the bound one.
    pub public_url: Option<String>,
    /// The skill server; can be set later through `/control/config`.
    pub skill_url: Option<String>,
    /// Sent as `X-Skill-Secret`.
    pub skill_secret: Option<String>,
    pub bot_id: String,
    pub bot_name: String,
    pub entry_block_id: String,
    pub fallback_block_id: String,
    /// The one block that buttons call (`KAKAO_BLOCK_ID` of the skill server).
    pub block_id: String,
    /// Further blocks; one with an id from above replaces it.
    pub blocks: Vec<Block>,
    pub mode: Mode,
    /// Varies optional request fields at random, as Kakao does over the years.
    pub chaos: bool,
    /// Registered web domains, `scheme://host[:port]`; empty allows any loopback address.
    pub site_domains: Vec<String>,
    /// Secret key that KakaoPay accepts; `None` accepts any.
    pub pay_secret_key: Option<String>,
    pub pay_cid: String,
    pub alimtalk_app_key: Option<String>,
    pub alimtalk_secret_key: Option<String>,
    pub alimtalk_templates: Vec<Template>,
    /// Registered sender numbers of short messages; `None` accepts any.
    pub sms_senders: Option<Vec<String>>,
    /// REST API key for the Event API; `None` accepts any.
    pub rest_api_key: Option<String>,
    /// How many customers the chat page opens with.
    pub customers: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bind: "127.0.0.1:0".to_owned(),
            public_url: None,
            skill_url: None,
            skill_secret: None,
            bot_id: "66f0a1b2c3d4e5f600000001".to_owned(),
            bot_name: "간편주문".to_owned(),
            entry_block_id: "66f0a1b2c3d4e5f600000010".to_owned(),
            fallback_block_id: "66f0a1b2c3d4e5f600000011".to_owned(),
            block_id: "66f0a1b2c3d4e5f600000020".to_owned(),
            blocks: Vec::new(),
            mode: Mode::Strict,
            chaos: false,
            site_domains: Vec::new(),
            pay_secret_key: None,
            pay_cid: "TC0ONETIME".to_owned(),
            alimtalk_app_key: None,
            alimtalk_secret_key: None,
            alimtalk_templates: Vec::new(),
            sms_senders: None,
            rest_api_key: None,
            customers: 3,
        }
    }
}

impl Config {
    /// All blocks of the bot: the three named ones and the further ones.
    pub fn all_blocks(&self) -> Vec<Block> {
        let mut blocks = self.blocks.clone();
        let mut named = vec![
            Block::new(&self.entry_block_id, "웰컴 블록"),
            Block::new(&self.fallback_block_id, "폴백 블록"),
            Block::new(&self.block_id, "주문"),
        ];
        named.retain(|block| blocks.iter().all(|known| known.id != block.id));
        blocks.append(&mut named);
        if let Some(entry) = blocks.iter_mut().find(|block| block.id == self.entry_block_id) {
            entry.utterances.push(START.to_owned());
        }
        blocks
    }
}

/// What the entry block hears.
pub const START: &str = "시작";

/// The part that `/control/config` may change.
#[derive(Debug, Clone, Serialize)]
pub struct Live {
    pub skill_url: Option<String>,
    #[serde(skip)]
    pub skill_secret: Option<String>,
    pub mode: Mode,
    pub chaos: bool,
    pub site_domains: Vec<String>,
    /// Won per payment above which KakaoPay answers -797.
    pub per_payment_limit: i64,
    /// Off answers -403, as for an app without "online payment".
    pub online_payment_enabled: bool,
    pub order_shape: OrderShape,
}

/// A reseller's figure; KakaoPay publishes none.
const DEFAULT_PER_PAYMENT_LIMIT: i64 = 2_000_000;

impl Live {
    pub fn new(config: &Config) -> Self {
        Self {
            skill_url: config.skill_url.clone(),
            skill_secret: config.skill_secret.clone(),
            mode: config.mode,
            chaos: config.chaos,
            site_domains: config.site_domains.clone(),
            per_payment_limit: DEFAULT_PER_PAYMENT_LIMIT,
            online_payment_enabled: true,
            order_shape: OrderShape::Full,
        }
    }
}
