//! The short message (문자) that NHN sends instead when Kakao could not deliver. Text of carriers is EUC-KR (KS X 1001): what it lacks makes
//! the short message fail, what is too long is cut.

use encoding_rs::EUC_KR;
use serde::{Deserialize, Serialize};

/// Of an SMS and an LMS.
const MAX_SMS_BYTES: usize = 90;
const MAX_LMS_BYTES: usize = 2_000;
/// Bytes of the 94 × 94 plane; lower ones belong to Microsoft's extension, which carriers do not have.
const PLANE_FROM: u8 = 0xA1;

/// `resendParameter` of a recipient.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResendParameter {
    #[serde(default)]
    is_resend: bool,
    resend_type: Option<String>,
    resend_content: Option<String>,
    resend_send_no: Option<String>,
}

/// A short message that waits for Kakao to fail.
#[derive(Debug, Clone)]
pub struct Resend {
    kind: Kind,
    from: String,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    Sms,
    Lms,
}

/// A short message that went out.
#[derive(Debug, Clone, Serialize)]
pub struct ShortMessage {
    pub kind: Kind,
    pub from: String,
    /// As it arrived.
    pub text: String,
}

impl ResendParameter {
    /// What shall go out when Kakao fails; `None` when nothing shall.
    ///
    /// # Errors
    /// NHN's code and words.
    pub fn check(&self, registered: Option<&[String]>) -> Result<Option<Resend>, (i64, String)> {
        if !self.is_resend {
            return Ok(None);
        }
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let from = digits(self.resend_send_no.as_deref().unwrap_or_default());
        let known = registered.is_none_or(|numbers| numbers.iter().any(|number| digits(number) == from));
        if from.len() < 8 || !known {
            return Err((-1003, "resendSendNo is no registered sender of short messages".to_owned()));
        }
        let text = self.resend_content.clone().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| (4, "resendContent is required".to_owned()))?;
        let kind = match self.resend_type.as_deref() {
            Some("SMS") => Kind::Sms,
            Some("LMS") => Kind::Lms,
            // The type is chosen by length when it is absent.
            None if euc_kr(&text).is_some_and(|bytes| bytes.len() > MAX_SMS_BYTES) => Kind::Lms,
            None => Kind::Sms,
            Some(_) => return Err((4, "resendType must be SMS or LMS".to_owned())),
        };
        Ok(Some(Resend { kind, from, text }))
    }
}

impl Resend {
    /// What arrives; `None` when the carrier refuses the text.
    pub fn deliver(&self) -> Option<ShortMessage> {
        let most = match self.kind {
            Kind::Sms => MAX_SMS_BYTES,
            Kind::Lms => MAX_LMS_BYTES,
        };
        euc_kr(&self.text)?;
        let mut text = self.text.clone();
        while euc_kr(&text).is_some_and(|bytes| bytes.len() > most) {
            text.pop();
        }
        Some(ShortMessage { kind: self.kind, from: self.from.clone(), text })
    }
}

/// The bytes on the air; `None` when there is a character that carriers do not have.
fn euc_kr(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        let mut buffer = [0_u8; 4];
        let (encoded, _, unmappable) = EUC_KR.encode(character.encode_utf8(&mut buffer));
        let in_plane = encoded.len() == 1 || encoded.iter().all(|byte| *byte >= PLANE_FROM);
        if unmappable || !in_plane {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resend(text: &str, kind: Option<&str>) -> Result<Option<Resend>, (i64, String)> {
        let parameter = ResendParameter {
            is_resend: true,
            resend_type: kind.map(str::to_owned),
            resend_content: Some(text.to_owned()),
            resend_send_no: Some("02-0000-0000".to_owned()),
        };
        parameter.check(Some(&["0200000000".to_owned()]))
    }

    #[test]
    fn ninety_bytes_arrive_and_the_rest_is_cut() {
        let sent = resend(&"가".repeat(50), Some("SMS")).unwrap().unwrap().deliver().unwrap();
        assert_eq!((sent.kind, sent.text.chars().count()), (Kind::Sms, 45));
        assert_eq!(resend(&"가".repeat(46), None).unwrap().unwrap().deliver().unwrap().kind, Kind::Lms);
    }

    #[test]
    fn what_carriers_do_not_have_fails() {
        for text in ["준비됐어요 😀", "똠방각하 준비"] {
            assert!(resend(text, None).unwrap().unwrap().deliver().is_none(), "{text}");
        }
        assert!(resend("", None).is_err());
        assert!(resend("네", Some("MMS")).is_err());
    }
}
