//! Configuration from the environment: one typed struct, every error reported at once, secrets never printed.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::chat::{limits, pace};
use crate::db::pool;
use crate::secret::Secret;

/// Everything that can be configured. Field docs name the environment variable.
#[derive(Debug, Clone)]
pub struct Config {
    /// `BIND_ADDR`, such as `0.0.0.0:8080`.
    pub bind_addr: SocketAddr,
    /// `TRUSTED_PROXIES`: how many proxies of ours stand before the server; 0 unless set. The sign-in limits take a caller's address from
    /// `X-Forwarded-For`, counted from the right.
    pub trusted_proxies: usize,
    /// `PUBLIC_URL`: how customers' browsers reach this server, without a slash at the end.
    pub public_url: String,
    /// `DATABASE_URL`.
    pub database_url: Secret,
    /// `DATABASE_CONNECTIONS`: the most of this process; 20 unless set. Postgres must allow the sum of all processes.
    pub database_connections: NonZeroU32,
    /// `REDIS_URL`: streams; durable, never evicting.
    pub redis_url: Secret,
    /// `REDIS_CACHE_URL`: order sessions and caches; `REDIS_URL` unless set.
    pub redis_cache_url: Secret,
    /// `CHAT_TURNS_PER_MINUTE`: taps and texts of one customer that are answered, also at once; 120 unless set.
    pub chat_turns_per_minute: NonZeroU32,
    /// `CHAT_UNPAID_ORDERS_PER_HOUR`: orders of one customer that are made and not paid; 20 unless set. Twice as many payments may be opened in vain.
    pub unpaid_orders_per_hour: NonZeroU32,
    pub kakao: KakaoConfig,
    pub kakaopay: KakaoPayConfig,
    pub alimtalk: AlimTalkConfig,
    /// `ADMIN_TOKEN`: bearer token of the operator's addresses.
    pub admin_token: Secret,
    /// `DATA_KEY`: base64 of 32 bytes; wraps the keys of personal data.
    pub data_key: Key32,
    /// `SIGNING_KEY`: base64 of 32 bytes; makes payment links.
    pub signing_key: Key32,
}

/// The channel chatbot.
#[derive(Debug, Clone)]
pub struct KakaoConfig {
    /// `KAKAO_SKILL_SECRET`: the header `X-Skill-Secret` that the skill is configured with.
    pub skill_secret: Secret,
    /// `KAKAO_BOT_IDS`: comma-separated; a development channel's `!` is accepted too.
    pub bot_ids: Vec<String>,
    /// `KAKAO_BLOCK_ID`: the one block that all buttons call.
    pub block_id: String,
}

/// KakaoPay's single payment.
#[derive(Debug, Clone)]
pub struct KakaoPayConfig {
    /// `KAKAOPAY_URL`, without a slash at the end.
    pub url: String,
    /// `KAKAOPAY_SECRET_KEY`.
    pub secret_key: Secret,
    /// `KAKAOPAY_CID`, ten characters.
    pub cid: String,
}

/// AlimTalk through NHN Cloud.
#[derive(Debug, Clone)]
pub struct AlimTalkConfig {
    /// `ALIMTALK_URL`, without a slash at the end.
    pub url: String,
    /// `ALIMTALK_APP_KEY`.
    pub app_key: String,
    /// `ALIMTALK_SECRET_KEY`.
    pub secret_key: Secret,
    /// `ALIMTALK_SENDER_KEY`.
    pub sender_key: String,
    /// `ALIMTALK_SMS_SENDER`, the registered number that short messages come from. Without it nothing falls back to one.
    pub sms_sender: Option<String>,
}

/// 32 secret bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Key32(pub [u8; 32]);

impl fmt::Debug for Key32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Everything that is wrong with the environment, one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the environment is not complete ({} problems):", self.0.len())?;
        for problem in &self.0 {
            writeln!(f, "  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigErrors> {
        Self::from_map(std::env::vars().collect())
    }

    /// Reads a map of variables; all problems are reported together.
    pub fn from_map(variables: HashMap<String, String>) -> Result<Self, ConfigErrors> {
        let mut read = Reader { variables, problems: Vec::new() };
        let config = Self {
            bind_addr: read.parsed(
                "BIND_ADDR",
                "an address such as 127.0.0.1:8080",
                SocketAddr::from(([0; 4], 0)),
            ),
            trusted_proxies: read.parsed_if_set("TRUSTED_PROXIES", "a number such as 1", 0),
            public_url: read.url("PUBLIC_URL"),
            database_url: database_url(&mut read),
            database_connections: read.parsed_if_set(
                "DATABASE_CONNECTIONS",
                "a number from 1, such as 20",
                pool::CONNECTIONS,
            ),
            redis_url: read.secret("REDIS_URL"),
            redis_cache_url: read.optional_secret("REDIS_CACHE_URL", "REDIS_URL"),
            chat_turns_per_minute: read.parsed_if_set(
                "CHAT_TURNS_PER_MINUTE",
                "a number from 1, such as 120",
                pace::TURNS_PER_MINUTE,
            ),
            unpaid_orders_per_hour: read.parsed_if_set(
                "CHAT_UNPAID_ORDERS_PER_HOUR",
                "a number from 1, such as 20",
                limits::MOST_UNPAID_ORDERS,
            ),
            kakao: KakaoConfig {
                skill_secret: read.long_secret("KAKAO_SKILL_SECRET"),
                bot_ids: read.list("KAKAO_BOT_IDS"),
                block_id: read.text("KAKAO_BLOCK_ID"),
            },
            kakaopay: KakaoPayConfig {
                url: read.url("KAKAOPAY_URL"),
                secret_key: read.secret("KAKAOPAY_SECRET_KEY"),
                cid: read.sized("KAKAOPAY_CID", 10),
            },
            alimtalk: AlimTalkConfig {
                url: read.url("ALIMTALK_URL"),
                app_key: read.text("ALIMTALK_APP_KEY"),
                secret_key: read.secret("ALIMTALK_SECRET_KEY"),
                sender_key: read.text("ALIMTALK_SENDER_KEY"),
                sms_sender: read.optional("ALIMTALK_SMS_SENDER"),
            },
            admin_token: read.long_secret("ADMIN_TOKEN"),
            data_key: read.key("DATA_KEY"),
            signing_key: read.key("SIGNING_KEY"),
        };
        if read.problems.is_empty() { Ok(config) } else { Err(ConfigErrors(read.problems)) }
    }
}

/// `DATABASE_URL` alone, for commands that need only the database.
pub fn database_url_from_env() -> Result<Secret, ConfigErrors> {
    let mut read = Reader { variables: std::env::vars().collect(), problems: Vec::new() };
    let url = database_url(&mut read);
    if read.problems.is_empty() { Ok(url) } else { Err(ConfigErrors(read.problems)) }
}

fn database_url(read: &mut Reader) -> Secret {
    let url = read.secret("DATABASE_URL");
    if !url.expose().is_empty() && !url.expose().starts_with("postgres") {
        read.problems.push("DATABASE_URL: must begin with postgres://".to_owned());
    }
    url
}

/// Least length of a shared secret that we choose ourselves.
const LONG_SECRET: usize = 16;

struct Reader {
    variables: HashMap<String, String>,
    problems: Vec<String>,
}

impl Reader {
    fn text(&mut self, name: &str) -> String {
        match self.variables.get(name).map(|value| value.trim()) {
            Some(value) if !value.is_empty() => value.to_owned(),
            Some(_) | None => {
                self.problems.push(format!("{name}: is not set"));
                String::new()
            }
        }
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, what: &str, fallback: T) -> T {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            if !text.is_empty() {
                self.problems.push(format!("{name}: {text:?} is not {what}"));
            }
            fallback
        })
    }

    fn parsed_if_set<T: std::str::FromStr>(&mut self, name: &str, what: &str, fallback: T) -> T {
        if self.variables.contains_key(name) { self.parsed(name, what, fallback) } else { fallback }
    }

    fn url(&mut self, name: &str) -> String {
        let text = self.text(name);
        let valid = reqwest::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !text.is_empty() && !valid {
            self.problems.push(format!("{name}: {text:?} is not an http or https address"));
        }
        text.trim_end_matches('/').to_owned()
    }

    fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name);
        text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    fn optional(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn sized(&mut self, name: &str, chars: usize) -> String {
        let text = self.text(name);
        if !text.is_empty() && text.chars().count() != chars {
            self.problems.push(format!("{name}: has {chars} characters, this has {}", text.chars().count()));
        }
        text
    }

    fn secret(&mut self, name: &str) -> Secret {
        Secret::new(self.text(name))
    }

    fn optional_secret(&mut self, name: &str, fallback: &str) -> Secret {
        let set = self.variables.get(name).or_else(|| self.variables.get(fallback));
        Secret::new(set.map(|value| value.trim().to_owned()).unwrap_or_default())
    }

    fn long_secret(&mut self, name: &str) -> Secret {
        let text = self.text(name);
        if !text.is_empty() && text.len() < LONG_SECRET {
            self.problems.push(format!("{name}: is too short; use at least {LONG_SECRET} characters"));
        }
        Secret::new(text)
    }

    fn key(&mut self, name: &str) -> Key32 {
        let text = self.text(name);
        match STANDARD.decode(&text).ok().and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => Key32(bytes),
            None => {
                if !text.is_empty() {
                    self.problems.push(format!(
                        "{name}: must be base64 of exactly 32 bytes (openssl rand -base64 32)"
                    ));
                }
                Key32([0; 32])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> HashMap<String, String> {
        let key = STANDARD.encode([7; 32]);
        [
            ("BIND_ADDR", "127.0.0.1:0"),
            ("PUBLIC_URL", "http://127.0.0.1:8080/"),
            ("DATABASE_URL", "postgres:///app"),
            ("REDIS_URL", "redis://127.0.0.1"),
            ("KAKAO_SKILL_SECRET", "0123456789abcdef"),
            ("KAKAO_BOT_IDS", "bot1, bot2"),
            ("KAKAO_BLOCK_ID", "block"),
            ("KAKAOPAY_URL", "http://127.0.0.1:9090"),
            ("KAKAOPAY_SECRET_KEY", "key"),
            ("KAKAOPAY_CID", "TC0ONETIME"),
            ("ALIMTALK_URL", "http://127.0.0.1:9090"),
            ("ALIMTALK_APP_KEY", "app"),
            ("ALIMTALK_SECRET_KEY", "secret-of-alimtalk"),
            ("ALIMTALK_SENDER_KEY", "sender"),
            ("ADMIN_TOKEN", "0123456789abcdef"),
            ("DATA_KEY", &key),
            ("SIGNING_KEY", &key),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    #[test]
    fn reads_a_complete_environment() {
        let config = Config::from_map(complete()).unwrap();
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.kakao.bot_ids, ["bot1", "bot2"]);
        assert_eq!(config.redis_cache_url, config.redis_url);
        assert_eq!(config.database_connections, pool::CONNECTIONS);
    }

    #[test]
    fn a_process_has_at_least_one_connection() {
        let with = |count: &str| {
            let mut variables = complete();
            variables.insert("DATABASE_CONNECTIONS".to_owned(), count.to_owned());
            Config::from_map(variables)
        };
        assert_eq!(with("6").unwrap().database_connections.get(), 6);
        assert!(with("0").unwrap_err().to_string().contains("DATABASE_CONNECTIONS"));
    }

    #[test]
    fn reports_every_problem_at_once_and_shows_no_secret() {
        let mut variables = complete();
        variables.remove("ADMIN_TOKEN");
        variables.insert("BIND_ADDR".into(), "everywhere".into());
        variables.insert("DATA_KEY".into(), "c2hvcnQ=".into());
        variables.insert("KAKAO_SKILL_SECRET".into(), "hush".into());
        let errors = Config::from_map(variables).unwrap_err();
        assert_eq!(errors.0.len(), 4, "{errors}");
        assert!(!errors.to_string().contains("hush"));
        let shown = format!("{:?}", Config::from_map(complete()).unwrap());
        assert!(!shown.contains("secret-of-alimtalk") && !shown.contains("0123456789abcdef"));
    }
}
