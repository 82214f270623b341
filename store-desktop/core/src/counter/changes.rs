//! Every change of the counter: on the disk, then in memory, then told.

use shared::id::{CommandKey, OrderId};
use shared::wire::{LogEntry, Snapshot};

use super::open::FACT_LANGUAGE;
use super::{Counter, Language, Occurrence, State};
use crate::clock;
use crate::journal::{Appended, Fate, JournalError, SoundAbout, StoredEvent, Waiting};

impl Counter {
    /// Journals events of the log and shows them.
    pub async fn append(&self, entries: Vec<LogEntry>) -> Result<Appended, JournalError> {
        self.in_turn(async {
            let appended = self.on_disk(|| self.journal.append(entries.clone(), clock::now())).await?;
            if appended.stored.is_empty() {
                return Ok(appended);
            }
            if !self.is_followed_by(&appended) {
                // Memory could not be read when it was behind.
                self.reread().await;
                return Ok(appended);
            }
            let menu = self.state().menu_revision;
            self.show(&appended);
            self.checkpoint_if_due().await;
            if self.state().menu_revision != menu {
                self.keep_followed_menu().await;
            }
            Ok(appended)
        })
        .await
    }

    fn show(&self, appended: &Appended) {
        let noted: Vec<Occurrence> = {
            let mut state = self.state();
            let noted = appended.stored.iter().map(|event| occurrence(&mut state, event)).collect();
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
        self.ask_for_documents();
        self.changed();
        for one in noted {
            self.happened(one);
        }
    }

    /// Starts a new branch of the journal from a snapshot; waiting commands stay.
    pub async fn start_over(&self, snapshot: Snapshot, reason: &'static str) -> Result<(), JournalError> {
        let (position, orders) = (snapshot.position.clone(), snapshot.orders.len());
        self.in_turn(async {
            let orphaned =
                self.on_disk(|| self.journal.rebase(snapshot.clone(), reason, clock::now())).await?;
            if orphaned > 0 {
                tracing::warn!(orphaned, reason, "events of the old branch are kept as orphaned");
            }
            self.reload().await?;
            self.state().journal_problem = None;
            self.ask_for_documents();
            self.changed();
            self.happened(Occurrence::Baseline { position, reason: reason.to_owned(), orders });
            Ok(())
        })
        .await
    }

    /// A person has read a refusal.
    pub async fn dismiss(&self, key: CommandKey) -> Result<(), JournalError> {
        self.in_turn(async {
            self.on_disk(|| self.journal.dismiss(key)).await?;
            self.state()
                .waiting
                .retain(|one| one.command.key != key || !matches!(one.fate, Fate::Refused { .. }));
            self.changed();
            Ok(())
        })
        .await
    }

    /// A person has looked at an order: its sounds stop.
    pub async fn acknowledge(&self, order_id: OrderId, about: SoundAbout) -> Result<(), JournalError> {
        self.in_turn(async {
            self.on_disk(|| self.journal.acknowledge(order_id, about, clock::now())).await?;
            self.state().silenced.insert((order_id, about));
            self.changed();
            Ok(())
        })
        .await
    }

    /// Changes the window's language.
    pub async fn set_language(&self, language: Language) -> Result<(), JournalError> {
        self.journal.put_fact(FACT_LANGUAGE, language.as_str().to_owned()).await?;
        self.state().language = language;
        self.changed();
        Ok(())
    }
}

fn occurrence(state: &mut State, event: &StoredEvent) -> Occurrence {
    let noted = state.ledger.apply(event);
    if let Some(edited) = &noted.edited {
        // When it cannot be followed, the document is asked for.
        state.documents.follow(edited);
        state.menu_revision += 1;
    }
    Occurrence::Log {
        position: event.position.clone(),
        kind: noted.kind,
        order_id: noted.order_id,
        number: noted.number,
    }
}

/// The journal shows what it did, so there is nothing left to predict.
pub(super) fn is_settled(one: &Waiting, epoch: i32, seq: i64) -> bool {
    match &one.fate {
        Fate::Applied { position: None } => true,
        Fate::Applied { position: Some(at) } => at.epoch < epoch || (at.epoch == epoch && at.seq <= seq),
        Fate::Unanswered | Fate::Refused { .. } => false,
    }
}
