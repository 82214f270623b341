//! The counter's page, in the window or in a browser in front of `counter ui`.

mod confirming;
mod day;
mod keyboard;
mod looks;

pub use looks::{LOOKS, Look, USUAL};

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};

use crate::wait::{wait_for, wait_until};

const LANES: &str = r#"
    const numbers = (lane) => [...document.querySelectorAll(`[data-testid="lane-${lane}"] [data-testid^="card-"]`)]
        .map((card) => card.dataset.testid.slice("card-".length));
    return ["fresh", "cooking", "ready", "done"].map(numbers);
"#;
/// Every movement that has an end comes to it.
const REST: &str = r#"
    document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).forEach((a) => a.finish());
"#;
const FONTS_LOADED: &str = r#"return document.fonts.status === "loaded";"#;

/// A second press at the same place that comes sooner counts as a double tap: `SAME_PRESS_MS` of the window.
const SAME_PRESS: Duration = Duration::from_millis(350);

/// Where an order stands on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Fresh,
    Cooking,
    Ready,
    Done,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Cooking => "cooking",
            Self::Ready => "ready",
            Self::Done => "done",
        }
    }
}

/// Order numbers as the lanes show them, top first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lanes {
    pub fresh: Vec<String>,
    pub cooking: Vec<String>,
    pub ready: Vec<String>,
    pub done: Vec<String>,
}

#[derive(Clone, Copy)]
pub struct CounterPage<'a> {
    client: &'a Client,
}

impl<'a> CounterPage<'a> {
    pub fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Signs in, taking the counter over from whoever holds it, and waits until the counter is connected.
    pub async fn sign_in(&self, server: &str, login: &str, password: &str) -> Result<()> {
        self.fill_in(server, login, password).await?;
        self.press("sign-in-submit").await?;
        wait_until("the sign-in is answered", async || {
            if let Ok(problem) = self.find("sign-in-problem").await {
                bail!("the sign-in says: {}", problem.text().await?);
            }
            if self.find("sign-in-held").await.is_ok() {
                self.press("sign-in-take-over").await?;
            }
            Ok(self.find("link-light").await.is_ok())
        })
        .await?;
        self.wait_until_connected().await
    }

    /// Waits until the page is drawn; whether somebody is signed in already.
    pub async fn is_signed_in(&self) -> Result<bool> {
        wait_for("the counter's page shows a screen", async || {
            let counter = self.find("link-light").await.is_ok();
            let form = self.find("sign-in-submit").await.is_ok();
            Ok((counter || form).then_some(counter))
        })
        .await
    }

    /// Writes into the sign-in form.
    pub async fn fill_in(&self, server: &str, login: &str, password: &str) -> Result<()> {
        let address = self.wait_for("sign-in-server").await?;
        if !address.is_displayed().await? {
            self.press("sign-in-server-settings").await?;
        }
        for (field, text) in
            [("sign-in-server", server), ("sign-in-login-id", login), ("sign-in-password", password)]
        {
            let field = self.find(field).await?;
            field.clear().await?;
            field.send_keys(text).await?;
        }
        Ok(())
    }

    /// The link light is green: a number went through the server and came back.
    pub async fn wait_until_connected(&self) -> Result<()> {
        wait_until("the link light is green", async || {
            Ok(self.find("link-light").await?.attr("data-light").await?.as_deref() == Some("green"))
        })
        .await
    }

    /// Waits until this order is in this lane; what its card says.
    pub async fn wait_for_card(&self, lane: Lane, number: &str) -> Result<String> {
        let what = format!("order {number} is in the lane {}", lane.name());
        wait_for(&what, async || Ok(Some(self.card(lane, number).await?.text().await?))).await
    }

    /// Waits until the page says that nobody answers.
    pub async fn wait_until_offline(&self) -> Result<()> {
        wait_until("the page says that the server cannot be reached", async || {
            let light = self.find("link-light").await?;
            Ok(light.attr("data-cause").await?.as_deref() == Some("server_unreachable"))
        })
        .await
    }

    /// Waits until the page predicts so, whatever the server will say.
    pub async fn wait_for_prediction(&self, lane: Lane, number: &str, state: &str) -> Result<()> {
        wait_until(&format!("order {number} is shown as {state}, not yet confirmed"), async || {
            let card = self.card(lane, number).await?;
            let shown = card.attr("data-state").await?;
            Ok(shown.as_deref() == Some(state)
                && card.attr("data-provisional").await?.as_deref() == Some("true"))
        })
        .await
    }

    /// Waits until this order is shown so, confirmed or not.
    pub async fn wait_until_shown(&self, lane: Lane, number: &str, state: &str) -> Result<()> {
        wait_until(&format!("order {number} is shown as {state}"), async || {
            Ok(self.card(lane, number).await?.attr("data-state").await?.as_deref() == Some(state))
        })
        .await
    }

    /// Waits until this order is in this lane in this state, and the server knows of it.
    pub async fn wait_for_state(&self, lane: Lane, number: &str, state: &str) -> Result<()> {
        wait_until(&format!("order {number} is {state}, confirmed by the server"), async || {
            let card = self.card(lane, number).await?;
            let shown = card.attr("data-state").await?;
            let provisional = card.attr("data-provisional").await?;
            Ok(shown.as_deref() == Some(state) && provisional.as_deref() != Some("true"))
        })
        .await
    }

    /// The state of an order wherever it stands on the page.
    pub async fn state_of(&self, number: &str) -> Result<Option<String>> {
        let card = self.client.find(Locator::Css(&by_id(&format!("card-{number}")))).await?;
        Ok(card.attr("data-state").await?)
    }

    pub async fn is_ringing(&self, number: &str) -> Result<bool> {
        let card = self.card(Lane::Fresh, number).await?;
        Ok(card.attr("data-ringing").await?.as_deref() == Some("true"))
    }

    /// Accepts with this promise; only the first and the selected card offer the minutes.
    pub async fn accept(&self, number: &str, minutes: u32) -> Result<()> {
        self.press_on_card(Lane::Fresh, number, &format!("prep-{minutes}")).await?;
        self.press_on_card(Lane::Fresh, number, "accept").await
    }

    pub async fn start_cooking(&self, number: &str) -> Result<()> {
        self.press_on_card(Lane::Cooking, number, "cooking").await
    }

    pub async fn ready(&self, number: &str) -> Result<()> {
        self.press_on_card(Lane::Cooking, number, "ready").await
    }

    pub async fn hand_over(&self, number: &str) -> Result<()> {
        self.press_on_card(Lane::Ready, number, "hand-over").await
    }

    /// Opens the question and chooses; `reason` as the wire says it, such as `sold_out`.
    pub async fn ask_to_reject(&self, number: &str, reason: &str) -> Result<()> {
        self.press_on_card(Lane::Fresh, number, "reject").await?;
        self.press_when_there(&format!("reject-reason-{reason}")).await
    }

    pub async fn confirm_reject(&self) -> Result<()> {
        self.press("reject-confirm").await
    }

    /// The same for an accepted order, from its details.
    pub async fn ask_to_cancel(&self, number: &str, reason: &str) -> Result<()> {
        self.open(Lane::Cooking, number).await?;
        self.press_when_there("cancel").await?;
        self.press_when_there(&format!("cancel-reason-{reason}")).await
    }

    pub async fn confirm_cancel(&self) -> Result<()> {
        self.press("cancel-confirm").await
    }

    /// Opens an order's details; what they say.
    pub async fn open(&self, lane: Lane, number: &str) -> Result<String> {
        self.card(lane, number).await?.find(Locator::Css("[data-open-order]")).await?.click().await?;
        Ok(self.wait_for("order-detail").await?.text().await?)
    }

    pub async fn close_details(&self) -> Result<()> {
        self.press("detail-close").await
    }

    pub async fn lanes(&self) -> Result<Lanes> {
        let found = self.client.execute(LANES, Vec::new()).await?;
        let lane = |index: usize| -> Result<Vec<String>> {
            let numbers = found[index].as_array().context("the page has no lanes")?;
            Ok(numbers.iter().filter_map(|number| number.as_str()).map(str::to_owned).collect())
        };
        Ok(Lanes { fresh: lane(0)?, cooking: lane(1)?, ready: lane(2)?, done: lane(3)? })
    }

    /// Ready for a picture.
    pub async fn settle(&self) -> Result<()> {
        wait_until("the letters are loaded", async || {
            Ok(self.client.execute(FONTS_LOADED, Vec::new()).await?.as_bool() == Some(true))
        })
        .await?;
        self.client.execute(REST, Vec::new()).await.map(drop).map_err(Into::into)
    }

    async fn card(&self, lane: Lane, number: &str) -> Result<Element> {
        let css = format!(r#"[data-testid="lane-{}"] [data-testid="card-{number}"]"#, lane.name());
        Ok(self.client.find(Locator::Css(&css)).await?)
    }

    /// A card is drawn anew when its order changes, so the search is part of the press.
    async fn press_on_card(&self, lane: Lane, number: &str, button: &str) -> Result<()> {
        wait_until(&format!("{button} was pressed on order {number}"), async || {
            let card = self.card(lane, number).await?;
            card.find(Locator::Css(&by_id(button))).await?.click().await?;
            Ok(true)
        })
        .await?;
        take_the_finger_away().await
    }

    async fn press(&self, id: &str) -> Result<()> {
        Ok(self.find(id).await?.click().await?)
    }

    async fn find(&self, id: &str) -> Result<Element> {
        Ok(self.client.find(Locator::Css(&by_id(id))).await?)
    }

    async fn wait_for(&self, id: &str) -> Result<Element> {
        wait_for(&format!("{id} is on the page"), async || Ok(Some(self.find(id).await?))).await
    }
}

/// Until the page takes the next press at the same place for a decision, not for half of a double tap.
async fn take_the_finger_away() -> Result<()> {
    let pressed = Instant::now();
    wait_until("the next press is one of its own", async || Ok(pressed.elapsed() > SAME_PRESS)).await
}

fn by_id(id: &str) -> String {
    format!(r#"[data-testid="{id}"]"#)
}
