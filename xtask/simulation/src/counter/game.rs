//! One course of events.

use std::collections::BTreeSet;
use std::path::{Path as Folder, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, ensure};
use shared::availability::{Sellable, SoldOutUntil};
use shared::day::BreakCause;
use shared::id::{CommandKey, OrderId};
use shared::order::{Actor, CancelReason, OrderCommand, RejectReason};
use shared::wire::{CommandAction, Outcome};
use shared::{TimeMs, Won};
use store_desktop_core::counter::{Counter, Options};
use store_desktop_core::journal::{self, Fate, Journal};
use store_desktop_core::place::Place;
use store_desktop_core::sync::{self, Timing};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::network::{Network, Path, Weather};
use super::server::{Cloud, State, World};
use super::store::{Store, open_day};
use crate::{Dice, Facts, Trace, note};

/// How long it storms.
const STORM_MS: (u64, u64) = (5_000, 120_000);
/// The counter has everything by then.
const CONVERGED_WITHIN: Duration = Duration::from_secs(5);
/// A connection that is dead without a word is noticed after this much silence.
const SILENCE: Duration = Duration::from_secs(25);

/// A counter that runs.
struct Running {
    counter: Arc<Counter>,
    sync: JoinHandle<()>,
}

struct Game {
    world: Arc<World>,
    folder: PathBuf,
    images: PathBuf,
    image: Option<BTreeSet<CommandKey>>,
    running: Option<Running>,
    given: BTreeSet<CommandKey>,
    copy: Option<Store>,
    restored: bool,
    facts: Facts,
}

/// Plays it.
pub async fn play(dice: Dice, trace: Trace) -> anyhow::Result<Facts> {
    let beside = tempfile::Builder::new().prefix("simulation").tempdir_in(fast_folder())?;
    let world = Arc::new(world(dice.clone(), trace.clone()));
    let (folder, images) = (beside.path().join("counter"), beside.path().join("image"));
    let (copy, image, running) = (None, None, None);
    let (given, facts) = (BTreeSet::new(), Facts::default());
    let mut game = Game { world, folder, images, image, running, given, copy, restored: false, facts };
    game.start().await?;
    let (began, storm) = (Instant::now(), dice.ms(STORM_MS.0, STORM_MS.1));
    while began.elapsed() < storm {
        sleep(dice.ms(1, 2_500)).await;
        game.act().await?;
        game.is_part_of_the_log()?;
    }
    game.heal().await?;
    game.verdict().await?;
    Ok(game.facts)
}

/// Memory that looks like a disk, where there is such a thing: the journal waits for the disk at each commit.
fn fast_folder() -> PathBuf {
    let memory = Folder::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

fn world(dice: Dice, trace: Trace) -> World {
    let store = Store {
        store_id: dice.store(),
        day: open_day(dice.day(), TimeMs(0)),
        availability: Default::default(),
        menu_version: 1,
        device_id: dice.device(),
        staff_id: dice.staff(),
        epoch: 1,
        events: Vec::new(),
        orders: Default::default(),
        commands: Default::default(),
        acknowledged: None,
    };
    let state = State {
        store,
        is_up: true,
        process: 1,
        history: Default::default(),
        effects: Default::default(),
        is_sloppy: false,
        silent: 0,
    };
    let world = World {
        state: Mutex::new(state),
        changes: watch::Sender::new(0),
        network: Network::new(dice.clone()),
        began: Instant::now(),
        dice,
        trace,
    };
    world.change(|_| ());
    world
}

impl Game {
    fn dice(&self) -> &Dice {
        &self.world.dice
    }

    fn counter(&self) -> anyhow::Result<Arc<Counter>> {
        let running = self.running.as_ref().context("the counter runs")?;
        Ok(Arc::clone(&running.counter))
    }

    async fn start(&mut self) -> anyhow::Result<()> {
        let (place, journal) = (Place::take(&self.folder)?, Journal::open_here(&self.folder)?);
        let timing = Timing { seed: self.dice().seed(), ..Timing::default() };
        let options = Options { timing, ballast_bytes: 0, ..Options::default() };
        let counter = Arc::new(Counter::on(place, journal, options).await?);
        let (synced, cloud) = (Arc::clone(&counter), Cloud(Arc::clone(&self.world)));
        let sync = tokio::spawn(async move {
            let problem = sync::run(synced, cloud).await;
            panic!("the sign-in ended: {}", problem.title);
        });
        self.running = Some(Running { counter, sync });
        Ok(())
    }

    /// Ends the counter at whatever await it is.
    async fn kill(&mut self) -> anyhow::Result<()> {
        let Some(Running { counter, sync }) = self.running.take() else { return Ok(()) };
        sync.abort();
        match sync.await {
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) | Ok(()) => {}
        }
        ensure!(Arc::strong_count(&counter) == 1, "somebody else holds the counter");
        Ok(())
    }

    async fn act(&mut self) -> anyhow::Result<()> {
        match self.dice().below(100) {
            0..25 => self.place(),
            25..32 => self.somebody_else_decides(),
            32..52 => self.press().await?,
            52..57 => self.press_for_store().await?,
            57..66 => self.weather(),
            66..71 => {
                note!(self.world.trace, "connections are cut");
                self.world.network.cut();
                self.facts.count("counter: cuts");
            }
            71..77 => self.server_dies_or_comes_back(),
            77..84 => {
                note!(self.world.trace, "the counter is killed");
                self.kill().await?;
                self.facts.count("counter: killed");
                sleep(self.dice().ms(0, 3_000)).await;
                self.start().await?;
            }
            84..87 => self.take_image().await?,
            87..89 => self.restore_image().await?,
            89..91 => self.copy = Some(self.world.state().store.clone()),
            91..93 => self.restore_database(),
            93..95 => {
                let is_sloppy = self.dice().chance(50);
                self.world.state().is_sloppy = is_sloppy;
            }
            _ => sleep(self.dice().ms(1_000, 40_000)).await,
        }
        Ok(())
    }

    fn place(&mut self) {
        let (id, now) = (self.dice().order(), self.world.now());
        let total = Won::new(12_000).unwrap_or(Won::ZERO);
        for _ in 0..self.dice().between(1, if self.dice().chance(4) { 150 } else { 2 }) {
            let id = if self.dice().chance(50) { id } else { self.dice().order() };
            self.world.change(|state| {
                if !state.store.orders.contains_key(&id) {
                    state.store.place(id, total, now);
                }
            });
        }
        note!(self.world.trace, "orders: the log ends at {}", self.world.state().store.head());
        self.facts.count("counter: orders came");
    }

    fn an_order(&self) -> Option<OrderId> {
        let ids: Vec<OrderId> = self.world.state().store.orders.keys().copied().collect();
        (!ids.is_empty()).then(|| *self.dice().pick(&ids))
    }

    fn somebody_else_decides(&self) {
        let Some(id) = self.an_order() else { return };
        let reason = CancelReason::CustomerChangedMind;
        let (cancel, now) = (OrderCommand::Cancel { reason }, self.world.now());
        let done = self.world.change(|state| state.store.change(id, &cancel, Actor::Customer, now));
        note!(self.world.trace, "the customer cancels {id}: {}", done.is_ok());
    }

    async fn press(&mut self) -> anyhow::Result<()> {
        let counter = self.counter()?;
        for _ in 0..self.dice().between(1, if self.dice().chance(5) { 130 } else { 2 }) {
            let known: Vec<(OrderId, u32)> = {
                let state = counter.state();
                state.ledger.orders.iter().map(|(id, entry)| (*id, entry.order.version)).collect()
            };
            if known.is_empty() {
                return Ok(());
            }
            let (order_id, version) = *self.dice().pick(&known);
            let actions = [
                CommandAction::Accept { prep_minutes: 10 },
                CommandAction::Accept { prep_minutes: 20 },
                CommandAction::Reject { reason: RejectReason::SoldOut },
                CommandAction::Cooking,
                CommandAction::Ready,
                CommandAction::HandedOver,
                CommandAction::Cancel { reason: CancelReason::SoldOut },
            ];
            let action = self.dice().pick(&actions).clone();
            let expected = self.dice().chance(60).then_some(version);
            note!(self.world.trace, "pressed: {action:?} of {order_id}");
            let command = counter.give(order_id, expected, action).await?;
            self.given.insert(command.key);
            self.facts.count("counter: commands given");
        }
        Ok(())
    }

    /// What makes sense and what does not, in any order.
    async fn press_for_store(&mut self) -> anyhow::Result<()> {
        let counter = self.counter()?;
        for _ in 0..self.dice().between(1, 4) {
            let what = Sellable::Item((*self.dice().pick(&["eel", "soup"])).into());
            let extra_minutes = u32::try_from(self.dice().below(30))?;
            let actions = [
                CommandAction::DayOpen,
                CommandAction::BreakStart { until: None, cause: BreakCause::Rest },
                CommandAction::BreakEnd,
                CommandAction::BusySet { extra_minutes, until: None },
                CommandAction::ClosingStart,
                CommandAction::ClosingResume,
                CommandAction::SoldOut { what: what.clone(), until: SoldOutUntil::Manual },
                CommandAction::BackOnSale { what },
                CommandAction::StockSet { item: "eel".into(), pieces: Some(extra_minutes) },
            ];
            let action = self.dice().pick(&actions).clone();
            note!(self.world.trace, "pressed: {} of the store", action.kind());
            let command = counter.give(None, None, action).await?;
            self.given.insert(command.key);
            self.facts.count("counter: commands about the store");
        }
        Ok(())
    }

    fn weather(&mut self) {
        let dice = self.dice();
        let path = *dice.pick(&[Path::Open, Path::Open, Path::Refused, Path::Hole]);
        let (latency, lost) = (*dice.pick(&[20, 200, 3_000]), *dice.pick(&[0, 0, 10, 40]));
        let repeated = *dice.pick(&[0, 10]);
        self.world.network.change(|weather| {
            *weather = Weather { path, latency, lost, repeated, cuts: weather.cuts };
        });
        note!(self.world.trace, "{:?}", self.world.network.weather());
        self.facts.count("counter: changes of the weather");
    }

    fn server_dies_or_comes_back(&mut self) {
        let is_up = self.world.change(|state| {
            (state.is_up, state.process) = (!state.is_up, state.process + 1);
            state.is_up
        });
        note!(self.world.trace, "the server is up: {is_up}");
        self.facts.count("counter: the server died or came back");
    }

    /// A copy of the data folder, as a backup program makes it.
    async fn take_image(&mut self) -> anyhow::Result<()> {
        self.kill().await?;
        let _ = std::fs::remove_dir_all(&self.images);
        copy_folder(&self.folder, &self.images)?;
        self.image = Some(self.given.clone());
        note!(self.world.trace, "an image of the data folder is taken");
        self.start().await
    }

    async fn restore_image(&mut self) -> anyhow::Result<()> {
        let Some(image) = self.image.clone() else { return Ok(()) };
        self.kill().await?;
        std::fs::remove_dir_all(&self.folder)?;
        copy_folder(&self.images, &self.folder)?;
        // What was given since lives on at the server, or nowhere.
        self.given = image;
        note!(self.world.trace, "the data folder is an old image");
        self.facts.count("counter: old images");
        self.start().await
    }

    fn restore_database(&mut self) {
        let Some(old) = self.copy.take() else { return };
        self.world.change(|state| {
            let epoch = state.store.epoch + 1;
            state.store = Store { epoch, ..old };
            state.process += 1;
            let kept = &state.store.commands;
            state.effects.retain(|key, _| kept.contains_key(key));
        });
        self.restored = true;
        note!(self.world.trace, "the database is an old copy; {}", self.world.state().store.head());
        self.facts.count("counter: databases restored");
    }

    /// The journal holds nothing that the log of its epoch did not hold.
    fn is_part_of_the_log(&self) -> anyhow::Result<()> {
        let Some(head) = self.counter()?.head() else { return Ok(()) };
        let state = self.world.state();
        let known = state.history.get(&(head.epoch, head.seq));
        ensure!(known == Some(&head.hash8), "the journal ends at {head}, the log had {known:?} there");
        Ok(())
    }

    /// Everything is well again; the counter has to be, too.
    async fn heal(&mut self) -> anyhow::Result<()> {
        // A connection that was cut at this very moment finds out first whether it is dead without a word.
        sleep(Duration::from_millis(1)).await;
        let silent = self.world.change(|state| {
            state.is_sloppy = false;
            if !state.is_up {
                (state.is_up, state.process) = (true, state.process + 1);
            }
            state.silent
        });
        self.world.network.change(|weather| *weather = Weather { cuts: weather.cuts, ..Weather::FAIR });
        note!(self.world.trace, "fair weather, {silent} connections are dead without a word");
        let (healed, limit) =
            (Instant::now(), CONVERGED_WITHIN + if silent > 0 { SILENCE } else { Duration::ZERO });
        while let Err(missing) = self.is_converged().await {
            ensure!(healed.elapsed() < limit, "after {} s: {missing}", limit.as_secs());
            sleep(Duration::from_millis(50)).await;
            self.is_part_of_the_log()?;
        }
        let what = match silent {
            0 => "counter: converged after healing",
            _ => "counter: converged, with a connection dead without a word",
        };
        self.facts.took(what, healed.elapsed());
        Ok(())
    }

    async fn is_converged(&self) -> anyhow::Result<()> {
        let counter = self.counter()?;
        let (ours, theirs) = (counter.head(), self.world.state().store.head());
        ensure!(ours.as_ref() == Some(&theirs), "the journal ends at {ours:?}, the log at {theirs}");
        let waiting = counter.journal().waiting().await?;
        let open = waiting.iter().filter(|one| one.fate == Fate::Unanswered).count();
        ensure!(open == 0, "{open} commands have no answer");
        Ok(())
    }

    async fn verdict(&mut self) -> anyhow::Result<()> {
        let counter = self.counter()?;
        let journal = counter.journal().clone();
        {
            let (state, ours) = (self.world.state(), counter.state());
            for (id, order) in &state.store.orders {
                let shown = ours.ledger.orders.get(id).map(|entry| &entry.order);
                ensure!(shown == Some(order), "{id} is {order:?}, the counter shows {shown:?}");
            }
            let (day, shown) = (&state.store.day, &ours.ledger.day);
            ensure!(shown.as_ref() == Some(day), "the day is {day:?}, the counter shows {shown:?}");
            let (sold_out, shown) = (&state.store.availability, &ours.ledger.availability);
            ensure!(shown == sold_out, "sold out is {sold_out:?}, the counter shows {shown:?}");
        }
        for key in &self.given {
            let kept = journal.command(*key).await?.with_context(|| format!("command {key} is lost"))?;
            let state = self.world.state();
            let answer = state.store.commands.get(key);
            let (effects, outcome) = (state.effects.get(key), answer.map(|answer| answer.outcome));
            let fits = match (&kept.fate, outcome) {
                (Fate::Unanswered, _) => false,
                // A restored database has forgotten what it said.
                (_, None) => self.restored,
                (Fate::Applied { .. }, Some(outcome)) => outcome != Outcome::Refused,
                (Fate::Refused { .. }, Some(outcome)) => outcome == Outcome::Refused || self.restored,
            };
            ensure!(fits, "the journal says {:?} of {key}, the server {outcome:?}", kept.fate);
            ensure!(effects.is_none_or(|effects| *effects == 1), "{key} had {effects:?} effects");
        }
        drop((journal, counter));
        self.kill().await?;
        let verified = journal::verify(&self.folder)?;
        let verified = verified.map_err(|fault| anyhow::anyhow!("the journal on the disk: {fault}"))?;
        ensure!(verified.head == Some(self.world.state().store.head()), "the disk ends elsewhere");
        self.facts.add("counter: events journaled", verified.events.unsigned_abs());
        Ok(())
    }
}

fn copy_folder(from: &Folder, to: &Folder) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
