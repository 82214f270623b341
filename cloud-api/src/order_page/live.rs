//! `GET /o/{token}/events`: the page's fragment, again whenever something changed, and a beat between: each beat says that the order was looked
//! at a moment ago, so a page that hears none knows how old it is.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use tokio::time::{Instant, sleep, timeout};

use super::draw;
use super::lang::Lang;
use super::pages::{Pages, Seat};
use super::seen;
use crate::app::App;
use crate::db;
use crate::db::order_pages::Pulse;
use crate::db::pay_links::PayLinkTarget;
use crate::pay::page::private;
use crate::pay::{self, PageError};

/// Time between two beats.
const BEAT: Duration = Duration::from_secs(10);
/// A wake-up can be lost, and a payment that fails sends none: the order is looked at this often all the same.
const LOOK: Duration = Duration::from_secs(5);
const LOOK_URGENT: Duration = Duration::from_secs(1);
/// A busy store's news are looked at together.
const GATHER: Duration = Duration::from_millis(150);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// A stream ends after this long; the page opens the next one.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// When a page that found no room may ask again, in seconds.
const RETRY_AFTER: &str = "15";
/// Tells nginx and its kin to pass each frame on at once.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Opens the stream.
pub(super) async fn events(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let target = db::pay_links::find(&app.db, &token).await?;
    let Some(target) = target.filter(|target| target.attempt_id.is_none()) else {
        return Ok(pay::page::not_found().into_response());
    };
    let Ok(seat) = Pages::sit(&app, target.store_id, target.order_id) else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]).into_response());
    };
    let live = Live {
        app,
        seat,
        target,
        lang: Lang::of(&headers),
        shown: None,
        urgent: true,
        next_beat: Instant::now() + BEAT,
        until: Instant::now() + LIFETIME,
        over: false,
    };
    let mut response = Sse::new(live.into_events()).into_response();
    private(&mut response);
    response.headers_mut().insert(ACCEL_BUFFERING, HeaderValue::from_static("no"));
    Ok(response)
}

/// One open page.
struct Live {
    app: App,
    seat: Seat,
    target: PayLinkTarget,
    lang: Lang,
    /// What was known when the fragment was sent last, and the minute of it.
    shown: Option<(Pulse, i64)>,
    /// Money is moving: look more often.
    urgent: bool,
    next_beat: Instant,
    until: Instant,
    over: bool,
}

/// What a look at the order found.
enum Look {
    Changed(Box<Event>),
    Same,
    Gone,
}

impl Live {
    fn into_events(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        stream::unfold(self, |mut live| async move {
            let event = live.next().await?;
            Some((Ok(event), live))
        })
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.over {
                return None;
            }
            if self.app.shutdown.is_cancelled() || Instant::now() >= self.until {
                self.over = true;
                return Some(Event::default().event("bye").data("again"));
            }
            match timeout(PATIENCE, self.look()).await {
                Ok(Ok(Look::Changed(event))) => {
                    self.next_beat = Instant::now() + BEAT;
                    return Some(*event);
                }
                Ok(Ok(Look::Same)) if Instant::now() >= self.next_beat => {
                    self.next_beat = Instant::now() + BEAT;
                    return Some(Event::default().event("beat").data("alive"));
                }
                Ok(Ok(Look::Same)) => {}
                Ok(Ok(Look::Gone)) => {
                    self.over = true;
                    return None;
                }
                // No beat: the page itself tells how old it is.
                Ok(Err(error)) => tracing::debug!(%error, "an open order page could not look"),
                Err(_) => tracing::debug!("an open order page looked in vain"),
            }
            self.wait().await;
        }
    }

    async fn look(&mut self) -> Result<Look, sqlx::Error> {
        let (store_id, order_id) = (self.target.store_id, self.target.order_id);
        self.seat.news.mark_unchanged();
        let Some(pulse) = db::order_pages::pulse(&self.app.db, store_id, order_id).await? else {
            return Ok(Look::Gone);
        };
        // The page tells minutes that are left.
        let now = (pulse, self.app.clock.now_ms().0 / 60_000);
        if self.shown.as_ref() == Some(&now) {
            return Ok(Look::Same);
        }
        let Some(seen) = seen::read(&self.app, self.target).await? else { return Ok(Look::Gone) };
        self.shown = Some(now);
        self.urgent = seen.is_urgent();
        self.over = seen.is_over();
        let data = draw::payload(&seen, self.lang);
        Ok(Look::Changed(Box::new(Event::default().event("page").data(data))))
    }

    async fn wait(&mut self) {
        let most = if self.urgent { LOOK_URGENT } else { LOOK };
        tokio::select! {
            () = self.app.shutdown.cancelled() => {}
            () = sleep(most) => {}
            _ = self.seat.news.changed() => sleep(GATHER).await,
        }
    }
}
