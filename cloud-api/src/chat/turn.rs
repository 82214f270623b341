//! One turn of a conversation: who is it, and which operation is meant.

use futures_util::future::BoxFuture;

use super::action::Action;
use super::answer::Answer;
use super::expecting::{self, Expecting};
use super::known::{self, Met};
use super::payload::Payload;
use super::{
    add, cancel, find, help, item, line, menu, mine, options, phone, placement, popular, receipt, received,
    repeat, request, reserve, review, reviews, session, status, stores, tell_me, texts, typed,
};
use crate::app::App;
use crate::db;
use crate::db::customers::Customer;

/// What every operation needs.
pub struct Turn<'a> {
    pub app: &'a App,
    pub customer: Customer,
}

/// What an operation says, and what it asks to be typed next.
#[derive(Debug)]
pub struct Reply {
    pub answer: Answer,
    pub expecting: Option<Expecting>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, expecting: None }
    }
}

impl Reply {
    /// An answer that asks for something to be typed.
    pub fn asking(answer: Answer, expecting: Expecting) -> Self {
        Self { answer, expecting: Some(expecting) }
    }

    /// The same with other words.
    pub fn map(self, change: impl FnOnce(Answer) -> Answer) -> Self {
        Self { answer: change(self.answer), expecting: self.expecting }
    }
}

/// Answers what a person said or tapped.
pub async fn answer(app: &App, payload: &Payload) -> anyhow::Result<Answer> {
    let now = app.clock.now_ms();
    let tapped = payload.extra().map(Action::from_extra);
    let customer = match known::meet(app, payload, now).await {
        Met::Customer(customer) => customer,
        Met::Stranger(stranger) => {
            let turn = Turn { app, customer: stranger };
            if let Some(finding) = typed::finding(&turn, payload, tapped.as_ref()) {
                return Ok(perform(&turn, finding).await?.answer);
            }
            db::customers::meet(&app.db, payload.bot_id(), payload.user_key(), now).await?
        }
    };
    let turn = Turn { app, customer };
    let (reply, asked) = match tapped {
        Some(action) => {
            let acting = async {
                match action {
                    Some(action) => perform(&turn, action).await,
                    None => Ok(old_button()),
                }
            };
            // Beside the operation, so that no tap waits for it.
            let (reply, asked) = tokio::join!(acting, expecting::read(app, customer.id));
            (reply?, asked)
        }
        None => {
            let asked = expecting::read(app, customer.id).await;
            let question = asked.as_ref().and_then(|asked| asked.expecting.clone());
            (typed::hear(&turn, payload, question).await?, asked)
        }
    };
    match reply.expecting {
        // A place that is typed is understood without being expected.
        Some(Expecting::Place) => drop(expecting::remember(app, customer.id, Expecting::Place).await),
        Some(expecting) => expecting::remember(app, customer.id, expecting).await?,
        None => {
            if let Some(asked) = asked {
                expecting::forget(app, customer.id, asked).await;
            }
        }
    }
    Ok(reply.answer)
}

/// An operation under way. Its state lies on the heap: operations call each other, and together they would fill a thread's stack.
pub type Doing<'a> = BoxFuture<'a, anyhow::Result<Reply>>;

/// Does what a button asks for.
pub fn perform<'a>(turn: &'a Turn<'a>, action: Action) -> Doing<'a> {
    Box::pin(act(turn, action))
}

async fn act(turn: &Turn<'_>, action: Action) -> anyhow::Result<Reply> {
    metrics::counter!("chat_actions", "action" => name(&action)).increment(1);
    match action {
        Action::Home => stores::home(turn).await,
        Action::Help => Ok(help::help()),
        Action::Stores { at, page, far } => stores::nearby(turn, at, page, far).await,
        Action::AskPlace => Ok(stores::ask_place()),
        Action::Favourites { page } => stores::favourites(turn, page).await,
        Action::Used { page } => stores::used(turn, page).await,
        Action::Mark { store, on } => stores::mark(turn, store, on).await,
        Action::Find { query, page } => find::find(turn, &query, page).await,
        Action::Menu { store, page } => menu::overview(turn, store, page).await,
        Action::Popular { store } => popular::show(turn, store).await,
        Action::BestRated { store } => popular::best(turn, store).await,
        Action::Reviews { store, page } => reviews::show(turn, store, page).await,
        Action::Categories { store, page } => menu::categories(turn, store, page).await,
        Action::Category { store, category, page } => menu::category(turn, store, &category, page).await,
        Action::Item { store, item } => item::show(turn, store, &item).await,
        Action::Options { draft, group, page } => options::page(turn, draft, group, page).await,
        Action::Choose { draft, group, option, nonce } => {
            options::choose(turn, draft, group, option, nonce).await
        }
        Action::Rechoose { draft, group } => options::rechoose(turn, draft, group).await,
        Action::Next { draft, group, nonce } => options::next(turn, draft, group, nonce).await,
        Action::Add { draft, nonce, switch } => add::add(turn, draft, nonce, switch).await,
        Action::Session => session::show(turn).await,
        Action::Line { version, line } => line::show(turn, version, line).await,
        Action::Quantity { version, line, quantity } => {
            line::set_quantity(turn, version, line, quantity).await
        }
        Action::Clear { version } => session::clear(turn, version).await,
        Action::AskRequest { version } => request::ask(turn, version).await,
        Action::ClearRequest { version } => request::set(turn, version, "").await,
        Action::Place { version, seen } => placement::place(turn, version, seen).await,
        Action::PlaceWithPoints { version, seen } => placement::place_with_points(turn, version, seen).await,
        Action::TellMe { version, seen } => tell_me::ask(turn, version, seen).await,
        Action::Reserve { version, page } => reserve::ask(turn, version, page).await,
        Action::PickUp { version, at } => reserve::pick(turn, version, at).await,
        Action::OrderNow { version } => reserve::order_now(turn, version).await,
        Action::AskPhone => Ok(phone::ask(None)),
        Action::Mine => mine::show(turn).await,
        Action::Status => status::list(turn).await,
        Action::Order { store, order } => status::show(turn, store, order).await,
        Action::Received { store, order } => received::confirm(turn, store, order).await,
        Action::ReceivedNewest => received::confirm_newest(turn).await,
        Action::AskStars { store, order } => review::ask(turn, (store, order)).await,
        Action::Rate { store, order, stars, change } => {
            review::rate(turn, (store, order), stars, change).await
        }
        Action::AskReview { store, order } => review::ask_text(turn, (store, order)).await,
        Action::MyReview { store, order } => review::mine(turn, (store, order)).await,
        Action::RemoveReview { store, order, sure } => review::remove(turn, (store, order), sure).await,
        Action::Receipt { store, order } => receipt::show(turn, store, order).await,
        Action::RepeatLast => repeat::last(turn).await,
        Action::Repeat { store, order, switch } => repeat::again(turn, store, order, switch).await,
        Action::AskCancel { store, order } => cancel::ask(turn, store, order).await,
        Action::Cancel { store, order } => cancel::cancel(turn, store, order).await,
    }
}

/// A button that this version of the program does not know.
fn old_button() -> Reply {
    Answer::text(texts::OLD_BUTTON)
        .quick("주문서 보기", Action::Session)
        .quick("주문 상태", Action::Status)
        .into()
}

/// The action's name for metrics.
fn name(action: &Action) -> &'static str {
    match action {
        Action::Home => "home",
        Action::Help => "help",
        Action::Stores { .. } => "stores",
        Action::AskPlace => "ask_place",
        Action::Favourites { .. } => "favourites",
        Action::Used { .. } => "used",
        Action::Mark { .. } => "mark",
        Action::Find { .. } => "find",
        Action::Menu { .. } => "menu",
        Action::Popular { .. } => "popular",
        Action::BestRated { .. } => "best_rated",
        Action::Reviews { .. } => "reviews",
        Action::Categories { .. } => "categories",
        Action::Category { .. } => "category",
        Action::Item { .. } => "item",
        Action::Options { .. } => "options",
        Action::Choose { .. } => "choose",
        Action::Rechoose { .. } => "rechoose",
        Action::Next { .. } => "next",
        Action::Add { .. } => "add",
        Action::Session => "session",
        Action::Line { .. } => "line",
        Action::Quantity { .. } => "quantity",
        Action::Clear { .. } => "clear",
        Action::AskRequest { .. } => "ask_request",
        Action::ClearRequest { .. } => "clear_request",
        Action::Place { .. } => "place",
        Action::PlaceWithPoints { .. } => "place_with_points",
        Action::TellMe { .. } => "tell_me",
        Action::Reserve { .. } => "reserve",
        Action::PickUp { .. } => "pick_up",
        Action::OrderNow { .. } => "order_now",
        Action::AskPhone => "ask_phone",
        Action::Mine => "mine",
        Action::Status => "status",
        Action::Order { .. } => "order",
        Action::Received { .. } => "received",
        Action::ReceivedNewest => "received_newest",
        Action::AskStars { .. } => "ask_stars",
        Action::Rate { .. } => "rate",
        Action::AskReview { .. } => "ask_review",
        Action::MyReview { .. } => "my_review",
        Action::RemoveReview { .. } => "remove_review",
        Action::Receipt { .. } => "receipt",
        Action::RepeatLast => "repeat_last",
        Action::Repeat { .. } => "repeat",
        Action::AskCancel { .. } => "ask_cancel",
        Action::Cancel { .. } => "cancel",
    }
}
