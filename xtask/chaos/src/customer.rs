//! A customer in a storm: taps again when the chatbot does not answer, reloads the page when the browser shows an error.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use e2e::keys::BLOCK_ID;
use e2e::ordering::PAY;
use e2e::sandbox::new_customer;
use reqwest::header::{LOCATION, USER_AGENT};
use reqwest::{Client, redirect};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::tally::Tally;

const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 \
                     Mobile Safari/537.36 KAKAOTALK 11.0.0";
/// Longer than the API makes a browser wait for an approval.
const PAGE_LIMIT: Duration = Duration::from_secs(15);
/// How long somebody wants to order before they go elsewhere.
const HUNGER: Duration = Duration::from_secs(60);
/// How often a page is reloaded.
const RELOADS: usize = 6;
/// How often the same is tapped before starting over.
const TAPS: usize = 4;
/// How the chatbot says that an earlier payment has to be known first.
const CHECKING: &str = "결제 결과를 확인하고 있어요";
/// How the chatbot says that it cannot answer right now.
const TROUBLE: &str = "지금은 답을 드리기 어려워요";
const MOST_REDIRECTS: usize = 5;
const BREATH: Duration = Duration::from_millis(300);
/// Answers of KakaoTalk that say "the skill server did not answer", not "its answer was wrong".
const NO_ANSWER: [&str; 3] = ["skill.timeout", "skill.connection", "skill.http"];

/// What a customer orders, and from whom.
#[derive(Debug, Clone)]
pub struct Shelf {
    pub store_id: String,
    pub item: &'static str,
}

pub struct Customer {
    sandbox: String,
    browser: Client,
    id: String,
    phone: String,
    tally: Tally,
}

/// A browser that goes where it is sent only by us.
pub fn browser() -> Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client =
        Client::builder().redirect(redirect::Policy::none()).no_proxy().timeout(PAGE_LIMIT).build()?;
    Ok(client)
}

impl Customer {
    pub async fn arrive(sandbox: &str, browser: &Client, tally: &Tally) -> Result<Self> {
        let (id, phone) = new_customer(sandbox).await?;
        Ok(Self { sandbox: sandbox.to_owned(), browser: browser.clone(), id, phone, tally: tally.clone() })
    }

    /// Chats until there is a button to pay; the address behind it. Nobody waits for an earlier payment that is in doubt.
    pub async fn order(&self, shelf: &Shelf, request: Option<&str>) -> Result<String> {
        let started = Instant::now();
        loop {
            match self.try_to_order(shelf, request).await {
                Ok(link) => return Ok(link),
                Err(error) if error.to_string().contains(CHECKING) => return Err(error),
                Err(error) if started.elapsed() > HUNGER => return Err(error.context("went elsewhere")),
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }

    async fn try_to_order(&self, shelf: &Shelf, request: Option<&str>) -> Result<String> {
        let item = json!({ "a": "item", "s": shelf.store_id, "i": shelf.item });
        self.chat("tap", &json!({ "block": BLOCK_ID, "utterance": "메뉴", "extra": item })).await?;
        self.tap("담기").await?;
        if let Some(request) = request {
            self.tap("요청사항 쓰기").await?;
            self.say(request).await?;
        }
        let mut answer = self.tap("주문하기").await?;
        if answer.contains("휴대전화") {
            answer = self.say(&self.phone).await?;
        }
        if !answer.contains(PAY) {
            bail!("no button to pay in {answer}");
        }
        let opened = self.chat("tap", &json!({ "label": PAY })).await?;
        opened["open_url"].as_str().map(str::to_owned).context("the button to pay opens nothing")
    }

    /// Asks for the newest order and cancels it, if that is still offered.
    pub async fn cancel(&self) -> Result<()> {
        self.say("주문 상태").await?;
        self.tap("주문 취소").await?;
        self.tap("네, 취소할게요").await.map(drop)
    }

    async fn say(&self, text: &str) -> Result<String> {
        Ok(self.chat("send", &json!({ "text": text })).await?["messages"].to_string())
    }

    async fn tap(&self, label: &str) -> Result<String> {
        Ok(self.chat("tap", &json!({ "label": label })).await?["messages"].to_string())
    }

    /// What is tapped or said once more when no good answer comes, as people do: buttons of older answers stay.
    async fn chat(&self, what: &str, body: &Value) -> Result<Value> {
        let mut last = None;
        for _ in 0..TAPS {
            match self.chat_once(what, body).await {
                Ok(answer) => return Ok(answer),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(BREATH).await;
        }
        Err(last.context("not even tried")?)
    }

    async fn chat_once(&self, what: &str, body: &Value) -> Result<Value> {
        let url = format!("{}/control/chat/{}/{what}", self.sandbox, self.id);
        let answer = self.browser.post(url).json(body).send().await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        if !status.is_success() {
            bail!("nothing to tap: {answer}");
        }
        if let Some(rule) = answer["failure"].as_str() {
            self.tally.count(&format!("chat: {rule}"));
            if !NO_ANSWER.contains(&rule) {
                self.tally
                    .find(format!("KakaoTalk would not show an answer ({rule}): {}", answer["violations"]));
            }
            bail!("no answer: {rule}");
        }
        if answer["messages"].to_string().contains(TROUBLE) {
            self.tally.count("chat: trouble");
            bail!("the chatbot asks to come back later");
        }
        Ok(answer)
    }

    /// Opens the pay link; KakaoPay's page.
    pub async fn open(&self, link: &str) -> Result<String> {
        let page = self.browse(link).await?;
        if page.url.starts_with(&self.sandbox) {
            Ok(page.url)
        } else {
            bail!("no payment page but {}", page.url)
        }
    }

    /// Confirms at KakaoPay; the address that the browser is sent back to.
    pub async fn confirm(&self, page: &str) -> Result<String> {
        let answer = self.browser.post(page).header(USER_AGENT, PHONE).form(&[("choice", "money")]);
        location(&answer.send().await?).context("KakaoPay's page leads nowhere")
    }

    /// Goes where the browser ends up, and reloads what does not come.
    pub async fn browse(&self, url: &str) -> Result<Page> {
        let mut last = None;
        for _ in 0..RELOADS {
            match self.follow(url).await {
                Ok(page) => return Ok(page),
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(BREATH).await;
        }
        self.tally.count("page: never came");
        Err(last.context("not even tried")?)
    }

    async fn follow(&self, url: &str) -> Result<Page> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let answer = self.browser.get(&url).header(USER_AGENT, PHONE).send().await?;
            match location(&answer) {
                Some(next) => url = next,
                None if answer.status().is_server_error() => {
                    self.tally.count(&format!("page: {}", answer.status().as_u16()));
                    bail!("{url} answered {}", answer.status());
                }
                None => return Ok(Page { url }),
            }
        }
        bail!("{url} is still a redirect after {MOST_REDIRECTS} of them")
    }
}

/// Where a browser ended up.
pub struct Page {
    pub url: String,
}

fn location(answer: &reqwest::Response) -> Option<String> {
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    answer.status().is_redirection().then(|| answer.url().join(location).ok()).flatten().map(String::from)
}
