//! Kakao's rules for a SkillResponse v2.0, as a pure function: JSON in, violations out.
//!
//! Rule ids are stable and public. A rule is `reject` where Kakao documents a hard requirement, `strict` where
//! Kakao documents a length without saying whether it rejects or truncates, and `warn` where the limit is only
//! about what fits on the screen. Lengths are UTF-16 code units (Kakao says "자"; its platform is a JVM).

mod basic_card;
mod buttons;
mod carousel;
mod check;
mod commerce_card;
mod context;
mod images;
mod item_card;
mod list_card;
mod quick_replies;
mod response;
mod simple;
mod text_card;
mod truncate;

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

pub use check::utf16_len;
pub use truncate::truncate;

/// Kakao does not answer at all when the bubbles are larger; the UTF-8 body is what we count.
pub const MAX_RESPONSE_BYTES: usize = 30_000;

/// How sure Kakao is to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A documented requirement; never rendered.
    Reject,
    /// A documented length; refused in strict mode, truncated in lenient mode.
    Strict,
    /// Cut off on the screen, delivered all the same.
    Warn,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Stable id, for example `outputs.tooMany`.
    pub rule: &'static str,
    pub severity: Severity,
    /// JSON pointer into the response.
    pub path: String,
    /// A Korean sentence for the person who builds the bot.
    pub message: String,
    /// Units that may stay when lenient mode cuts the text at `path`.
    #[serde(skip)]
    pub keep: Option<usize>,
}

/// How the block that ran is set up in the admin centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlockResponseMode {
    /// The skill's `template` is the answer.
    #[default]
    SkillData,
    /// Bubbles made in the admin centre, filled from `data`.
    Value,
}

/// What the rules need to know besides the response.
#[derive(Debug, Clone, Default)]
pub struct Env {
    pub response_mode: BlockResponseMode,
    /// The request carried `userRequest.callbackUrl`.
    pub has_callback_url: bool,
    /// Ids that a `blockId` may name; `None` switches that rule off.
    pub known_blocks: Option<HashSet<String>>,
}

/// Checks a parsed response. An empty list means Kakao renders it as it is.
pub fn validate(response: &Value, env: &Env) -> Vec<Violation> {
    let mut check = check::Check::new(env);
    response::check(&mut check, response);
    check.into_found()
}

/// Checks the bytes a skill server sent: size and JSON first, then [`validate`].
///
/// # Errors
/// The violations alone when the body is no JSON at all.
pub fn validate_body(body: &[u8], env: &Env) -> Result<(Value, Vec<Violation>), Vec<Violation>> {
    let mut check = check::Check::new(env);
    if body.len() > MAX_RESPONSE_BYTES {
        check.reject(
            "response.size",
            "",
            format!("응답이 {}바이트예요. {MAX_RESPONSE_BYTES}바이트까지만 답으로 나가요.", body.len()),
        );
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            response::check(&mut check, &value);
            Ok((value, check.into_found()))
        }
        Err(error) => {
            check.reject("json.invalid", "", format!("JSON이 아니에요: {error}"));
            Err(check.into_found())
        }
    }
}
