//! Two counters and three screens at one store, and the counter changes hands in the middle of a rush: one ticket per order, no command
//! lost, none done twice, and everybody sees the same.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::{Context, Result, bail, ensure};
use checker::Sources;
use e2e::World;
use e2e::counter::{Counter, cards};
use e2e::printer::{Paper, Printer};
use e2e::proof::SignedIn;
use e2e::rush::{self, Hands};
use e2e::wait::{wait_for, wait_until, wait_until_within};
use fault_proxy::{Direction, Proxy, Weather};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

const FIRST: &str = "첫째 카운터";
const SECOND: &str = "둘째 카운터";
const SCREENS: [&str; 3] = ["주방 화면", "홀 화면", "잃어버린 태블릿"];
/// 김밥: nothing to choose.
const ITEM: &str = "plain";
const WAVE: usize = 20;
const WAVES: usize = 3;
/// Why a press is refused that was made for an order as it no longer is.
const CHANGED: &str = "order_changed";
/// Numbers of orders that wait at a step for what the story does with them.
const MADE_TWICE: u64 = 2;
const CANCELLED: u64 = 3;
const HANDED_TWICE: u64 = 5;

struct Scene {
    world: World,
    /// Between the first counter and the server.
    wire: Proxy,
    first: Counter,
    second: Counter,
    screens: Vec<Counter>,
    first_printer: Printer,
    second_printer: Printer,
}

/// Orders that both counters had their hands on.
struct Torn {
    /// Accepted and begun by the first; the server knows, the first never heard.
    unheard: String,
    /// Accepted by the first without a line, then by the second.
    both: String,
    /// Accepted by the first without a line, and left alone by the second.
    late: String,
    /// Cooked by the first; said to be ready by the second, and by the first without a line.
    made_twice: String,
    /// Cooked by the first; cancelled by the second, and said to be ready by the first without a line.
    cancelled: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_at_two_counters() -> Result<()> {
    let scene = Scene::open().await?;
    tokio::try_join!(scene.customers(), scene.work_the_first_wave())?;
    let torn = scene.press_without_a_line().await?;
    tokio::try_join!(scene.customers(), scene.take_over(&torn))?;
    scene.a_screen_is_lost().await?;
    scene.come_back_to_nothing().await?;
    tokio::try_join!(scene.customers(), scene.take_back(&torn))?;
    scene.settle_everything(&torn).await?;
    scene.screens_without_a_counter().await?;
    scene.close(&torn).await
}

impl Scene {
    /// The first counter works; everybody else is let in by it, by number.
    async fn open() -> Result<Self> {
        let world = World::start("a_rush_at_two_counters").await?;
        let wire = world.wire()?;
        let (first_printer, second_printer) = (Printer::start().await?, Printer::start().await?);
        let first = open(&world, FIRST, "first").await?;
        let second = open(&world, SECOND, "second").await?;
        let mut screens = Vec::new();
        for (name, folder) in SCREENS.into_iter().zip(["kitchen", "hall", "lost"]) {
            screens.push(open(&world, name, folder).await?);
        }
        first.sign_in_as(&wire.url(), "counter", false).await?;
        first.wait_until_connected().await?;
        first.call("set_printers", first_printer.settings()).await?;
        first.set_up_an_app().await?;
        let server = world.api.url.clone();
        for screen in &screens {
            screen.let_in_by(&first, &server, "viewer").await?;
        }
        second.let_in_by(&first, &server, "counter").await?;
        for screen in &screens {
            screen.wait_until_let_in().await?;
        }
        let scene = Self { world, wire, first, second, screens, first_printer, second_printer };
        scene.second_sees_who_holds_it().await?;
        scene.screens_change_nothing().await?;
        Ok(scene)
    }

    fn db(&self) -> &PgPool {
        &self.world.database.pool
    }

    fn server(&self) -> &str {
        &self.world.api.url
    }

    async fn customers(&self) -> Result<()> {
        rush::customers(&self.world, WAVE, ITEM).await
    }

    /// It was let in, and the counter is held: a person decides.
    async fn second_sees_who_holds_it(&self) -> Result<()> {
        wait_until("the second counter is told who holds it", async || {
            let pending = self.second.view().await?["pending_sign_in"].clone();
            let holder = &pending["problem"]["holder"]["device_name"];
            Ok(pending["problem"]["code"] == "counter_session_held" && holder == FIRST)
        })
        .await
    }

    async fn screens_change_nothing(&self) -> Result<()> {
        let screen = &self.screens[0];
        let order = uuid::Uuid::now_v7();
        let accept = json!({ "kind": "accept", "prep_minutes": 5 });
        for (call, arguments) in [
            ("act", json!({ "order_id": order, "expected_version": null, "action": accept })),
            ("day_closing_start", json!({})),
            ("set_printers", self.first_printer.settings()),
            ("reprint", json!({ "order_id": order, "kind": "kitchen" })),
        ] {
            screen.refused(call, arguments, "read_only_session").await?;
        }
        let device = SignedIn::of(screen.data(), self.server())?;
        let batch = json!({ "commands": [] });
        for (path, body) in [
            ("/v1/store/commands", batch),
            ("/v1/store/settings", json!({ "confirm_new_devices": false, "own_password": "no" })),
        ] {
            let said = device.ask(Method::POST, path, Some(&body)).await?;
            ensure!(
                said == (StatusCode::FORBIDDEN, "read_only_session".to_owned()),
                "a screen asked {path}: {said:?}"
            );
        }
        Ok(())
    }

    /// Works at the first counter until the orders that the story needs are cooking.
    async fn work_the_first_wave(&self) -> Result<()> {
        let hands = hands(&[(MADE_TWICE, "cooking"), (CANCELLED, "cooking"), (HANDED_TWICE, "ready")]);
        self.work(&self.first, &hands, "the first wave is under way", async || {
            let shown = by_number(&self.first.view().await?);
            let confirmed = |number, state| shown.get(&number).is_some_and(|one| one.is(state));
            Ok(confirmed(MADE_TWICE, "cooking")
                && confirmed(CANCELLED, "cooking")
                && confirmed(HANDED_TWICE, "ready"))
        })
        .await
    }

    /// Presses at `counter` until `done`.
    async fn work(
        &self,
        counter: &Counter,
        hands: &Hands,
        what: &str,
        done: impl AsyncFn() -> Result<bool>,
    ) -> Result<()> {
        wait_until_within(e2e::wait::PATIENCE * 2, what, async || {
            hands.press(counter).await?;
            done().await
        })
        .await
    }

    /// Two commands reach the server and their answers do not come back; then the line is cut, and four more wait on the disk.
    async fn press_without_a_line(&self) -> Result<Torn> {
        // What both counters have their hands on is chosen below, and nothing else.
        self.first.wait_until_all_sent().await?;
        let cook = [(MADE_TWICE, "cooking"), (CANCELLED, "cooking")];
        let shown = by_number(&self.first.view().await?);
        let [made_twice, cancelled] = cook.map(|(number, _)| shown[&number].id.clone());
        // Three that nobody has touched: the last wave may be worked already.
        let extra = rush::customers(&self.world, 3, ITEM);
        let fresh = async {
            wait_for("three orders wait", async || {
                let shown = by_number(&self.first.view().await?);
                let fresh: Vec<String> =
                    shown.into_values().filter(|one| one.is("placed")).map(|one| one.id).take(3).collect();
                Ok(<[String; 3]>::try_from(fresh).ok())
            })
            .await
        };
        let ((), [unheard, both, late]) = tokio::try_join!(extra, fresh)?;
        let accept = || json!({ "kind": "accept", "prep_minutes": 20 });
        self.wire.set(Weather::silent(Direction::ToClient));
        self.first.act(&unheard, accept()).await?;
        self.first.act(&unheard, json!({ "kind": "cooking" })).await?;
        self.world.wait_for_phase(&unheard, "cooking").await?;
        self.wire.cut();
        self.first.wait_until_offline().await?;
        self.first.act(&both, accept()).await?;
        self.first.act(&late, accept()).await?;
        self.first.act(&made_twice, json!({ "kind": "ready" })).await?;
        self.first.act(&cancelled, json!({ "kind": "ready" })).await?;
        let waiting = self.first.view().await?["outbox"]["waiting"].clone();
        ensure!(waiting.as_u64().is_some_and(|waiting| waiting >= 6), "{waiting} commands wait");
        Ok(Torn { unheard, both, late, made_twice, cancelled })
    }

    /// The second counter takes over, prints for itself, and works on.
    async fn take_over(&self, torn: &Torn) -> Result<()> {
        self.second.call("confirm_sign_in", json!({ "take_over": true })).await?;
        self.second.wait_until_connected().await?;
        self.second.call("set_printers", self.second_printer.settings()).await?;
        self.second.act(&torn.cancelled, json!({ "kind": "cancel", "reason": "store_trouble" })).await?;
        let hands = self.second_hands(torn);
        self.work(&self.second, &hands, "the second counter has worked on", async || {
            Ok(self.world.phase(&torn.both).await? == "handed_over"
                && self.world.phase(&torn.unheard).await? == "handed_over"
                && self.world.phase(&torn.made_twice).await? == "handed_over"
                && self.world.phase(&torn.cancelled).await? == "cancelled")
        })
        .await?;
        ensure!(self.world.phase(&torn.late).await? == "placed", "nobody touched it");
        // Without a line the kitchen of the first counter went on, with its mark.
        wait_until("the first counter has printed what it accepted", async || {
            let papers = self.first_printer.by_order();
            let marked = |order| papers.get(order).is_some_and(|all| all.iter().all(|one| one.unconfirmed));
            Ok([&torn.unheard, &torn.both, &torn.late].into_iter().all(marked))
        })
        .await
    }

    fn second_hands(&self, torn: &Torn) -> Hands {
        let mut hands = hands(&[(HANDED_TWICE, "ready")]);
        hands.leave = HashSet::from([torn.late.clone(), torn.cancelled.clone()]);
        hands
    }

    async fn a_screen_is_lost(&self) -> Result<()> {
        let [.., lost] = &self.screens[..] else { bail!("there are no screens") };
        self.second.call("revoke_device", json!({ "device_id": lost.device_id()? })).await?;
        lost.wait_until_signed_out("device_revoked", None).await?;
        let said = lost.sign_in_refused(self.server(), "viewer", "device_revoked").await?;
        ensure!(said["korean"].is_string(), "it is told in words: {said}");
        Ok(())
    }

    /// The line is back, and the counter is somebody else's: told so, nothing given up.
    async fn come_back_to_nothing(&self) -> Result<()> {
        self.wire.mend();
        self.first.wait_until_signed_out("session_taken_over", Some(SECOND)).await?;
        let wire = self.wire.url();
        let said = self.first.sign_in_refused(&wire, "counter", "counter_session_held").await?;
        ensure!(said["holder"]["device_name"] == SECOND, "the holder is {said}");
        self.first.sign_in_refused(&wire, "viewer", "outbox_not_empty").await.map(drop)
    }

    /// The first takes the counter back while the second has a press that it could still take back.
    async fn take_back(&self, torn: &Torn) -> Result<()> {
        let hands = self.second_hands(torn);
        self.work(&self.second, &hands, "the second counter has most of the last wave", async || {
            Ok(orders(self.db()).await?.len() >= WAVE * WAVES)
        })
        .await?;
        let again = by_number(&self.second.view().await?);
        let again = again.get(&HANDED_TWICE).context("the order to hand over twice is not there")?;
        self.second.act(&again.id, json!({ "kind": "handed_over" })).await?;
        self.first.sign_in_as(&self.wire.url(), "counter", true).await?;
        self.second.wait_until_signed_out("session_taken_over", Some(FIRST)).await?;
        let waiting = self.second.view().await?["outbox"]["waiting"].clone();
        ensure!(waiting.as_u64().is_some_and(|waiting| waiting >= 1), "nothing waits at the second counter");
        self.first.wait_until_connected().await
    }

    /// What waited at the first counter has its answers: done, refused in words, or a conflict for a person. Then the same at the second.
    async fn settle_everything(&self, torn: &Torn) -> Result<()> {
        let hands = Hands { leave: HashSet::from([torn.cancelled.clone()]), ..Hands::default() };
        self.work(&self.first, &hands, "every order is answered", async || {
            let open = orders(self.db()).await?;
            let open =
                open.iter().filter(|(_, phase)| !["handed_over", "cancelled"].contains(&phase.as_str()));
            ensure!(open.count() == 0, "some are under way");
            Ok(true)
        })
        .await?;
        self.first.wait_until_all_sent().await?;
        let view = self.first.view().await?;
        let refused: Vec<(&Value, &Value)> = view["refusals"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| (&one["order_id"], &one["code"]))
            .collect();
        let both = (&json!(torn.both), &json!(CHANGED));
        ensure!(refused == [both], "the first counter was refused {refused:?}");
        let conflict = &view["conflicts"][0];
        ensure!(
            view["conflicts"].as_array().is_some_and(|all| all.len() == 1)
                && conflict["order_id"] == json!(torn.cancelled)
                && conflict["conflict"] == "ready_after_cancel",
            "the conflicts are {}",
            view["conflicts"]
        );
        self.first.act(&torn.cancelled, conflict["settle"].clone()).await?;
        let key = view["refusals"][0]["key"].clone();
        self.first.call("dismiss_refusal", json!({ "key": key })).await?;
        self.first.wait_until_all_sent().await?;
        self.second.sign_in_as(self.server(), "counter", true).await?;
        self.second.wait_until_connected().await?;
        self.second.wait_until_all_sent().await?;
        self.first.wait_until_signed_out("session_taken_over", Some(SECOND)).await?;
        // What it still held when it lost the counter, and the first did meanwhile.
        let refused = self.second.view().await?["refusals"].clone();
        let late = |one: &Value| one["code"] == CHANGED;
        ensure!(refused.as_array().is_some_and(|all| all.iter().all(late)), "it was refused {refused}");
        Ok(())
    }

    /// The last counter signs out: the screens say so, and go on by themselves when one is back.
    async fn screens_without_a_counter(&self) -> Result<()> {
        let screens = &self.screens[..2];
        self.second.call("sign_out", json!({})).await?;
        for screen in screens {
            wait_until("the screen says that no counter is connected", async || {
                let view = screen.view().await?;
                let link = &view["link"];
                ensure!(link["cause"] == "counter_not_connected" && view["screen"] == "counter", "{link}");
                Ok(true)
            })
            .await?;
        }
        let device = SignedIn::of(screens[0].data(), self.server())?;
        let said = device.ask(Method::GET, "/v1/store/snapshot", None).await?;
        ensure!(
            said == (StatusCode::CONFLICT, "counter_not_connected".to_owned()),
            "a screen alone: {said:?}"
        );
        self.first.sign_in_as(&self.wire.url(), "counter", false).await?;
        for counter in screens.iter().chain([&self.first]) {
            counter.wait_until_connected().await?;
        }
        // The second counter only looks on from now: its journal has to end like the others.
        self.second.sign_in_as(self.server(), "viewer", false).await?;
        self.second.wait_until_connected().await
    }

    async fn close(self, torn: &Torn) -> Result<()> {
        self.screens_show_the_same().await?;
        self.one_ticket_per_order(torn).await?;
        self.each_deed_once().await?;
        let store = &self.world.store.store_id;
        for counter in [&self.first, &self.second].into_iter().chain(&self.screens[..2]) {
            counter.journal_equals_log(store, self.db()).await?;
        }
        self.screens[2].journal_stopped_within_log(store, self.db()).await?;
        self.check().await?;
        let Self { world, first, second, screens, .. } = self;
        drop((first, second, screens));
        world.close().await
    }

    async fn screens_show_the_same(&self) -> Result<()> {
        let wanted: BTreeMap<String, String> = orders(self.db()).await?.into_iter().collect();
        for screen in self.screens[..2].iter().chain([&self.first, &self.second]) {
            wait_until("every screen shows what the database says", async || {
                let shown = screen.shown().await?;
                ensure!(shown == wanted, "it shows {shown:?}, the database has {wanted:?}");
                Ok(true)
            })
            .await?;
        }
        Ok(())
    }

    /// Over both printers. What was printed before the server confirmed it says so; a second ticket is one of an order that both counters
    /// accepted, and then one of them is marked.
    async fn one_ticket_per_order(&self, torn: &Torn) -> Result<()> {
        let (first, second) = (self.first_printer.by_order(), self.second_printer.by_order());
        let accepted: Vec<(String, i64)> = sqlx::query_as(
            "select order_id::text, count(distinct device_id) from command where kind = 'accept' group by order_id",
        )
        .fetch_all(self.db())
        .await?;
        let accepted: HashMap<String, i64> = accepted.into_iter().collect();
        let none = Vec::new();
        for (order, _) in orders(self.db()).await? {
            let papers: Vec<&Paper> = [&first, &second]
                .into_iter()
                .flat_map(|printer| printer.get(&order).unwrap_or(&none))
                .collect();
            ensure!(papers.iter().all(|paper| paper.whole), "{order} has half a ticket: {papers:?}");
            let marked = papers.iter().filter(|paper| paper.is_marked()).count();
            let without_a_line = [&torn.unheard, &torn.late].contains(&&order);
            let right = match papers.len() {
                1 => order != torn.both && (marked == 1 || !without_a_line),
                2 => marked >= 1 && (order == torn.both || accepted.get(&order) == Some(&2)),
                _ => false,
            };
            ensure!(
                right,
                "{order} was accepted by {:?} and has the tickets {papers:?}",
                accepted.get(&order)
            );
        }
        ensure!(!first.contains_key("") && !second.contains_key(""), "a ticket names no order");
        Ok(())
    }

    async fn each_deed_once(&self) -> Result<()> {
        let twice: Vec<(String, String, i64)> = sqlx::query_as(
            "select order_id::text, kind, count(*) from store_event where order_id is not null
             group by order_id, kind having count(*) > 1",
        )
        .fetch_all(self.db())
        .await?;
        ensure!(twice.is_empty(), "done more than once: {twice:?}");
        Ok(())
    }

    /// Database, stream, journals and Kakao's books, looked at by somebody who shares no code with us.
    async fn check(&self) -> Result<()> {
        let journals = [&self.first, &self.second].into_iter().chain(&self.screens[..2]);
        let sources = Sources {
            database_url: self.world.database.url.clone(),
            redis_url: Some(self.world.redis.url()),
            sandbox_url: Some(self.world.sandbox.url.clone()),
            journals: journals.map(|counter| counter.data().to_owned()).collect(),
            logs: ["cloud-api", "first", "second"].map(|name| self.world.log(name)).to_vec(),
            ..Sources::default()
        };
        wait_until("the checker finds nothing", async || {
            let report = checker::check(&sources).await?;
            ensure!(report.is_clean(), "{report}");
            let counted = report.counted;
            ensure!(counted.journal_commands >= 4 * WAVE * WAVES, "it saw {counted:?}");
            Ok(true)
        })
        .await
    }
}

async fn open(world: &World, name: &'static str, folder: &str) -> Result<Counter> {
    Counter::open(name, &world.folder(folder)?, &world.log(folder)).await
}

fn hands(stop: &[(u64, &'static str)]) -> Hands {
    Hands { stop: stop.iter().copied().collect(), ..Hands::default() }
}

/// An order as a screen shows it.
struct Shown {
    id: String,
    state: String,
    provisional: bool,
}

impl Shown {
    /// Whether it is so and the server has confirmed it.
    fn is(&self, state: &str) -> bool {
        self.state == state && !self.provisional
    }
}

fn by_number(view: &Value) -> HashMap<u64, Shown> {
    let shown = |card: Value| {
        let order = &card["order"];
        let shown = Shown {
            id: order["id"].as_str()?.to_owned(),
            state: order["state"].as_str()?.to_owned(),
            provisional: card["provisional"] == true,
        };
        Some((order["ticket"]["number"].as_u64()?, shown))
    };
    cards(view).into_iter().filter_map(shown).collect()
}

/// Paid orders and their phases.
async fn orders(db: &PgPool) -> Result<Vec<(String, String)>> {
    let rows =
        sqlx::query_as("select order_id::text, phase from orders where number is not null order by number");
    Ok(rows.fetch_all(db).await?)
}
