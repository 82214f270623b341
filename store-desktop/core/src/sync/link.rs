//! The link light (연결 표시): the age of the last proof that the whole path works, not whether a socket is open.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::TimeMs;
use shared::wire::Beat;
use tokio::time::Instant;

/// A proof is fresh for this long: one is made every 5 s and told every 10 s, and it takes a moment to get here.
const GREEN: Duration = Duration::from_secs(17);
/// After this long nobody should rely on the screen.
const AMBER: Duration = Duration::from_secs(40);
/// The computer's clock may differ from the server's by this much, in milliseconds.
const SKEW_LIMIT_MS: i64 = 60_000;

/// What the light shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Light {
    Green,
    Amber,
    Red,
}

/// Why it is not green.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum LinkCause {
    Ok,
    Connecting,
    CatchingUp,
    ServerUnreachable,
    /// The server answers, but cannot prove that it sees everything.
    Degraded,
    /// A viewer's counter is not there: the server tells the viewer nothing until it is back.
    CounterNotConnected,
    SignedOut,
    TakenOver,
    /// This computer's clock is more than a minute off.
    ClockSkew,
}

/// The light, its reason and its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Link {
    pub light: Light,
    /// Age of the last proof in milliseconds.
    pub proof_age_ms: Option<i64>,
    /// When the last proof was made, by the counter's clock.
    pub last_proof_at: Option<TimeMs>,
    pub cause: LinkCause,
    /// Since when it has shown this light for this reason.
    pub since: TimeMs,
}

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    CatchingUp,
    Live,
    Lost,
    /// A viewer's: the server answers, and no counter is connected there.
    CounterGone,
    SignedOut,
    TakenOver,
}

/// A time by both clocks: one that never jumps, one that people read.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub steady: Instant,
    pub wall: TimeMs,
}

impl Now {
    pub fn read() -> Self {
        Self { steady: Instant::now(), wall: crate::clock::now() }
    }
}

/// What is known about the link.
#[derive(Debug, Clone)]
pub struct LinkState {
    connection: Connection,
    began: Instant,
    proof: Option<Proof>,
    degraded: bool,
    offset_ms: i64,
    shown: Option<(Light, LinkCause, TimeMs)>,
}

#[derive(Debug, Clone, Copy)]
struct Proof {
    number: i64,
    /// When it was made, by the clock that never jumps: `age` before it was learnt.
    learnt: Instant,
    age: Duration,
    at: TimeMs,
}

impl LinkState {
    /// Nobody is signed in.
    pub fn new(now: Now) -> Self {
        Self {
            connection: Connection::SignedOut,
            began: now.steady,
            proof: None,
            degraded: false,
            offset_ms: 0,
            shown: None,
        }
    }

    /// Server time minus counter time by the last beat, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.offset_ms
    }

    /// The light and the reason that were shown last.
    pub fn shown(&self) -> Option<(Light, LinkCause)> {
        self.shown.map(|(light, cause, _)| (light, cause))
    }

    /// The connection changed.
    pub fn connection(&mut self, connection: Connection, now: Now) {
        let was_over = matches!(self.connection, Connection::SignedOut | Connection::TakenOver);
        let is_over = matches!(connection, Connection::SignedOut | Connection::TakenOver);
        if was_over && !is_over {
            // A proof of an earlier sign-in says nothing about this one.
            (self.began, self.proof, self.degraded) = (now.steady, None, false);
        }
        // Asking again whether the counter is back changes nothing about what is known.
        let asks = matches!(connection, Connection::Connecting | Connection::CatchingUp);
        if self.connection == Connection::CounterGone && asks {
            return;
        }
        self.connection = connection;
    }

    /// A beat came.
    pub fn beat(&mut self, beat: &Beat, now: Now) {
        self.offset_ms = beat.server_time.ms_since(now.wall);
        self.degraded = beat.degraded;
        let Some(canary) = beat.canary else { return };
        if self.proof.is_some_and(|proof| proof.number == canary.number) {
            return;
        }
        let age_ms = beat.server_time.ms_since(canary.written_at).max(0);
        self.proof = Some(Proof {
            number: canary.number,
            learnt: now.steady,
            age: Duration::from_millis(age_ms.unsigned_abs()),
            at: now.wall.plus_ms(-age_ms),
        });
    }

    /// What to show.
    pub fn show(&mut self, now: Now) -> Link {
        let age = self.proof.map(|proof| now.steady.saturating_duration_since(proof.learnt) + proof.age);
        let (light, cause) = self.judge(age, now);
        let since = match self.shown {
            Some((was, why, since)) if (was, why) == (light, cause) => since,
            Some(_) | None => now.wall,
        };
        self.shown = Some((light, cause, since));
        Link {
            light,
            proof_age_ms: age.map(|age| i64::try_from(age.as_millis()).unwrap_or(i64::MAX)),
            last_proof_at: self.proof.map(|proof| proof.at),
            cause,
            since,
        }
    }

    fn judge(&self, age: Option<Duration>, now: Now) -> (Light, LinkCause) {
        let unproven = now.steady.saturating_duration_since(self.began);
        let faded = if age.unwrap_or(unproven) <= AMBER { Light::Amber } else { Light::Red };
        match self.connection {
            Connection::SignedOut => (Light::Red, LinkCause::SignedOut),
            Connection::TakenOver => (Light::Red, LinkCause::TakenOver),
            // However fresh the last proof is: nothing can come at this moment.
            Connection::Lost => (faded, LinkCause::ServerUnreachable),
            Connection::CounterGone => (faded, LinkCause::CounterNotConnected),
            _ if self.degraded => (faded, LinkCause::Degraded),
            _ if age.is_some_and(|age| age <= GREEN) => {
                if self.offset_ms.abs() > SKEW_LIMIT_MS {
                    (Light::Amber, LinkCause::ClockSkew)
                } else {
                    (Light::Green, LinkCause::Ok)
                }
            }
            Connection::Connecting => (faded, LinkCause::Connecting),
            Connection::CatchingUp => (faded, LinkCause::CatchingUp),
            Connection::Live => (faded, LinkCause::Degraded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::log::Position;
    use shared::wire::Canary;

    fn beat(number: i64, at: TimeMs, age_ms: i64) -> Beat {
        let canary = Some(Canary { number, written_at: at.plus_ms(-age_ms) });
        Beat { head: Position::start(1), server_time: at, canary, degraded: false, desk: None }
    }

    fn later(now: Now, seconds: u64) -> Now {
        let ms = i64::try_from(seconds * 1000).unwrap();
        Now { steady: now.steady + Duration::from_secs(seconds), wall: now.wall.plus_ms(ms) }
    }

    #[test]
    fn fades_with_the_age_of_the_proof_and_names_the_cause() {
        let start = Now::read();
        let mut link = LinkState::new(start);
        assert_eq!(link.show(start).cause, LinkCause::SignedOut);
        link.connection(Connection::Connecting, start);
        assert_eq!(link.show(start).light, Light::Amber);
        link.connection(Connection::Live, start);
        link.beat(&beat(7, start.wall, 2_000), start);
        let shown = link.show(start);
        assert_eq!(
            (shown.light, shown.cause, shown.proof_age_ms),
            (Light::Green, LinkCause::Ok, Some(2_000))
        );
        link.connection(Connection::Lost, start);
        let amber = link.show(later(start, 1));
        assert_eq!((amber.light, amber.cause), (Light::Amber, LinkCause::ServerUnreachable));
        let red = link.show(later(start, 39));
        assert_eq!((red.light, red.since), (Light::Red, later(start, 39).wall));
        assert_eq!(link.show(later(start, 50)).since, red.since);
    }

    #[test]
    fn the_same_canary_again_proves_nothing() {
        let start = Now::read();
        let mut link = LinkState::new(start);
        link.connection(Connection::Live, start);
        link.beat(&beat(7, start.wall, 0), start);
        let then = later(start, 20);
        link.beat(&beat(7, then.wall, 20_000), then);
        let shown = link.show(then);
        assert_eq!((shown.light, shown.cause), (Light::Amber, LinkCause::Degraded));
    }

    #[test]
    fn a_viewer_without_its_counter_is_not_one_without_a_line() {
        let start = Now::read();
        let mut link = LinkState::new(start);
        link.connection(Connection::Live, start);
        link.beat(&beat(1, start.wall, 0), start);
        link.connection(Connection::CounterGone, start);
        link.connection(Connection::CatchingUp, start);
        assert_eq!(link.show(start).cause, LinkCause::CounterNotConnected);
        link.connection(Connection::Lost, start);
        assert_eq!(link.show(start).cause, LinkCause::ServerUnreachable);
        link.connection(Connection::CounterGone, start);
        link.connection(Connection::Live, start);
        assert_eq!(link.show(start).cause, LinkCause::Ok);
    }

    #[test]
    fn a_wrong_clock_is_named_and_does_not_age_the_proof() {
        let start = Now::read();
        let mut link = LinkState::new(start);
        link.connection(Connection::Live, start);
        link.beat(&beat(1, start.wall.plus_ms(7_200_000), 1_000), start);
        let shown = link.show(start);
        assert_eq!((shown.light, shown.cause), (Light::Amber, LinkCause::ClockSkew));
        assert_eq!(shown.proof_age_ms, Some(1_000));
        assert_eq!(link.offset_ms(), 7_200_000);
    }
}
