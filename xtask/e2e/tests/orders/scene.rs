//! One store with its counter, and one customer.

use anyhow::Result;
use e2e::World;
use e2e::counter::Counter;
use e2e::customer::{Customer, Page, PayPage, browse};
use e2e::world::Options;

pub struct Scene {
    pub counter: Counter,
    pub customer: Customer,
    pub world: World,
}

impl Scene {
    pub async fn start(name: &str) -> Result<Self> {
        Self::start_with(name, Options::default()).await
    }

    pub async fn start_with(name: &str, options: Options) -> Result<Self> {
        let world = World::start_with(name, options).await?;
        let server = world.api.url.clone();
        Self::with_server(world, &server).await
    }

    /// The counter calls the API at this address.
    pub async fn with_server(world: World, server: &str) -> Result<Self> {
        let counter = Counter::sign_in(server, &world.folder("counter")?, &world.log("counter")).await?;
        let customer = world.new_customer().await?;
        Ok(Self { counter, customer, world })
    }

    /// Chats until the pay button is there, and opens KakaoPay's page.
    pub async fn order(&self) -> Result<PayPage> {
        let link = self.customer.order().await?;
        self.customer.open_pay_link(&link).await
    }

    /// Orders and pays; the page that the customer sees afterwards.
    pub async fn order_and_pay(&self) -> Result<Page> {
        let callback = self.order().await?.confirm().await?;
        browse(&callback).await
    }

    /// The questions at the end of every test.
    pub async fn close(self) -> Result<()> {
        self.counter.wait_until_all_sent().await?;
        self.counter.journal_equals_log(&self.world.store.store_id, &self.world.database.pool).await?;
        drop(self.counter);
        self.world.close().await
    }
}
