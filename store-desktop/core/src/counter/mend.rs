//! Mending the journal and reading everything anew from it.

use std::sync::Arc;

use super::Counter;
use crate::journal::{JournalError, Mended, Reread};

impl Counter {
    /// Makes a day of the journal what the server says, and shows what follows from it.
    pub(crate) async fn mend(&self, reread: Arc<Reread>) -> Result<Mended, JournalError> {
        self.in_turn(async {
            let mended = self.on_disk(|| self.journal.mend(Arc::clone(&reread))).await?;
            tracing::warn!(
                changed = mended.changed,
                added = mended.added,
                aside = mended.aside.as_ref().map(|path| path.display().to_string()),
                "the journal was read again from the server"
            );
            self.reload().await?;
            Ok(mended)
        })
        .await
    }
}
