//! Finding stores, dishes and places by what was typed: `골목커피`, `ㄱㅁㅋㅍ`, `떡복이`, `홍대 근처`, `강남역 커피`.

use std::sync::Arc;

use anyhow::Context as _;
use shared::id::StoreId;
use shared::search::{MAX_QUERY_CHARS, Query, Spot};

use super::action::{Action, Place};
use super::answer::{Answer, List};
use super::book::{self, Edition, Hit};
use super::expecting::Expecting;
use super::store_cards::{self, Wanted};
use super::turn::{Reply, Turn};
use super::{help, menu, menu_cache, near, stores, whereabouts};

pub use shared::search::normal;

/// Words that say that a place is meant, alone or at the end of it.
const AROUND: [&str; 8] = ["근처", "주변", "부근", "인근", "쪽", "가까운", "근방", "에서"];
/// Words that say nothing about what is looked for.
const FILLERS: [&str; 12] =
    ["매장", "가게", "식당", "맛집", "곳", "내", "나", "여기", "우리", "지금", "위치", "찾아줘"];
/// Fewest letters of a place that one of these words is written together with.
const SHORTEST_PLACE: usize = 2;

/// What a typed text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// What is left without the words that say that a place is meant.
    words: Vec<String>,
    /// Whether a place is meant.
    around: bool,
}

/// Stores and dishes that a typed text means, and before them dishes of the store that the customer is looking at.
pub async fn find(turn: &Turn<'_>, typed: &str, page: u32) -> anyhow::Result<Reply> {
    let typed: String = typed.chars().take(MAX_QUERY_CHARS).collect();
    let asked = Asked::read(&typed);
    if asked.around && asked.words.is_empty() {
        return match near::recall(turn).await {
            Some(place) => stores::nearby(turn, Some(place), page, false).await,
            None => Ok(stores::ask_place()),
        };
    }
    let Some(query) = Query::read(&typed) else { return Ok(help::not_understood(&typed)) };
    let book = book::edition(turn.app).await?;
    if asked.around {
        return around(turn, &book, &typed, &asked, page).await;
    }
    let items = match turn.customer.last_store {
        Some(store) if page == 0 => items(turn, store, &query, &typed).await,
        Some(_) | None => None,
    };
    let hits = looked_up(&book, &query).await?;
    let place = match book.places(&query).as_slice() {
        [place] => Some(Place::new(place.spot.lat, place.spot.lon)),
        _ => None,
    };
    if hits.is_empty() && items.is_none() {
        return match by_place(turn, &book, &typed, &asked, page).await? {
            Some(reply) => Ok(reply),
            None => Ok(help::not_understood(&typed)),
        };
    }
    let near = match place {
        Some(place) => place.spot(),
        None => stores::around(turn, &book).await,
    };
    let found = listed(turn, &book, hits, near, &typed, page).await;
    let answer = match (items, found) {
        (None, None) => return Ok(help::not_understood(&typed)),
        (Some(items), None) => items,
        (None, Some(found)) => found,
        (Some(items), Some(found)) => items.then(found),
    };
    let around_it = place.map(|at| Action::Stores { at: Some(at), page: 0, far: false });
    Ok(stores::ways(answer.quick_if("이 근처 매장", around_it)).into())
}

/// What was typed when a place was asked for; another search when it is none.
pub async fn place(turn: &Turn<'_>, typed: &str) -> anyhow::Result<Reply> {
    let typed: String = typed.chars().take(MAX_QUERY_CHARS).collect();
    let asked = Asked::read(&typed);
    let book = book::edition(turn.app).await?;
    let named = Query::read(&asked.words.join(" "));
    match named.map(|query| book.places(&query)).as_deref() {
        Some([place]) => around_place(turn, place.spot).await,
        Some([_, ..]) => around(turn, &book, &typed, &Asked { around: true, ..asked }, 0).await,
        Some([]) | None => {
            let found = find(turn, &typed, 0).await?;
            Ok(Reply {
                answer: found.answer.before(unknown_place(&typed)),
                expecting: Some(Expecting::Place),
            })
        }
    }
}

/// Stores around a place that something else than our search named; `None` when nobody knows it.
pub async fn named_place(turn: &Turn<'_>, name: &str) -> anyhow::Result<Option<Reply>> {
    let book = book::edition(turn.app).await?;
    let Some(query) = Query::read(name) else { return Ok(None) };
    match book.places(&query).as_slice() {
        [place] => around_place(turn, place.spot).await.map(Some),
        _ => Ok(None),
    }
}

/// `홍대 근처`, `홍대 근처 커피`.
async fn around(
    turn: &Turn<'_>,
    book: &Arc<Edition>,
    typed: &str,
    asked: &Asked,
    page: u32,
) -> anyhow::Result<Reply> {
    let whole = Query::read(&asked.words.join(" "));
    let places = whole.as_ref().map(|query| book.places(query)).unwrap_or_default();
    match places.as_slice() {
        [place] => return around_place(turn, place.spot).await,
        [] => {}
        several => {
            let answer =
                Answer::text(format!("‘{}’은(는) 여러 곳에 있어요. 어디인가요?", asked.words.join(" ")));
            let answer = several.iter().fold(answer, |answer, place| {
                let at = Some(Place::new(place.spot.lat, place.spot.lon));
                answer.quick(&place.name, Action::Stores { at, page: 0, far: false })
            });
            return Ok(stores::shortcuts(answer).into());
        }
    }
    if let Some(reply) = by_place(turn, book, typed, asked, page).await? {
        return Ok(reply);
    }
    let answer = Answer::text(unknown_place(&asked.words.join(" ")));
    Ok(Reply::asking(stores::ways(answer), Expecting::Place))
}

fn unknown_place(name: &str) -> String {
    let name: String = name.chars().take(MAX_QUERY_CHARS).collect();
    format!(
        "‘{name}’이(가) 어디인지 아직 몰라요. 구·동·길이나 역 이름으로 보내 주세요. (예: 마포구, 홍대입구역)"
    )
}

async fn around_place(turn: &Turn<'_>, spot: Spot) -> anyhow::Result<Reply> {
    stores::nearby(turn, Some(Place::new(spot.lat, spot.lon)), 0, false).await
}

/// A place among the words, and what is looked for around it in the others; the place alone when no words are left.
async fn by_place(
    turn: &Turn<'_>,
    book: &Arc<Edition>,
    typed: &str,
    asked: &Asked,
    page: u32,
) -> anyhow::Result<Option<Reply>> {
    let words = &asked.words;
    for at in 0..words.len() {
        let place = Query::read(&words[at]).map(|query| book.places(&query)).unwrap_or_default();
        let [place] = place.as_slice() else { continue };
        let rest: Vec<&str> =
            words.iter().enumerate().filter(|(nth, _)| *nth != at).map(|(_, word)| word.as_str()).collect();
        let Some(query) = Query::read(&rest.join(" ")) else {
            return around_place(turn, place.spot).await.map(Some);
        };
        let mut hits = looked_up(book, &query).await?;
        hits.retain(|hit| stores::is_nearby(book, hit, place.spot));
        let found = listed(turn, book, hits, Some(place.spot), typed, page).await;
        if let Some(answer) = found {
            near::remember(turn, Place::new(place.spot.lat, place.spot.lon));
            let around =
                Action::Stores { at: Some(Place::new(place.spot.lat, place.spot.lon)), page: 0, far: false };
            return Ok(Some(stores::ways(answer.quick("이 근처 매장", around)).into()));
        }
    }
    Ok(None)
}

/// Looks into ten thousand stores away from the threads that answer.
async fn looked_up(book: &Arc<Edition>, query: &Query) -> anyhow::Result<Vec<Hit>> {
    let (book, query) = (book.clone(), query.clone());
    tokio::task::spawn_blocking(move || book.find(&query)).await.context("a search ended early")
}

async fn listed(
    turn: &Turn<'_>,
    book: &Edition,
    hits: Vec<Hit>,
    near: Option<Spot>,
    typed: &str,
    page: u32,
) -> Option<Answer> {
    let title = format!("‘{typed}’");
    let wanted = Wanted { title: &title, hits, near, page, keeps_order: false };
    store_cards::list(turn.app, book, wanted, |page| Action::Find { query: typed.to_owned(), page }).await
}

/// Dishes of the store at hand. What cannot be read in time is not missed: the stores are found without it.
async fn items(turn: &Turn<'_>, store: StoreId, query: &Query, typed: &str) -> Option<Answer> {
    let now = menu_cache::current(turn.app, store).await.ok()??;
    let answers = |name: &str| query.whole_in(&shared::search::Text::new(name));
    let mut hits: Vec<_> =
        now.menu.items().filter_map(|item| Some((answers(&item.name)?, item.sold_out, item))).collect();
    if hits.is_empty() {
        return None;
    }
    hits.sort_by_key(|(closeness, sold_out, _)| (*sold_out, *closeness));
    let rows =
        hits.iter().take(List::MAX_ROWS).map(|(_, _, item)| menu::row(&now.menu, store, item)).collect();
    let header = match hits.len() {
        many if many > List::MAX_ROWS => format!("‘{typed}’ 메뉴 {many}개 중 {}개", List::MAX_ROWS),
        few => format!("‘{typed}’ 메뉴 {few}개"),
    };
    let answer = Answer::lists(vec![List::new(header, rows)], "메뉴가 없어요.");
    Some(answer.quick("메뉴판", Action::Menu { store, page: 0 }))
}

impl Asked {
    fn read(typed: &str) -> Self {
        let mut asked = Self { words: Vec::new(), around: false };
        for word in typed.split_whitespace() {
            let plain = normal(word);
            if AROUND.contains(&plain.as_str()) {
                asked.around = true;
                continue;
            }
            let place = AROUND.iter().find_map(|end| plain.strip_suffix(end));
            match place.filter(|place| place.chars().count() >= SHORTEST_PLACE) {
                Some(place) => {
                    asked.around = true;
                    asked.words.push(place.to_owned());
                }
                None if place.is_some_and(|place| FILLERS.contains(&place)) => asked.around = true,
                None => asked.words.push(word.to_owned()),
            }
        }
        if asked.around {
            asked.words.retain(|word| !FILLERS.contains(&normal(word).as_str()));
        }
        asked
    }
}

/// A place that Kakao or a map app put into the text.
pub fn spot_in(typed: &str) -> Option<Place> {
    whereabouts::in_text(typed).map(|spot| Place::new(spot.lat, spot.lon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_whether_a_place_is_meant() {
        for (typed, words, around) in [
            ("홍대 근처", &["홍대"][..], true),
            ("홍대근처 커피", &["홍대", "커피"], true),
            ("내 주변", &[], true),
            ("내주변 매장", &[], true),
            ("강남역에서 떡볶이", &["강남역", "떡볶이"], true),
            ("골목 커피", &["골목", "커피"], false),
            ("매장", &["매장"], false),
        ] {
            let asked = Asked::read(typed);
            assert_eq!(
                (asked.words, asked.around),
                (words.iter().map(|w| (*w).to_owned()).collect(), around),
                "{typed}"
            );
        }
    }
}
