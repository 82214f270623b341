//! KakaoPay's page in the customer's browser, as the sandbox draws it.

use anyhow::Result;
use fantoccini::{Client, Locator};

use crate::wait::wait_until;

/// Addresses of the payment page begin so; the shop's do not.
const KAKAO_PAY: &str = "/mockup/";

pub struct KakaoPayPage<'a> {
    client: &'a Client,
}

impl<'a> KakaoPayPage<'a> {
    /// Waits until the tab that is in front shows it.
    pub async fn here(client: &'a Client) -> Result<Self> {
        wait_until("KakaoPay's page is open", async || {
            Ok(client.find(Locator::Id("pay-money")).await?.is_displayed().await?)
        })
        .await?;
        Ok(Self { client })
    }

    /// What will be paid, as shown.
    pub async fn amount(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("[data-amount]")).await?.text().await?)
    }

    /// Pays with KakaoPay money; returns on the shop's page about the outcome, with its text.
    pub async fn pay_with_money(self) -> Result<String> {
        self.press("pay-money").await
    }

    /// Quits; returns on the shop's page.
    pub async fn cancel(self) -> Result<String> {
        self.press("pay-cancel").await
    }

    async fn press(&self, button: &str) -> Result<String> {
        self.client.find(Locator::Id(button)).await?.click().await?;
        wait_until("the browser is back at the shop", async || {
            let url = self.client.current_url().await?;
            Ok(!url.path().starts_with(KAKAO_PAY) && self.client.find(Locator::Css("body")).await.is_ok())
        })
        .await?;
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }
}
