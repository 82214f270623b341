//! Every change of the counter: on the disk, then in memory, then told.

use shared::TimeMs;
use shared::id::{CommandKey, OrderId};
use shared::wire::{Command, CommandAction, CommandAnswer, LogEntry, Outcome, Snapshot};

use super::open::FACT_LANGUAGE;
use super::{Counter, Language, Occurrence};
use crate::clock;
use crate::fold::Ledger;
use crate::journal::{Appended, Fate, JournalError, SoundAbout, StoredEvent, Waiting};

impl Counter {
    /// Journals events of the log and shows them.
    pub async fn append(&self, entries: Vec<LogEntry>) -> Result<Appended, JournalError> {
        let writing = self.writing.lock().await;
        let appended = match self.journal.append(entries, clock::now()).await {
            Ok(appended) => appended,
            Err(error) => return Err(self.disturbed(error).await),
        };
        if !appended.stored.is_empty() {
            self.show(&appended);
            self.checkpoint_if_due().await;
        }
        drop(writing);
        Ok(appended)
    }

    fn show(&self, appended: &Appended) {
        let noted: Vec<Occurrence> = {
            let mut state = self.state();
            let noted = appended.stored.iter().map(|event| occurrence(&mut state.ledger, event)).collect();
            let count = appended.stored.len();
            state.events += i64::try_from(count).unwrap_or(i64::MAX);
            state.unsaved += count as u64;
            state.head = Some(appended.head.clone());
            let head = appended.head.clone();
            state.waiting.retain(|one| !is_settled(one, head.epoch, head.seq));
            if appended.stopped.is_none() {
                state.journal_problem = None;
            }
            noted
        };
        self.heads.send_replace(Some(appended.head.clone()));
        self.changed();
        for one in noted {
            self.happened(one);
        }
    }

    /// Starts a new branch of the journal from a snapshot; waiting commands stay.
    pub async fn start_over(&self, snapshot: Snapshot, reason: &'static str) -> Result<(), JournalError> {
        let _writing = self.writing.lock().await;
        let (position, orders) = (snapshot.position.clone(), snapshot.orders.len());
        let orphaned = match self.journal.rebase(snapshot, reason, clock::now()).await {
            Ok(orphaned) => orphaned,
            Err(error) => return Err(self.disturbed(error).await),
        };
        if orphaned > 0 {
            tracing::warn!(orphaned, reason, "events of the old branch are kept as orphaned");
        }
        self.reload().await?;
        self.state().journal_problem = None;
        self.changed();
        self.happened(Occurrence::Baseline { position, reason: reason.to_owned(), orders });
        Ok(())
    }

    /// Keeps a command and hands it to the delivery. It has an effect once the server has answered, not before.
    pub async fn give(
        &self,
        order_id: OrderId,
        expected_version: Option<u32>,
        action: CommandAction,
    ) -> Result<Command, JournalError> {
        let _writing = self.writing.lock().await;
        let command = match self.journal.queue(order_id, expected_version, action, clock::now()).await {
            Ok(command) => command,
            Err(error) => return Err(self.disturbed(error).await),
        };
        {
            let mut state = self.state();
            state.waiting.push(Waiting { command: command.clone(), fate: Fate::Unanswered });
            state.journal_problem = None;
        }
        self.command_given.notify_one();
        self.changed();
        let action = serde_json::to_value(action).unwrap_or_default();
        self.happened(Occurrence::Command { key: command.key, order_id, action });
        Ok(command)
    }

    pub(crate) async fn take_to_send(&self, limit: usize) -> Result<Vec<Command>, JournalError> {
        self.journal.take_to_send(limit).await
    }

    /// Keeps the server's answers.
    pub async fn keep_answers(&self, answers: Vec<CommandAnswer>) -> Result<(), JournalError> {
        let _writing = self.writing.lock().await;
        let now = clock::now();
        if let Err(error) = self.journal.answer(answers.clone(), now).await {
            return Err(self.disturbed(error).await);
        }
        for answer in answers {
            self.show_answer(answer, now);
        }
        self.changed();
        Ok(())
    }

    fn show_answer(&self, answer: CommandAnswer, now: TimeMs) {
        let Some(key) = answer.key else { return };
        let order_id = {
            let mut state = self.state();
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
        self.happened(Occurrence::Answer { key, order_id, outcome, code, position });
    }

    /// A person has read a refusal.
    pub async fn dismiss(&self, key: CommandKey) -> Result<(), JournalError> {
        let _writing = self.writing.lock().await;
        if let Err(error) = self.journal.dismiss(key).await {
            return Err(self.disturbed(error).await);
        }
        self.state()
            .waiting
            .retain(|one| one.command.key != key || !matches!(one.fate, Fate::Refused { .. }));
        self.changed();
        Ok(())
    }

    /// A person has looked at an order: its sounds stop.
    pub async fn acknowledge(&self, order_id: OrderId, about: SoundAbout) -> Result<(), JournalError> {
        let _writing = self.writing.lock().await;
        if let Err(error) = self.journal.acknowledge(order_id, about, clock::now()).await {
            return Err(self.disturbed(error).await);
        }
        self.state().silenced.insert((order_id, about));
        self.changed();
        Ok(())
    }

    /// Changes the window's language.
    pub async fn set_language(&self, language: Language) -> Result<(), JournalError> {
        self.journal.put_fact(FACT_LANGUAGE, language.as_str().to_owned()).await?;
        self.state().language = language;
        self.changed();
        Ok(())
    }

    /// After an error nobody knows what the disk holds: what is in memory is read anew, and the person is told.
    async fn disturbed(&self, error: JournalError) -> JournalError {
        tracing::error!(%error, "the journal failed");
        let reread = self.reload().await;
        if let Err(again) = &reread {
            tracing::error!(%again, "the journal cannot be read either");
        }
        self.journal_problem(Some(error.to_string()));
        error
    }
}

fn occurrence(ledger: &mut Ledger, event: &StoredEvent) -> Occurrence {
    let noted = ledger.apply(event);
    Occurrence::Log {
        position: event.position.clone(),
        kind: noted.kind,
        order_id: noted.order_id,
        number: noted.number,
    }
}

fn fate(answer: &CommandAnswer, now: TimeMs) -> Fate {
    match answer.outcome {
        Outcome::Applied | Outcome::AlreadyApplied => Fate::Applied { position: answer.position.clone() },
        Outcome::Refused => Fate::Refused { code: answer.code.unwrap_or(shared::Code::NotAllowed), at: now },
    }
}

/// The journal shows what it did, so there is nothing left to predict.
fn is_settled(one: &Waiting, epoch: i32, seq: i64) -> bool {
    match &one.fate {
        Fate::Applied { position: None } => true,
        Fate::Applied { position: Some(at) } => at.epoch < epoch || (at.epoch == epoch && at.seq <= seq),
        Fate::Unanswered | Fate::Refused { .. } => false,
    }
}
