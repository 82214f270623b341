//! State in, view out.

use shared::TimeMs;

use super::check::{Looked, opening};
use super::conflict::{conflicts, refusal};
use super::lanes::{counts, lanes};
use super::{JournalNote, JournalView, Lanes, OutboxView, Screen, View, store};
use crate::counter::{DiskSpace, State};
use crate::journal::{Fate, Waiting};
use crate::sync::link::Link;

/// What the window shows at `now`, the counter's clock.
pub fn project(state: &State, link: Link, now: TimeMs) -> View {
    let session = state.session.as_ref();
    let signed_in = session.is_some();
    let server_now = now.plus_ms(state.link.offset_ms());
    let predicted = store::predicted(state);
    // Customers' orders are for those who signed in.
    let lanes = if signed_in { lanes(state) } else { Lanes::default() };
    let counts = counts(&lanes);
    let sold_out_before = store::sold_out_before(&predicted, server_now);
    let journal = journal(state);
    let looked = Looked {
        link: &link,
        journal: &journal,
        sold_out_before: sold_out_before.len(),
        parked: counts.parked,
        printer: state.print.opening_check(),
        now,
    };
    View {
        now,
        server_offset_ms: state.link.offset_ms(),
        screen: if signed_in { Screen::Counter } else { Screen::SignIn },
        store: state.ledger.store.clone().filter(|_| signed_in),
        login_id: session.map(|kept| kept.signed_in.login_id.clone()),
        account: super::account(state),
        desk: super::desk(state, server_now),
        pending_sign_in: state.people.pending.clone(),
        day_view: store::day_view(state, &predicted, now),
        // The host has the wizard.
        closing: None,
        busy_minutes: predicted.day.as_ref().map_or(0, |day| day.extra_minutes(server_now)),
        opening: opening(state, &looked),
        sold_out_before,
        menu_version: state.documents.menu.as_ref().map(|menu| menu.version),
        menu_revision: state.menu_revision,
        store_waiting: predicted.pending,
        day: predicted.day,
        availability: predicted.availability,
        undo: store::latest_undo(state, now),
        conflicts: conflicts(state),
        counts,
        clock: store::clock(state, &link),
        read_only: state.is_viewer(),
        sounds: store::sounds(state),
        server_url: state.server_url.clone(),
        link,
        lanes,
        alarm: store::alarm(state, now),
        outbox: outbox(&state.waiting),
        refusals: state.waiting.iter().filter_map(|one| refusal(state, one)).collect(),
        journal,
        print: state.print.view(&state.ledger, signed_in),
        sign_in_problem: state.sign_in_problem.clone(),
        language: state.language,
    }
}

fn journal(state: &State) -> JournalView {
    JournalView {
        healthy: state.journal_problem.is_none(),
        problem: state.journal_problem.clone(),
        position: state.head.as_ref().map(ToString::to_string),
        events: state.events,
        notes: notes(state),
        commands_lost: state
            .set_aside
            .as_ref()
            .map_or(0, |aside| u32::try_from(aside.lost).unwrap_or(u32::MAX)),
    }
}

/// What a person should know about the disk, the worst first.
fn notes(state: &State) -> Vec<JournalNote> {
    let lost = state.set_aside.as_ref().is_some_and(|aside| aside.lost > 0);
    let space = match state.space {
        DiskSpace::Enough => None,
        DiskSpace::Low => Some(JournalNote::SpaceLow),
        DiskSpace::Critical => Some(JournalNote::SpaceCritical),
    };
    let candidates = [
        state.trust.is_full().then_some(JournalNote::DiskFull),
        (state.writes_through() && !state.trust.is_full()).then_some(JournalNote::WriteThrough),
        lost.then_some(JournalNote::CommandsLost),
        (state.set_aside.is_some() && !lost).then_some(JournalNote::SetAside),
        state.restored.then_some(JournalNote::Restored),
        space,
    ];
    candidates.into_iter().flatten().collect()
}

fn outbox(waiting: &[Waiting]) -> OutboxView {
    let unanswered = || waiting.iter().filter(|one| one.fate == Fate::Unanswered);
    OutboxView {
        waiting: u32::try_from(unanswered().count()).unwrap_or(u32::MAX),
        oldest_made_at: unanswered().map(|one| one.command.made_at).min(),
    }
}
