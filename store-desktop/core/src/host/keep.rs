//! A session is kept (로그인 유지): the sync runs, the token is renewed long before it ends, people and devices are asked for. A renewal
//! that fails stops nothing; a token that is refused although nobody ended the session goes on under its lease.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use shared::Code;
use shared::wire::Problem;
use tokio::time::sleep;

use crate::cloud::{Cloud, CloudError};
use crate::counter::Counter;
use crate::sync;

/// Longest time between two looks whether the token should be renewed; the computer's clock may jump.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Wait after the first failed renewal; doubles up to the last bound.
const RETRY: Duration = Duration::from_secs(30);
const MAX_DOUBLINGS: u32 = 6;
/// People and devices are asked for this often even when nobody says that they changed.
const PEOPLE_EVERY: Duration = Duration::from_secs(300);
/// Counters that come to another process together ask over this long.
const PEOPLE_SPREAD: Duration = Duration::from_secs(20);
/// Wait before the lease is shown again to a server that did not answer.
const LEASE_RETRY: Duration = Duration::from_secs(5);

/// Runs a session until it ends for good; says why.
pub(super) async fn keep(counter: Arc<Counter>, cloud: Cloud) -> Problem {
    loop {
        let problem = tokio::select! {
            biased;
            problem = sync::run(Arc::clone(&counter), cloud.clone()) => problem,
            never = renew(&counter, &cloud) => match never {},
            never = watch_people(&counter, &cloud) => match never {},
        };
        if problem.code != Code::SignedOut || !goes_on(&counter, &cloud).await {
            return problem;
        }
    }
}

/// Whether the session goes on under its lease. Waits for a server that does not answer: until it does, nobody ended anything.
async fn goes_on(counter: &Counter, cloud: &Cloud) -> bool {
    loop {
        let terms = counter.state().session.as_ref().and_then(|kept| kept.signed_in.terms.clone());
        let Some(lease) = terms.and_then(|terms| terms.lease) else { return false };
        match cloud.go_on(lease).await {
            Ok(renewed) => {
                tracing::error!("the token was refused; the session goes on under its lease");
                if let Err(error) = counter.keep_renewed(&renewed) {
                    tracing::error!(%error, "the leased session could not be kept");
                }
                cloud.renewed(renewed.token);
                return true;
            }
            Err(CloudError::Problem(problem)) if problem.status < 500 && problem.status != 429 => {
                tracing::info!(code = problem.code.as_str(), "the lease is refused too");
                return false;
            }
            Err(error) => {
                tracing::warn!(%error, "the lease could not be shown");
                sleep(LEASE_RETRY).await;
            }
        }
    }
}

/// Renews the token when it is time, for as long as the session lasts. The sync knows nothing of it.
async fn renew(counter: &Counter, cloud: &Cloud) -> Infallible {
    let mut failures = 0;
    loop {
        sleep(until_renewal(counter)).await;
        if !is_due(counter) {
            continue;
        }
        match cloud.renew().await {
            Ok(renewed) => {
                failures = 0;
                // On the disk first: after a crash in between, the token before still counts.
                if let Err(error) = counter.keep_renewed(&renewed) {
                    tracing::error!(%error, "the next token could not be kept; the one before goes on");
                    sleep(RETRY).await;
                    continue;
                }
                cloud.renewed(renewed.token);
                tracing::info!("the session was renewed");
            }
            Err(error) => {
                counter.renewal_failed();
                tracing::warn!(%error, failures, "the session could not be renewed; the token goes on until its end");
                sleep(RETRY.saturating_mul(1 << failures.min(MAX_DOUBLINGS))).await;
                failures += 1;
            }
        }
    }
}

fn until_renewal(counter: &Counter) -> Duration {
    let at = counter.state().session.as_ref().and_then(|kept| Some(kept.signed_in.terms.as_ref()?.renew_at));
    let wait = at.map_or(i64::MAX, |at| at.ms_since(counter.server_now()));
    u64::try_from(wait).map_or(Duration::ZERO, Duration::from_millis).min(LOOK_EVERY)
}

fn is_due(counter: &Counter) -> bool {
    let terms = counter.state().session.as_ref().and_then(|kept| kept.signed_in.terms.clone());
    terms.is_some_and(|terms| !terms.leased && terms.renew_at <= counter.server_now())
}

/// Asks for people and devices when the server says that they changed.
async fn watch_people(counter: &Counter, cloud: &Cloud) -> Infallible {
    loop {
        match cloud.desk().await {
            Ok(desk) => counter.keep_people(desk),
            Err(error) => tracing::debug!(%error, "people and devices could not be asked for"),
        }
        let elsewhere = async {
            counter.people_elsewhere().await;
            sleep(PEOPLE_SPREAD.mul_f64(rand::random())).await;
        };
        tokio::select! {
            () = counter.people_changed() => {}
            () = elsewhere => {}
            () = sleep(PEOPLE_EVERY) => {}
        }
    }
}
