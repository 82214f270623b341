//! Which of KakaoPay's pages a browser is sent to.

/// Browsers that KakaoPay has a page for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    Pc,
    Mobile,
    /// Inside an app, such as KakaoTalk's own browser.
    InApp,
}

impl Browser {
    /// From a `User-Agent`.
    pub fn from_user_agent(agent: &str) -> Self {
        let agent = agent.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| agent.contains(word));
        if has(&["kakaotalk", "; wv)", "naver(inapp", "fban", "instagram"]) {
            Self::InApp
        } else if has(&["mobile", "android", "iphone", "ipad"]) {
            Self::Mobile
        } else {
            Self::Pc
        }
    }
}

/// Fetchers of link previews: they get a page without a payment.
pub fn is_preview(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    ["kakaotalk-scrap", "facebookexternalhit", "twitterbot", "slackbot"]
        .iter()
        .any(|word| agent.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_browsers_apart() {
        let pc = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36";
        let mobile =
            "Mozilla/5.0 (Linux; Android 15; SM-S921N) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36";
        let talk =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 KAKAOTALK 25.9.0";
        assert_eq!(Browser::from_user_agent(pc), Browser::Pc);
        assert_eq!(Browser::from_user_agent(mobile), Browser::Mobile);
        assert_eq!(Browser::from_user_agent(talk), Browser::InApp);
        assert_eq!(Browser::from_user_agent(""), Browser::Pc);
        assert!(is_preview("facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/"));
        assert!(!is_preview(talk));
    }
}
