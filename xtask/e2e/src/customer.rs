//! A customer without a browser page: chats through the sandbox's `/control/chat`, pays by following the same links.

use anyhow::{Context, Result, bail, ensure};
use reqwest::header::{LOCATION, USER_AGENT};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::chat::Chat;
use crate::http;
use crate::keys::BLOCK_ID;
use crate::ordering::{self, MANGWON};
use crate::sandbox::{self, Sandbox};

/// Phones get KakaoPay's mobile page.
const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                     Mobile Safari/537.36 KAKAOTALK 11.0.0";
/// From the button to KakaoPay's page, or from there to the outcome.
const MOST_REDIRECTS: usize = 5;

#[derive(Clone)]
pub struct Customer {
    pub id: String,
    pub phone: String,
    chat: String,
}

impl Customer {
    pub async fn new(sandbox: &Sandbox) -> Result<Self> {
        let (id, phone) = sandbox::new_customer(&sandbox.url).await?;
        let chat = format!("{}/control/chat/{id}", sandbox.url);
        Ok(Self { id, phone, chat })
    }

    /// Chats with the tests' store from the first hello to the pay button; the address behind it.
    pub async fn order(&self) -> Result<String> {
        ordering::fill_and_place(self, &MANGWON, &self.phone).await?;
        self.link(ordering::PAY).await
    }

    /// Orders one thing without options at a store, as somebody in a hurry does; the address behind the pay button.
    pub async fn order_one(&self, store: &str, item: &str) -> Result<String> {
        let choice = json!({ "a": "item", "s": store, "i": item });
        let button = json!({ "block": BLOCK_ID, "utterance": "메뉴", "extra": choice });
        self.act("tap", button).await?;
        self.tap("담기").await?;
        self.tap("주문하기").await?;
        self.say(&self.phone).await?;
        self.link(ordering::PAY).await
    }

    /// Asks for the order's status, and pays with the button that comes with it.
    pub async fn pay_from_status(&self) -> Result<Page> {
        self.say("주문 상태").await?;
        let link = self.link(ordering::PAY).await?;
        browse(&self.open_pay_link(&link).await?.confirm().await?).await
    }

    /// The address behind the newest button with this label.
    pub async fn link(&self, label: &str) -> Result<String> {
        let answer = http::post(&format!("{}/tap", self.chat), &json!({ "label": label })).await?;
        let url = answer["open_url"].as_str();
        Ok(url.with_context(|| format!("{label:?} opens no page: {answer}"))?.to_owned())
    }

    /// Opens the pay link as a phone's browser would: KakaoPay's page.
    pub async fn open_pay_link(&self, link: &str) -> Result<PayPage> {
        let page = browse(link).await?;
        ensure!(page.html.contains("pay-money"), "{} is not KakaoPay's page:\n{}", page.url, page.html);
        Ok(PayPage { url: page.url })
    }

    async fn act(&self, what: &str, body: Value) -> Result<String> {
        let answer = http::post(&format!("{}/{what}", self.chat), &body).await?;
        let shown = answer["outcome"].as_str();
        ensure!(
            shown == Some("rendered") && answer["violations"].as_array().is_none_or(Vec::is_empty),
            "after {what} {body} KakaoTalk would show no proper answer: {answer:#}"
        );
        let messages = answer["messages"].as_array().context("the answer has no messages")?;
        let of_bot = messages.iter().filter(|message| message["role"] == "bot");
        Ok(of_bot.map(words).collect::<Vec<_>>().join("\n"))
    }
}

impl Chat for Customer {
    async fn start(&self) -> Result<String> {
        self.act("start", json!({})).await
    }

    async fn say(&self, text: &str) -> Result<String> {
        self.act("send", json!({ "text": text })).await
    }

    async fn tap(&self, label: &str) -> Result<String> {
        self.act("tap", json!({ "label": label })).await
    }
}

/// KakaoPay's page, open in the customer's browser.
pub struct PayPage {
    url: String,
}

impl PayPage {
    /// Confirms with KakaoPay money; the address that the browser is sent to. Nothing is captured before it goes there.
    pub async fn confirm(&self) -> Result<String> {
        let request = http::client().post(&self.url).form(&[("choice", "money")]);
        let answer = as_phone(request).send().await?;
        match redirect(&answer) {
            Some(url) => Ok(url),
            None => bail!("KakaoPay's page answered with {}", answer.text().await?),
        }
    }
}

/// A page after all redirects.
#[derive(Debug)]
pub struct Page {
    pub url: String,
    pub status: StatusCode,
    pub html: String,
}

/// Goes where a phone's browser would end up.
pub async fn browse(url: &str) -> Result<Page> {
    let mut url = url.to_owned();
    for _ in 0..MOST_REDIRECTS {
        let answer = as_phone(http::client().get(&url)).send().await?;
        match redirect(&answer) {
            Some(next) => url = next,
            None => return Ok(Page { url, status: answer.status(), html: answer.text().await? }),
        }
    }
    bail!("{url} is still a redirect after {MOST_REDIRECTS} of them")
}

fn as_phone(request: RequestBuilder) -> RequestBuilder {
    request.header(USER_AGENT, PHONE)
}

fn redirect(answer: &reqwest::Response) -> Option<String> {
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    answer.status().is_redirection().then(|| answer.url().join(location).ok()).flatten().map(String::from)
}

/// Every text of a bubble, whatever component it is.
fn words(message: &Value) -> String {
    let mut found = Vec::new();
    collect(&message["content"], &mut found);
    found.join("\n")
}

fn collect(value: &Value, found: &mut Vec<String>) {
    const SHOWN: [&str; 5] = ["text", "title", "description", "label", "name"];
    match value {
        Value::Array(list) => list.iter().for_each(|part| collect(part, found)),
        Value::Object(fields) => {
            for (key, part) in fields {
                match part {
                    Value::String(text) if SHOWN.contains(&key.as_str()) => found.push(text.clone()),
                    Value::Array(_) | Value::Object(_) => collect(part, found),
                    Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
                }
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}
