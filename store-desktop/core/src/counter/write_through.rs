//! Commands (처리) and their answers, with a disk or without: what is neither on the disk nor known to the server is never shown as done.
//!
//! Normally a command is on the disk and shown at once as a prediction. When the disk is full beyond its reserve, or failed twice within
//! an hour, the counter writes through: the command goes to the server, and is shown as done when the server has answered.

use std::collections::HashSet;
use std::future::Future;
use std::time::{Duration, Instant};

use shared::TimeMs;
use shared::id::{CommandKey, OrderId};
use shared::wire::{Command, CommandAction, CommandAnswer, Incarnation, Outcome};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::changes::is_settled;
use super::{Counter, Occurrence};
use crate::clock;
use crate::journal::{Fate, JournalError, Waiting};

/// How long somebody who pressed waits for the server when the disk cannot be relied on.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// When the disk last took something after it had been full.
const FACT_ROOM_AGAIN: &str = "room_again";
/// Commands that are held in memory at most; the disk has been full for long then, and nobody answers.
const MAX_UNKEPT: usize = 100;

impl Counter {
    /// Keeps a command and hands it to the delivery. It has an effect once the server has answered, not before. When the disk took
    /// nothing, the command is given only if the server answers it; [`JournalError::Unkept`] when it does not in time.
    pub async fn give(
        &self,
        order_id: impl Into<Option<OrderId>>,
        expected_version: Option<u32>,
        action: CommandAction,
    ) -> Result<Command, JournalError> {
        self.keep_and_send(order_id.into(), expected_version, action, Duration::ZERO).await
    }

    /// The same; the command leaves only after `hold`, so that the press can be taken back. One that is not on the disk is not held.
    pub(super) async fn keep_and_send(
        &self,
        order_id: Option<OrderId>,
        expected_version: Option<u32>,
        action: CommandAction,
        hold: Duration,
    ) -> Result<Command, JournalError> {
        let mut occurrences = self.occurrences();
        let keeping = self.keep_in_turn(order_id, expected_version, &action, hold);
        let Kept { command, on_disk, through } = self.in_turn(keeping).await?;
        self.command_given.notify_one();
        self.changed();
        let kind = serde_json::to_value(&action).unwrap_or_default();
        self.happened(Occurrence::Command { key: command.key, order_id, action: kind });
        if through && self.answer_to(command.key, &mut occurrences, ANSWER_LIMIT).await.is_none() && !on_disk
        {
            return Err(JournalError::Unkept);
        }
        Ok(command)
    }

    async fn keep_in_turn(
        &self,
        order_id: Option<OrderId>,
        expected_version: Option<u32>,
        action: &CommandAction,
        hold: Duration,
    ) -> Result<Kept, JournalError> {
        let known: HashSet<CommandKey> = self.state().waiting.iter().map(|one| one.command.key).collect();
        let journaled = self
            .on_disk(|| self.journal.queue(order_id, expected_version, action.clone(), clock::now()))
            .await;
        let journaled = journaled.or_else(|error| self.surfaced(&known, order_id, action).ok_or(error));
        let (command, on_disk) = match journaled {
            Ok(command) => (command, true),
            // What is too much for the journal is too much for memory.
            Err(error @ JournalError::TooMuch) => return Err(error),
            Err(error) if !self.writes_through() || self.state().unkept.len() >= MAX_UNKEPT => {
                return Err(error);
            }
            Err(_) => (unnumbered(order_id, expected_version, action.clone()), false),
        };
        let through = self.writes_through();
        let mut state = self.state();
        if state.waiting.iter().all(|one| one.command.key != command.key) {
            state.waiting.push(Waiting { command: command.clone(), fate: Fate::Unanswered });
        }
        if !on_disk {
            state.unkept.push(command.clone());
        }
        if through {
            state.unproven.insert(command.key);
        }
        state.release_earlier(&command);
        if on_disk && !through && !hold.is_zero() {
            state.hold(&command, hold);
        }
        Ok(Kept { command, on_disk, through })
    }

    /// A command whose commit was reported as failed, and that was on the disk when the journal was read anew: it was given after all.
    /// Giving it once more would be a second command.
    fn surfaced(
        &self,
        known: &HashSet<CommandKey>,
        order_id: Option<OrderId>,
        action: &CommandAction,
    ) -> Option<Command> {
        let state = self.state();
        let new = state.waiting.iter().map(|one| &one.command).filter(|one| !known.contains(&one.key));
        let mut latest_first = new.rev();
        latest_first.find(|one| one.order_id == order_id && one.action == *action).cloned()
    }

    /// What the server answers to a command, if it does in time. `occurrences` were subscribed to before the command was given.
    pub(crate) async fn answer_to(
        &self,
        key: CommandKey,
        occurrences: &mut Receiver<Occurrence>,
        limit: Duration,
    ) -> Option<CommandAnswer> {
        let answered = async {
            loop {
                match occurrences.recv().await {
                    Ok(Occurrence::Answer { key: of, outcome, code, position, .. }) if of == key => {
                        return CommandAnswer { key: Some(key), outcome, code, position };
                    }
                    Ok(_) => {}
                    // The answer may be among those that were missed.
                    Err(RecvError::Lagged(_)) => {
                        if let Some(answer) = self.known_answer(key).await {
                            return answer;
                        }
                    }
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        match tokio::time::timeout(limit, answered).await {
            Ok(answer) => Some(answer),
            // One that was read from the disk was told to nobody.
            Err(_) => self.known_answer(key).await,
        }
    }

    /// The answer as memory or the disk has it; without its place in the log, which neither keeps whole.
    async fn known_answer(&self, key: CommandKey) -> Option<CommandAnswer> {
        let remembered = {
            let state = self.state();
            if let Some(answer) = state.unwritten.iter().find(|answer| answer.key == Some(key)) {
                return Some(answer.clone());
            }
            state.waiting.iter().find(|one| one.command.key == key).map(|one| one.fate.clone())
        };
        let fate = match remembered {
            Some(fate) => fate,
            None => self.journal.command(key).await.ok()??.fate,
        };
        let (outcome, code) = match fate {
            Fate::Unanswered => return None,
            Fate::Applied { .. } => (Outcome::Applied, None),
            Fate::Refused { code, .. } => (Outcome::Refused, Some(code)),
        };
        Some(CommandAnswer { key: Some(key), outcome, code, position: None })
    }

    /// The oldest commands without an answer: those of the journal, then those that it did not take.
    pub(crate) async fn take_to_send(&self, limit: usize) -> Result<Vec<Command>, JournalError> {
        // A command is held before anybody can take it, and sent or withdrawn, never both.
        let journaled = match self.in_turn(self.take_in_turn(limit)).await {
            Ok(commands) => commands,
            Err(error) if self.writes_through() => {
                tracing::warn!(%error, "commands are sent from memory");
                self.remembered()
            }
            Err(error) => return Err(error),
        };
        let state = self.state();
        let is_open = |command: &Command| state.unwritten.iter().all(|one| one.key != Some(command.key));
        let unkept = state.unkept.iter().filter(|command| journaled.iter().all(|one| one.key != command.key));
        Ok(journaled.iter().chain(unkept).filter(|command| is_open(command)).take(limit).cloned().collect())
    }

    async fn take_in_turn(&self, limit: usize) -> Result<Vec<Command>, JournalError> {
        let (answered, held) = {
            let mut state = self.state();
            let now = tokio::time::Instant::now();
            state.held.retain(|_, held| held.until > now);
            (state.unwritten.len(), state.held_now())
        };
        // A success proves nothing of the disk: mostly there is nothing to write.
        match self.with_reserve(|| self.journal.take_all_but(held.clone(), limit + answered)).await {
            Err(error) => Err(self.disturbed(error).await),
            taken => taken,
        }
    }

    fn remembered(&self) -> Vec<Command> {
        let state = self.state();
        let open = state.waiting.iter().filter(|one| one.fate == Fate::Unanswered);
        open.map(|one| one.command.clone()).collect()
    }

    /// Keeps the server's answers.
    pub async fn keep_answers(&self, answers: Vec<CommandAnswer>) -> Result<(), JournalError> {
        self.in_turn(self.keep_answers_in_turn(answers)).await
    }

    async fn keep_answers_in_turn(&self, answers: Vec<CommandAnswer>) -> Result<(), JournalError> {
        let now = clock::now();
        let given = answers.iter().filter(|answer| answer.key.is_some()).count();
        let standing = match self.on_disk(|| self.journal.answer(answers.clone(), now)).await {
            Ok(standing) => {
                self.remember_unkept(&answers);
                standing
            }
            // The server has them, and says the same when it is asked again after a restart.
            Err(_) if self.writes_through() => {
                self.state().unwritten.extend(answers.clone());
                answers
            }
            Err(error) => return Err(error),
        };
        if standing.len() < given {
            self.reread_numbers().await?;
        }
        for answer in standing {
            self.show_answer(answer, now);
        }
        self.changed();
        Ok(())
    }

    /// The journal does not know commands that it did not take: their answers are written together with them.
    fn remember_unkept(&self, answers: &[CommandAnswer]) {
        let mut state = self.state();
        let unkept = |answer: &&CommandAnswer| {
            state.unkept.iter().any(|command| Some(command.key) == answer.key)
                && state.unwritten.iter().all(|known| known.key != answer.key)
        };
        let answers: Vec<CommandAnswer> = answers.iter().filter(unkept).cloned().collect();
        state.unwritten.extend(answers);
    }

    /// Some commands got numbers of a new incarnation: another copy of this disk has been at the server.
    async fn reread_numbers(&self) -> Result<(), JournalError> {
        tracing::error!("another copy of this counter's data used its command numbers");
        let waiting = self.journal.waiting().await?;
        let mut state = self.state();
        state.set_waiting(waiting);
        state.restored = true;
        Ok(())
    }

    fn show_answer(&self, answer: CommandAnswer, now: TimeMs) {
        let Some(key) = answer.key else { return };
        let order_id = {
            let mut state = self.state();
            state.unproven.remove(&key);
            let head = state.head.clone();
            let one = state.waiting.iter_mut().find(|one| one.command.key == key);
            let order_id = one.map(|one| {
                one.fate = fate(&answer, now);
                one.command.order_id
            });
            if let Some(head) = head {
                state.waiting.retain(|one| !is_settled(one, head.epoch, head.seq));
            }
            order_id
        };
        let CommandAnswer { outcome, code, position, .. } = answer;
        self.happened(Occurrence::Answer { key, order_id: order_id.flatten(), outcome, code, position });
    }

    /// Writes to the journal. On a full disk the ballast goes, and the work is tried once more.
    pub(crate) async fn with_reserve<T, W>(&self, work: impl Fn() -> W) -> Result<T, JournalError>
    where
        W: Future<Output = Result<T, JournalError>>,
    {
        let done = work().await;
        if matches!(done, Err(JournalError::DiskFull)) && self.ballast.drop_it() {
            tracing::warn!("the disk is full: the reserve was given to the journal");
            return work().await;
        }
        done
    }

    /// The same; after a failure what is in memory is read anew, and what the disk did not take before a success is written after it. The
    /// caller has the turn.
    pub(super) async fn on_disk<T, W>(&self, work: impl Fn() -> W) -> Result<T, JournalError>
    where
        W: Future<Output = Result<T, JournalError>>,
    {
        match self.with_reserve(work).await {
            Ok(done) => {
                self.disk_took_it().await;
                if self.is_of_another_journal() {
                    self.reread().await;
                }
                Ok(done)
            }
            Err(error) => Err(self.disturbed(error).await),
        }
    }

    /// The disk writes: what it did not take before is written now. Work that had nothing to write proves nothing, so a disk that was full is
    /// full until a small fact was written.
    async fn disk_took_it(&self) {
        let (full, unkept, unwritten) = {
            let state = self.state();
            (state.trust.is_full(), state.unkept.clone(), state.unwritten.clone())
        };
        if !full && unkept.is_empty() && unwritten.is_empty() {
            self.state().journal_problem = None;
            return;
        }
        let written = async {
            let now = clock::now();
            self.journal.keep(unkept.clone()).await?;
            // At once: what follows may fail, and then they are on the disk all the same.
            self.state().unkept.retain(|command| unkept.iter().all(|kept| kept.key != command.key));
            self.journal.answer(unwritten, now).await?;
            self.journal.put_fact(FACT_ROOM_AGAIN, now.0.to_string()).await
        };
        match written.await {
            Ok(()) => {
                let mut state = self.state();
                state.trust.wrote();
                state.journal_problem = None;
                state.unwritten.clear();
                if !state.writes_through() {
                    state.unproven.clear();
                }
            }
            Err(error) => tracing::warn!(%error, "what the disk did not take before is still in memory"),
        }
    }

    /// After an error nobody knows what the disk holds: what is in memory is read anew, and the person is told.
    async fn disturbed(&self, error: JournalError) -> JournalError {
        tracing::error!(%error, "the journal failed");
        self.state().trust.failed(&error, Instant::now());
        if error.is_for_want_of_room() {
            self.ballast.drop_it();
        }
        self.reread().await;
        self.journal_problem(Some(error.to_string()));
        error
    }
}

/// A command that was given.
struct Kept {
    command: Command,
    /// Or only in memory.
    on_disk: bool,
    /// It counts once the server has answered it.
    through: bool,
}

/// A command that no journal counted. The server compares no numbers of it; its key is what makes it one command.
fn unnumbered(order_id: Option<OrderId>, expected_version: Option<u32>, action: CommandAction) -> Command {
    Command {
        key: CommandKey::fresh(),
        device_seq: 0,
        incarnation: Incarnation::NONE,
        made_at: clock::now(),
        order_id,
        expected_version,
        action,
    }
}

pub(super) fn fate(answer: &CommandAnswer, now: TimeMs) -> Fate {
    match answer.outcome {
        Outcome::Applied | Outcome::AlreadyApplied => Fate::Applied { position: answer.position.clone() },
        Outcome::Refused => Fate::Refused { code: answer.code.unwrap_or(shared::Code::NotAllowed), at: now },
    }
}
