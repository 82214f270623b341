//! The checker is worth what it finds: one healthy set of data, made by real processes, and in it one field changed at a time, in the
//! database, the streams, the journal and Kakao's books. Each change has to be found, under the right invariant.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod books;
mod change;
mod database;
mod healthy;
mod journal;
mod rules;
mod stream;
mod tally;

use anyhow::{Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;

use healthy::Healthy;
use tally::Tally;

/// Changes the kind of damage; printed, so that a run can be repeated.
const SEED_VARIABLE: &str = "MUTATION_SEED";
/// Fewer would be no proof.
const LEAST: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_one_field_is_found_and_the_healthy_set_is_clean() -> Result<()> {
    let seed = std::env::var(SEED_VARIABLE).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(rand::random::<u64>);
    println!("{SEED_VARIABLE}={seed}");
    let healthy = Healthy::make().await?;
    let report = checker::check(&healthy.sources).await?;
    println!("{report}");
    ensure!(report.is_clean(), "the healthy set is not clean");
    journal::every_column_has_a_rule(&healthy.journal)?;
    let mut rng = StdRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    database::all(&healthy, &mut rng, &mut tally).await?;
    stream::all(&healthy, &mut rng, &mut tally).await?;
    journal::all(&healthy, &mut rng, &mut tally).await?;
    books::all(&healthy, &mut rng, &mut tally).await?;
    let report = checker::check(&healthy.sources).await?;
    ensure!(report.is_clean(), "a change was not undone: {report}");
    println!("{tally}");
    ensure!(tally.made() >= LEAST, "only {} changes were made", tally.made());
    ensure!(
        tally.missed().is_empty(),
        "not found, or under the wrong invariant:\n{}",
        tally.missed().join("\n")
    );
    Ok(())
}
