//! The guards that can be taken out.

use std::path::PathBuf;

use anyhow::{Context, Result};
use checker::Invariant;

/// A build with one guard missing.
pub struct Broken {
    pub name: &'static str,
    /// What was taken out.
    pub what: &'static str,
    pub caught_by: Invariant,
    pub scene: Scene,
}

/// A misfortune that the whole product survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    RedisEmptied,
    AnswerRolledBack,
    PowerCut,
    KeyUsedTwice,
    PaymentNotWritten,
    NewerServer,
    DiskRestored,
}

pub const ALL: &[Broken] = &[
    Broken {
        name: "plain-xadd",
        what: "the relay adds to the stream without comparing what is there",
        caught_by: Invariant::I3,
        scene: Scene::RedisEmptied,
    },
    Broken {
        name: "sequence-seq",
        what: "an event's number comes from a sequence instead of the locked cursor row",
        caught_by: Invariant::I3,
        scene: Scene::AnswerRolledBack,
    },
    Broken {
        name: "cursor-first",
        what: "the cursor moves in a transaction of its own before the event is written",
        caught_by: Invariant::I3,
        scene: Scene::AnswerRolledBack,
    },
    Broken {
        name: "journal-sync-normal",
        what: "the journal's commits do not wait for the disk",
        caught_by: Invariant::I3,
        scene: Scene::PowerCut,
    },
    Broken {
        name: "no-body-hash",
        what: "a command's key is answered whatever the command says",
        caught_by: Invariant::I5,
        scene: Scene::KeyUsedTwice,
    },
    Broken {
        name: "approve-before-row",
        what: "the money is asked for before a committed row says so",
        caught_by: Invariant::I1,
        scene: Scene::PaymentNotWritten,
    },
    Broken {
        name: "skip-unreadable",
        what: "the counter skips events that it cannot read",
        caught_by: Invariant::I3,
        scene: Scene::NewerServer,
    },
    Broken {
        name: "no-incarnation",
        what: "a disk that was restored from an older copy numbers its commands as if nothing had happened",
        caught_by: Invariant::I5,
        scene: Scene::DiskRestored,
    },
];

pub fn named(name: &str) -> Result<&'static Broken> {
    let known = || ALL.iter().map(|broken| broken.name).collect::<Vec<_>>().join(", ");
    ALL.iter()
        .find(|broken| broken.name == name)
        .with_context(|| format!("there is no {name}; there are {}", known()))
}

/// Where the patches are.
pub fn folder() -> PathBuf {
    crate::tree::repository().join("xtask/chaos/broken")
}

impl Broken {
    pub fn patch(&self) -> PathBuf {
        folder().join(self.name).with_extension("patch")
    }
}
