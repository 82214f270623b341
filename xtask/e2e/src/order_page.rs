//! The customer's live order page, in the tab that is in front.

use anyhow::{Result, ensure};
use fantoccini::Client;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use crate::wait::{wait_for, wait_until};

/// A phone's screen, in points.
const PHONE: (u32, u32) = (430, 932);
/// A mark that a page loses when it is loaded anew.
const MARK: &str = "window.onlyOnce = true;";
const KEPT: &str = "return window.onlyOnce === true && document.body.innerText.includes(arguments[0]);";
/// Whether nothing reaches beyond the screen's sides.
const FITS: &str = "return document.documentElement.scrollWidth <= document.documentElement.clientWidth;";

pub struct OrderPage<'a> {
    client: &'a Client,
    tab: WindowHandle,
}

impl<'a> OrderPage<'a> {
    /// The tab that is in front, made as narrow as a phone.
    pub async fn here(client: &'a Client) -> Result<Self> {
        client.set_window_size(PHONE.0, PHONE.1).await?;
        client.execute(MARK, Vec::new()).await?;
        Ok(Self { client, tab: client.window().await? })
    }

    /// Comes back from another tab.
    pub async fn front(&self) -> Result<()> {
        Ok(self.client.switch_to_window(self.tab.clone()).await?)
    }

    /// Waits until the page says this without having been loaded anew.
    pub async fn wait_for(&self, words: &str) -> Result<()> {
        wait_until(&format!("the live page says {words:?} by itself"), async || {
            let kept = self.client.execute(KEPT, vec![json!(words)]).await?;
            if kept != Value::Bool(true) {
                anyhow::bail!("it says: {}", self.text().await?);
            }
            Ok(true)
        })
        .await
    }

    /// Everything that can be read.
    pub async fn text(&self) -> Result<String> {
        let text = self.client.execute("return document.body.innerText;", Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// What a screen reader was told last.
    pub async fn spoken(&self) -> Result<String> {
        let text =
            self.client.execute("return document.getElementById('say').textContent;", Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// The receipt, opened.
    pub async fn receipt(&self) -> Result<String> {
        let open = "const r = document.getElementById('receipt'); if (!r) return null; r.open = true; return r.innerText;";
        wait_for("the receipt is on the page", async || {
            Ok(self.client.execute(open, Vec::new()).await?.as_str().map(str::to_owned))
        })
        .await
    }

    /// Letters of twice the size, and back: nothing may be cut off at the sides.
    pub async fn fits_with_letters_of(&self, percent: u32) -> Result<()> {
        let size = "document.documentElement.style.fontSize = arguments[0];";
        self.client.execute(size, vec![json!(format!("{percent}%"))]).await?;
        let fits = self.client.execute(FITS, Vec::new()).await?;
        ensure!(fits == Value::Bool(true), "with letters of {percent} % the page is wider than the screen");
        Ok(())
    }
}
