//! A whole business day in the real window: a new device that has to be let in, orders of all fates, something sold out, a break, a long
//! internet cut with work done and the power gone in the middle of it, closing while somebody pays, the certificate, and the next morning.
//! Every screen is kept as a picture in both languages and both themes, and looked at: nothing cut off, left in Korean or too faint.

mod closing;
mod keys;
mod new_device;
mod offline;
mod pages;
mod rush;

use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use e2e::World;
use e2e::counter::journal_equals_log;
use e2e::counter_page::{CounterPage, LOOKS, Lane, Look};
use e2e::customer::{Customer, browse};
use e2e::display::Display;
use e2e::pictures::Pictures;
use e2e::window::{Setup, Window};
use e2e::world::own_words;
use fault_proxy::Proxy;
use shared::order::call_name;

/// The counter's folder and its data, below the world's own.
const COUNTER: &str = "new";
/// More orders than the day has.
const CALL_NAMES: u32 = 20;

struct Day<'a> {
    world: &'a World,
    wire: &'a Proxy,
    window: Window,
    pictures: Pictures,
    /// What the store itself wrote, which is in Korean whatever the window speaks.
    own_words: Vec<String>,
    /// What is wrong with the pictures.
    ugly: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_worked_and_closed_with_proof() -> Result<()> {
    let world = World::start("a_day_with_a_window").await?;
    let wire = world.wire()?;
    let mut own_words = own_words()?;
    own_words.extend((1..CALL_NAMES).map(call_name));
    let (pictures, ugly) = (Pictures::new("day-")?, Mutex::default());
    let window = open(&world, "old", &world.api.url).await?;
    let mut day = Day { world: &world, wire: &wire, window, pictures, own_words, ugly };
    if let Err(error) = day.is_lived().await {
        // Whether it can be taken or not, why it stopped is what counts.
        day.picture_of(&day.window, "where-it-stopped").await.ok();
        return Err(error);
    }
    journal_equals_log(&day.window.data, &world.store.store_id, &world.database.pool).await?;
    let ugly = day.ugly.into_inner().ok().context("no picture panicked")?;
    drop(day.window);
    ensure!(ugly.is_empty(), "the pictures show what should not be:\n{}", ugly.join("\n"));
    world.close().await
}

/// A window with a folder and data of its own, or of the window before it with this name.
async fn open(world: &World, name: &str, server: &str) -> Result<Window> {
    let (folder, data) = (world.folder(&format!("{name}-pc"))?, world.folder(&format!("{name}-data"))?);
    // Of its own: the pictures of one window show nothing of another.
    let display = Display::own(&folder, &world.log(&format!("{name}-xvfb"))).await?;
    Window::open(&Setup { folder: &folder, data: &data, api: server, logs: world.logs() }, display).await
}

impl Day<'_> {
    async fn is_lived(&mut self) -> Result<()> {
        self.a_new_device().await?;
        self.everything_by_keyboard().await?;
        self.orders_of_all_fates().await?;
        self.a_break().await?;
        self.a_long_time_without_a_line().await?;
        self.every_page().await?;
        self.closing_while_somebody_pays().await?;
        self.the_next_morning().await
    }

    fn page(&self) -> CounterPage<'_> {
        CounterPage::new(self.window.client())
    }

    /// One picture of the window as it is.
    async fn picture(&self, what: &str) -> Result<()> {
        self.picture_of(&self.window, what).await
    }

    async fn picture_of(&self, window: &Window, what: &str) -> Result<()> {
        CounterPage::new(window.client()).settle().await?;
        self.pictures.keep(&window.picture().await?, what).map(drop)
    }

    /// The same screen in each language and theme.
    async fn pictures(&self, what: &str) -> Result<()> {
        for look in LOOKS {
            self.page().wear(look).await?;
            self.keep(what, look).await?;
        }
        Ok(())
    }

    /// Keeps the screen that wears this look, and notes what is wrong with it.
    async fn keep(&self, what: &str, look: Look) -> Result<()> {
        let page = self.page();
        let name = format!("{what}-{}-{}", look.language, look.theme);
        self.pictures.keep(&self.window.picture().await?, &name)?;
        let mut found = page.cut_off().await?;
        found.extend(page.too_faint().await?);
        if look.language == "en" {
            found.extend(page.left_in_korean(&self.own_words).await?);
        }
        let mut ugly = self.ugly.lock().ok().context("no picture panicked")?;
        ugly.extend(found.into_iter().map(|what| format!("{name}: {what}")));
        Ok(())
    }

    async fn paid_order(&self) -> Result<Customer> {
        let customer = self.world.new_customer().await?;
        let link = customer.order().await?;
        browse(&customer.open_pay_link(&link).await?.confirm().await?).await?;
        Ok(customer)
    }

    /// Somebody's order is paid and at the counter under this number.
    async fn fresh_order(&self, number: &str) -> Result<Customer> {
        let customer = self.paid_order().await?;
        self.page().wait_for_card(Lane::Fresh, number).await?;
        Ok(customer)
    }

    /// From the acceptance to the counter's edge.
    async fn hand_over(&self, number: &str) -> Result<()> {
        let page = self.page();
        page.open(Lane::Fresh, number).await?;
        page.accept(number, 15).await?;
        page.wait_until_shown(Lane::Cooking, number, "accepted").await?;
        page.ready(number).await?;
        page.wait_until_shown(Lane::Ready, number, "ready").await?;
        page.hand_over(number).await?;
        page.wait_for_state(Lane::Done, number, "handed_over").await
    }
}
