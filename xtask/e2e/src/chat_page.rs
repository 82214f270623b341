//! The chat page in a real browser.

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, Locator};
use serde_json::json;

use crate::browser::Browser;
use crate::chat::Chat;
use crate::kakao_pay_page::KakaoPayPage;
use crate::wait::{wait_for, wait_until};

/// What came after message `arguments[0]`: answers and lines of KakaoTalk itself, and whether the bot is still typing.
const ANSWER: &str = r#"
    const after = arguments[0];
    const messages = [...document.querySelectorAll(".message[data-seq]")].filter((m) => Number(m.dataset.seq) > after);
    const texts = (role) => messages.filter((m) => m.dataset.role === role).map((m) => m.innerText);
    return {
        typing: Boolean(document.querySelector("[data-typing]")),
        answers: texts("bot"),
        problems: texts("system"),
    };
"#;
/// Labels of the shortcuts under the newest answer.
const SHORTCUTS: &str = r#"
    return [...document.querySelectorAll(".quick [data-quick]")].map((control) => control.dataset.quick);
"#;
const LAST_SEQ: &str = r#"
    return Math.max(0, ...[...document.querySelectorAll(".message[data-seq]")].map((m) => Number(m.dataset.seq)));
"#;
/// The messages of the role `arguments[0]`.
const OF_ROLE: &str = r#"
    return [...document.querySelectorAll(`.message[data-role="${arguments[0]}"]`)].map((m) => m.innerText);
"#;
/// Shows the end of the chat, and says whether everything has come to rest.
const SETTLE: &str = r#"
    const talk = document.getElementById("talk");
    talk.scrollTop = talk.scrollHeight;
    // In a page behind another one what moves stands still, so it is brought to its end. What goes on for ever is waited for.
    const moves = document.getAnimations();
    moves.filter((a) => a.effect.getTiming().iterations !== Infinity).forEach((a) => a.finish());
    const resting = moves.every((a) => a.playState !== "running");
    return resting && document.fonts.status === "loaded" && [...document.images].every((image) => image.complete || image.loading === "lazy");
"#;

pub struct ChatPage<'a> {
    client: &'a Client,
    window: WindowHandle,
}

impl<'a> ChatPage<'a> {
    /// Opens the chat of one customer (`c1`, `c2` …).
    pub async fn open(browser: &'a Browser, sandbox: &str, customer: &str) -> Result<Self> {
        let client = browser.client();
        client.goto(&format!("{sandbox}/chat/{customer}")).await?;
        let page = Self { client, window: client.window().await? };
        wait_until("the chat page has drawn the customer's chat", async || {
            let who = client.find(Locator::Css("#who")).await?.text().await?;
            Ok(!who.is_empty())
        })
        .await?;
        Ok(page)
    }

    /// Taps a button that opens KakaoPay in a tab of its own.
    pub async fn pay(&self, label: &str) -> Result<KakaoPayPage<'a>> {
        self.follow(label).await?;
        KakaoPayPage::here(self.client).await
    }

    /// Taps a button that opens a page in a tab of its own; what the page says.
    pub async fn follow(&self, label: &str) -> Result<String> {
        let before = self.client.windows().await?;
        self.newest(label).await?.click().await?;
        let tab = wait_for(&format!("{label:?} opens a page"), async || {
            let open = self.client.windows().await?;
            Ok(open.into_iter().find(|tab| !before.contains(tab)))
        })
        .await?;
        self.client.switch_to_window(tab).await?;
        wait_for("the page says something", async || {
            let text = self.client.find(Locator::Css("body")).await?.text().await?;
            Ok((!text.is_empty()).then_some(text))
        })
        .await
    }

    /// Comes back to the chat from another tab.
    pub async fn back(&self) -> Result<()> {
        Ok(self.client.switch_to_window(self.window.clone()).await?)
    }

    /// Waits until an AlimTalk with these words is in the chat; its whole text.
    pub async fn wait_for_alimtalk(&self, words: &str) -> Result<String> {
        self.wait_for_message("alimtalk", words).await
    }

    /// Waits until a short message with these words came; its whole text.
    pub async fn wait_for_short_message(&self, words: &str) -> Result<String> {
        self.wait_for_message("sms", words).await
    }

    async fn wait_for_message(&self, role: &str, words: &str) -> Result<String> {
        wait_for(&format!("a message with {words:?} of {role} is in the chat"), async || {
            let all = self.client.execute(OF_ROLE, vec![json!(role)]).await?;
            let texts = all.as_array().context("the page lists no messages")?;
            let found = texts.iter().filter_map(|text| text.as_str()).find(|text| text.contains(words));
            Ok(found.map(str::to_owned))
        })
        .await
    }

    /// Blocks the channel, as somebody does who wants no messages: from then on no AlimTalk is delivered.
    pub async fn block_channel(&self) -> Result<()> {
        self.client.find(Locator::Id("block")).await?.click().await?;
        wait_until("the channel is blocked", async || {
            let button = self.client.find(Locator::Id("block")).await?;
            Ok(button.attr("aria-pressed").await?.as_deref() == Some("true"))
        })
        .await
    }

    /// The shortcuts under the newest answer.
    pub async fn shortcuts(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.client.execute(SHORTCUTS, Vec::new()).await?)?)
    }

    /// Scrolls to the end, ready for a picture.
    pub async fn settle(&self) -> Result<()> {
        wait_until("the chat page is drawn", async || {
            Ok(self.client.execute(SETTLE, Vec::new()).await?.as_bool() == Some(true))
        })
        .await
    }

    /// The newest control with this label that can be tapped.
    async fn newest(&self, label: &str) -> Result<Element> {
        let quoted = label.replace('\\', "\\\\").replace('"', "\\\"");
        let css = format!(r#"#messages [data-action][data-label="{quoted}"]"#);
        let found = self.client.find_all(Locator::Css(&css)).await?;
        match found.into_iter().last() {
            Some(control) => Ok(control),
            None => {
                let seen = self.client.find(Locator::Id("messages")).await?.text().await?;
                bail!("nothing in the chat can be tapped as {label:?}; the chat shows:\n{seen}")
            }
        }
    }

    /// Does something and waits for the answer to it.
    async fn answered(&self, what: &str, act: impl AsyncFnOnce() -> Result<()>) -> Result<String> {
        let before = self.client.execute(LAST_SEQ, Vec::new()).await?;
        act().await?;
        let arguments = vec![before];
        let told = wait_for(&format!("the chatbot answers {what}"), async || {
            let told = self.client.execute(ANSWER, arguments.clone()).await?;
            let some = |key: &str| told[key].as_array().is_some_and(|texts| !texts.is_empty());
            let done = told["typing"] == json!(false) && (some("answers") || some("problems"));
            Ok(done.then_some(told))
        })
        .await?;
        let texts = |key: &str| -> Vec<&str> {
            told[key].as_array().into_iter().flatten().filter_map(|text| text.as_str()).collect()
        };
        if !texts("problems").is_empty() {
            bail!("after {what} KakaoTalk says: {}", texts("problems").join("\n"));
        }
        Ok(texts("answers").join("\n"))
    }
}

impl Chat for ChatPage<'_> {
    async fn start(&self) -> Result<String> {
        self.answered("the first visit", async || {
            Ok(self.client.find(Locator::Css("[data-start], #restart")).await?.click().await?)
        })
        .await
    }

    async fn say(&self, text: &str) -> Result<String> {
        self.answered(text, async || {
            self.client.find(Locator::Id("text")).await?.send_keys(text).await?;
            Ok(self.client.find(Locator::Id("send")).await?.click().await?)
        })
        .await
    }

    async fn tap(&self, label: &str) -> Result<String> {
        self.answered(label, async || Ok(self.newest(label).await?.click().await?)).await
    }
}
