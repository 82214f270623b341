//! A new PC at the counter is let in by the old one, the owner's laptop by a code of the owner's app.

use anyhow::{Result, ensure};
use e2e::counter_page::CounterPage;
use e2e::world::{LOGIN, PASSWORD};

use crate::{COUNTER, Day, open};

impl Day<'_> {
    /// Begins at the old PC and ends at the new one.
    pub async fn a_new_device(&mut self) -> Result<()> {
        let server = self.wire.url();
        self.pictures("sign-in").await?;
        let page = self.page();
        page.press_when_there("sign-in-mode-claim").await?;
        self.pictures("claim").await?;
        page.press_when_there("sign-in-mode-sign-in").await?;
        page.sign_in(&server, LOGIN, PASSWORD).await?;
        page.wait_for_day("open").await?;
        page.go("people").await?;
        let app = page.begin_second_factor(PASSWORD).await?;
        self.pictures("second-factor").await?;
        page.finish_second_factor(&app).await?;
        self.pictures("recovery-codes").await?;
        page.press_when_there("recovery-done").await?;
        page.home().await?;

        let new = open(self.world, COUNTER, &server).await?;
        let there = CounterPage::new(new.client());
        let number = there.sign_in_and_wait(&server, LOGIN, PASSWORD).await?;
        page.wait_until_there("device-request-strip").await?;
        self.picture("somebody-asks").await?;
        page.press_when_there("device-request-show").await?;
        self.pictures("device-asks").await?;
        let old = std::mem::replace(&mut self.window, new);
        self.pictures("waits-to-be-let-in").await?;
        let page = CounterPage::new(old.client());
        page.let_in(&number).await?;
        let there = self.page();
        there.wait_until_there("sign-in-held").await?;
        self.pictures("old-counter-is-there").await?;
        there.take_over().await?;
        let told = page.wait_until_signed_out().await?;
        ensure!(!told.is_empty());
        self.picture_of(&old, "old-counter-is-told").await?;
        drop(old);

        let laptop = open(self.world, "laptop", &server).await?;
        let there = CounterPage::new(laptop.client());
        there.is_signed_in().await?;
        there.press_when_there("sign-in-kind-viewer").await?;
        there.sign_in_and_wait(&server, LOGIN, PASSWORD).await?;
        ensure!(!there.send_code("000000").await?, "a wrong code lets a device in");
        self.picture_of(&laptop, "wrong-code").await?;
        ensure!(there.send_code(&app.code(1)?).await?, "the right code does not let the device in");
        there.wait_until_there("read-only").await?;
        self.picture_of(&laptop, "laptop-looks-on").await?;
        drop(laptop);
        self.page().wait_until_connected().await
    }
}
