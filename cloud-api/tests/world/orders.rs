//! Unpaid orders as the chat makes them, and what a customer's browser does with their payment links.

use cloud_api::db;
use cloud_api::db::orders::NewOrder;
use cloud_api::db::pay_links::PayLinkTarget;
use cloud_api::db::timers::TimerKind;
use cloud_api::token;
use shared::Won;
use shared::id::{CustomerId, ItemKey, OrderId, StoreId};
use shared::menu::Selection;
use shared::order::{Order, OrderDetails, OrderMode};
use shared::session::SessionVersion;

use super::api::SIGNING_KEY;
use super::{Answer, Store, World};

/// Minutes that an unpaid order lives.
const UNPAID_MINUTES: u32 = 30;

/// An order that waits for its payment, or did.
#[derive(Debug, Clone)]
pub struct TestOrder {
    pub store_id: StoreId,
    pub order_id: OrderId,
    pub customer_id: CustomerId,
    /// Opens `/pay/{token}` and `/o/{token}`.
    pub token: String,
    pub total: i64,
}

/// An item's key, its options as `group:option`, and how many.
pub type Wish<'a> = (&'a str, &'a [&'a str], u32);

impl World {
    /// An unpaid order of a fresh customer, without a chat.
    pub async fn unpaid_order(&self, store: &Store, wishes: &[Wish<'_>]) -> TestOrder {
        let now = self.clock.now_ms();
        let mut tx = self.db.begin().await.expect("a transaction begins");
        let user_key = uuid::Uuid::new_v4().simple().to_string();
        let customer_id = db::customers::find_or_create(&mut *tx, super::kakao::BOT_ID, &user_key, now)
            .await
            .expect("a customer can be written");
        let (details, menu_version) = self.priced(&mut tx, store, wishes).await;
        let order = Order::pending(OrderId::fresh(), details, false);
        let new = NewOrder {
            store_id: store.store_id,
            customer_id,
            order: &order,
            session_version: SessionVersion { created: now, n: 1 },
            menu_version,
        };
        db::orders::insert(&mut tx, &new, now).await.expect("an order can be written");
        let due = now.plus_minutes(UNPAID_MINUTES);
        db::timers::create(&mut tx, store.store_id, order.id, TimerKind::PaymentExpiry, due, now)
            .await
            .expect("a timer can be set");
        let token = token::link(&SIGNING_KEY, "order", order.id.0);
        let target = PayLinkTarget { store_id: store.store_id, order_id: order.id, attempt_id: None };
        db::pay_links::insert(&mut *tx, &token, target).await.expect("a link can be written");
        tx.commit().await.expect("the order is committed");
        TestOrder {
            store_id: store.store_id,
            order_id: order.id,
            customer_id,
            token,
            total: order.details.total.get(),
        }
    }

    async fn priced(
        &self,
        tx: &mut sqlx::PgConnection,
        store: &Store,
        wishes: &[Wish<'_>],
    ) -> (OrderDetails, i64) {
        let current =
            db::menus::current(tx, store.store_id, self.clock.now_ms()).await.expect("the menu can be read");
        let current = current.expect("the store has a menu");
        let lines: Vec<_> = wishes
            .iter()
            .map(|(item, options, quantity)| {
                let selections: Vec<Selection> = options.iter().map(|text| selection(text)).collect();
                current.menu.price(&ItemKey::from(*item), &selections, *quantity).expect("it can be bought")
            })
            .collect();
        let sum = |free: bool| lines.iter().filter(|l| !free || l.tax_free).map(|l| l.amount.get()).sum();
        let (total, tax_free) = (Won::new(sum(false)).expect("won"), Won::new(sum(true)).expect("won"));
        let vat = total.checked_sub(tax_free).expect("a part of the total").vat_included();
        (
            OrderDetails { mode: OrderMode::Takeout, lines, total, tax_free, vat, points: Won::ZERO },
            current.version,
        )
    }

    /// Two rice cakes: an order of a counted item.
    pub async fn cake_order(&self) -> TestOrder {
        self.unpaid_order(&self.coffee, &[("ttok", &[], 2)]).await
    }

    /// Opens the payment link: KakaoPay knows the payment from here on.
    pub async fn open_payment(&self, order: &TestOrder) -> Answer {
        self.get(&format!("/pay/{}", order.token)).await
    }

    /// The newest tid of an order.
    pub async fn tid(&self, order: &TestOrder) -> String {
        sqlx::query_scalar::<_, Option<String>>(
            "select tid from payment_attempt where order_id = $1 and tid is not null order by created_at desc limit 1",
        )
        .bind(order.order_id.0)
        .fetch_one(&self.db)
        .await
        .expect("the order has a payment attempt")
        .expect("the attempt has a tid")
    }

    /// Opens the link and confirms with KakaoPay money; says where the browser goes next.
    pub async fn authenticate(&self, order: &TestOrder) -> String {
        let opened = self.open_payment(order).await;
        assert_eq!(opened.status, 302, "the payment link leads to KakaoPay: {}", opened.body);
        self.kakao.authenticate(&self.tid(order).await, "money").await
    }

    /// Pays an order as a customer's browser does; the last answer is the redirect to the order's page.
    pub async fn pay(&self, order: &TestOrder) -> Answer {
        let back = self.authenticate(order).await;
        self.get(&back).await
    }

    /// A paid order that waits for the store.
    pub async fn placed_order(&self, store: &Store, wishes: &[Wish<'_>]) -> TestOrder {
        let order = self.unpaid_order(store, wishes).await;
        let paid = self.pay(&order).await;
        assert_eq!(paid.status, 303, "{}", paid.body);
        self.wait_for_phase(&order, "placed").await;
        order
    }

    /// The order's page.
    pub async fn order_page(&self, order: &TestOrder) -> Answer {
        self.get(&format!("/o/{}", order.token)).await
    }

    /// The order's state in the database.
    pub async fn phase(&self, order: &TestOrder) -> String {
        sqlx::query_scalar("select phase from orders where order_id = $1")
            .bind(order.order_id.0)
            .fetch_one(&self.db)
            .await
            .expect("the order exists")
    }

    /// Waits until the order is in this state.
    pub async fn wait_for_phase(&self, order: &TestOrder, phase: &str) {
        self.until(&format!("the order is {phase}"), async || self.phase(order).await == phase).await;
    }
}

fn selection(text: &str) -> Selection {
    let (group, option) = text.split_once(':').expect("an option is written group:option");
    Selection { group: group.into(), option: option.into(), quantity: 1 }
}
