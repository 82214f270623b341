//! Ways to a store: the first answer, around a place, marked stores, and stores used before.

use shared::TimeMs;
use shared::id::StoreId;
use shared::search::{Distance, Spot};

use super::action::{Action, Place};
use super::answer::Answer;
use super::book::{self, Edition, Hit};
use super::expecting::Expecting;
use super::standing::Standing;
use super::store_cards::{self, Wanted};
use super::turn::{Reply, Turn};
use super::{near, texts};
use crate::app::App;
use crate::db;
use crate::db::favourites;
use crate::db::store_list::ListedStore;

const GREETING: &str = "안녕하세요, 간편주문이에요. 매장을 고르면 바로 주문할 수 있어요.\n\
    매장·메뉴 이름이나 동네를 보내면 찾아 드려요. (예: 홍대입구역, 떡볶이, ㄱㅁㅋㅍ)";
const WHERE: &str = "어디 근처를 찾을까요? 동네, 역, 길 이름을 보내 주세요. (예: 마포구, 홍대입구역)\n\
    위치는 찾는 데만 쓰고, 100m쯤으로 어림해 30분 뒤에 잊어요.";

/// Further away than this is not nearby.
const NEARBY: Distance = Distance::km(5);

/// The way into everything.
pub async fn home(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    let reply = nearby(turn, None, 0, false).await?;
    Ok(reply.map(|answer| answer.before(GREETING)))
}

/// Stores around a place: the one given, the one named in this conversation, or the store looked at last. Those of other cities only when
/// `far` ones are wanted, or when nobody knows a place.
pub async fn nearby(turn: &Turn<'_>, at: Option<Place>, page: u32, far: bool) -> anyhow::Result<Reply> {
    let book = book::edition(turn.app).await?;
    let spot = match at {
        Some(place) => {
            let spot = place.spot();
            near::remember(turn, place);
            spot
        }
        None => around(turn, &book).await,
    };
    let around_here = match spot {
        Some(spot) if !far => within(&book, spot, NEARBY),
        Some(_) | None => Vec::new(),
    };
    // Whoever did not ask for a place is shown something in any case.
    let widened = around_here.is_empty() && (at.is_none() || far);
    let answer =
        offered(turn.app, &book, spot, around_here, widened, page, |page| Action::Stores { at, page, far });
    let answer = match answer.await {
        Some(answer) => answer,
        None if at.is_some() => {
            Answer::text("5km 안에는 아직 매장이 없어요. 다른 동네를 보내거나 더 먼 매장을 보세요.")
        }
        None => Answer::text("아직 주문을 받는 매장이 없어요. 나중에 다시 찾아와 주세요."),
    };
    let further = (!widened && spot.is_some()).then_some(Action::Stores { at, page: 0, far: true });
    let again = turn.customer.last_store.filter(|_| page == 0).map(|store| Action::Menu { store, page: 0 });
    Ok(ways(answer.quick_if("최근 매장", again).quick_if("더 먼 매장", further)).into())
}

async fn offered(
    app: &App,
    book: &Edition,
    spot: Option<Spot>,
    around_here: Vec<Hit>,
    widened: bool,
    page: u32,
    to_page: impl Fn(u32) -> Action,
) -> Option<Answer> {
    let hits = if widened { everywhere(book) } else { around_here };
    let title = if spot.is_some() && !widened { "가까운 매장" } else { "매장" };
    let wanted = Wanted { title, hits, near: spot, page, keeps_order: false };
    store_cards::list(app, book, wanted, to_page).await
}

/// Where distances are measured from when nothing else was said. Nobody waits long for it.
pub async fn around(turn: &Turn<'_>, book: &Edition) -> Option<Spot> {
    match near::recall(turn).await {
        Some(place) => place.spot(),
        None => turn.customer.last_store.and_then(|store| book.spot(store)),
    }
}

/// Stores that are no further from a place than this.
pub fn within(book: &Edition, spot: Spot, furthest: Distance) -> Vec<Hit> {
    let stores = book.stores().iter().enumerate();
    stores
        .filter(|(_, entry)| entry.spot.is_some_and(|at| at.distance(spot) <= furthest))
        .map(|(store, _)| Hit { store, grade: 0, dish: None })
        .collect()
}

/// Whether a hit is nearby.
pub fn is_nearby(book: &Edition, hit: &Hit, spot: Spot) -> bool {
    let at = book.stores().get(hit.store).and_then(|entry| entry.spot);
    at.is_some_and(|at| at.distance(spot) <= NEARBY)
}

fn everywhere(book: &Edition) -> Vec<Hit> {
    (0..book.stores().len()).map(|store| Hit { store, grade: 0, dish: None }).collect()
}

/// Asks for a place.
pub fn ask_place() -> Reply {
    Reply::asking(ways(Answer::text(WHERE)), Expecting::Place)
}

/// Marked stores, the newest first, what can be ordered now before the rest.
pub async fn favourites(turn: &Turn<'_>, page: u32) -> anyhow::Result<Reply> {
    let stores = favourites::marked(&turn.app.db, turn.customer.id).await?;
    let none = "즐겨찾기한 매장이 없어요. 매장 메뉴판에서 ‘☆ 즐겨찾기’를 누르면 여기에 모여요.";
    chosen(turn, "즐겨찾기", &stores, page, none, |page| Action::Favourites { page }).await
}

/// Stores ordered from, the latest first, what can be ordered now before the rest.
pub async fn used(turn: &Turn<'_>, page: u32) -> anyhow::Result<Reply> {
    let stores = favourites::used(&turn.app.db, turn.customer.id).await?;
    let none = "아직 주문한 매장이 없어요. 매장을 골라 주문해 보세요.";
    chosen(turn, "주문했던 매장", &stores, page, none, |page| Action::Used { page }).await
}

async fn chosen(
    turn: &Turn<'_>,
    title: &str,
    stores: &[StoreId],
    page: u32,
    none: &str,
    to_page: impl Fn(u32) -> Action,
) -> anyhow::Result<Reply> {
    let book = book::edition(turn.app).await?;
    let hits = stores.iter().filter_map(|store| book.position(*store));
    let hits = hits.map(|store| Hit { store, grade: 0, dish: None }).collect();
    let near = around(turn, &book).await;
    let wanted = Wanted { title, hits, near, page, keeps_order: true };
    let answer = store_cards::list(turn.app, &book, wanted, to_page).await;
    Ok(ways(answer.unwrap_or_else(|| Answer::text(none))).into())
}

/// Marks a store, or takes the mark away.
pub async fn mark(turn: &Turn<'_>, store: StoreId, on: bool) -> anyhow::Result<Reply> {
    let (app, customer) = (turn.app, turn.customer.id);
    let Some(found) = db::store_list::find(&app.db, store, app.clock.now_ms()).await? else {
        return Ok(ways(Answer::text(texts::NO_STORE)).into());
    };
    let name = found.full_name();
    let text = if !on {
        favourites::unmark(&app.db, customer, store).await?;
        format!("{name}을(를) 즐겨찾기에서 뺐어요.")
    } else if favourites::mark(&app.db, customer, store, app.clock.now_ms()).await? {
        format!("{name}을(를) 즐겨찾기에 넣었어요.")
    } else {
        let most = favourites::MAX_FAVOURITES;
        format!("즐겨찾기는 {most}곳까지예요. 하나를 빼고 다시 눌러 주세요.")
    };
    let answer = Answer::text(text).quick("메뉴판", Action::Menu { store, page: 0 });
    Ok(ways(answer.quick("즐겨찾기 보기", Action::Favourites { page: 0 })).into())
}

/// The button that marks a store or takes the mark away; nothing when it cannot be told.
pub async fn mark_button(turn: &Turn<'_>, store: StoreId) -> (&'static str, Option<Action>) {
    match favourites::is_marked(&turn.app.db, turn.customer.id, store).await {
        Ok(true) => ("★ 즐겨찾기 빼기", Some(Action::Mark { store, on: false })),
        Ok(false) => ("☆ 즐겨찾기", Some(Action::Mark { store, on: true })),
        Err(_) => ("", None),
    }
}

/// Shortcuts that fit under most answers.
pub fn shortcuts(answer: Answer) -> Answer {
    answer
        .quick("주문서 보기", Action::Session)
        .quick("주문 상태", Action::Status)
        .quick("다시 주문", Action::RepeatLast)
        .quick("도움말", Action::Help)
}

/// The other ways to a store, and the usual shortcuts.
pub fn ways(answer: Answer) -> Answer {
    let answer = answer
        .quick("내 주변 찾기", Action::AskPlace)
        .quick("즐겨찾기", Action::Favourites { page: 0 })
        .quick("주문했던 매장", Action::Used { page: 0 })
        .quick("인기 메뉴", Action::Popular { store: None });
    shortcuts(answer)
}

/// Whether it is open and how long it takes, in words.
pub fn state(store: &ListedStore, now: TimeMs) -> String {
    let standing = match (store.has_takeout(), store.open, store.rest_until) {
        (false, ..) => Standing::DeliveryOnly,
        (true, true, _) => Standing::Orderable,
        (true, false, until) => Standing::Closed { until, resting: until.is_some() },
    };
    store_cards::state(standing, Some(&store.wait), now)
}
