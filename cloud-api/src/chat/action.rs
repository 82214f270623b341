//! What a button asks for. It travels through Kakao inside the button's `extra`, so old ones come back months later: everything in here
//! is looked up again, nothing in here is believed.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::id::{CategoryKey, ItemKey, LineId, OrderId, StoreId};
use shared::review::Stars;
use shared::search::Spot;
use shared::session::SessionVersion;
use shared::{TimeMs, Won};

use super::draft::Draft;

/// Everything that a button can ask for. The names in the JSON are short because Kakao counts bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "a", rename_all = "snake_case")]
pub enum Action {
    Home,
    Help,
    /// Stores around a place; without one, around the place of this conversation or the store used last.
    Stores {
        #[serde(rename = "at", default, skip_serializing_if = "Option::is_none")]
        at: Option<Place>,
        #[serde(rename = "p")]
        page: u32,
        /// Also those that are not nearby.
        #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
        far: bool,
    },
    /// Asks where the customer is.
    AskPlace,
    /// Stores that the customer marked.
    Favourites {
        #[serde(rename = "p")]
        page: u32,
    },
    /// Stores that the customer ordered from.
    Used {
        #[serde(rename = "p")]
        page: u32,
    },
    /// Marks a store, or takes the mark away.
    Mark {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "on")]
        on: bool,
    },
    /// Stores and menu items that match a typed text.
    Find {
        #[serde(rename = "q")]
        query: String,
        #[serde(rename = "p")]
        page: u32,
    },
    /// A store's menu at a glance.
    Menu {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "p")]
        page: u32,
    },
    /// What is ordered most, at one store or at all of them.
    Popular {
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        store: Option<StoreId>,
    },
    /// What is rated best, at one store or at all of them.
    BestRated {
        #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
        store: Option<StoreId>,
    },
    /// What others say of a store.
    Reviews {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "p")]
        page: u32,
    },
    /// The names of all categories.
    Categories {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "p")]
        page: u32,
    },
    Category {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "c")]
        category: CategoryKey,
        #[serde(rename = "p")]
        page: u32,
    },
    Item {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "i")]
        item: ItemKey,
    },
    /// Another page of the options of one group.
    Options {
        #[serde(rename = "d")]
        draft: Draft,
        #[serde(rename = "g")]
        group: u32,
        #[serde(rename = "p")]
        page: u32,
    },
    /// Takes one option, or one more of it, or gives it back.
    Choose {
        #[serde(rename = "d")]
        draft: Draft,
        #[serde(rename = "g")]
        group: u32,
        #[serde(rename = "o")]
        option: u32,
        #[serde(rename = "n")]
        nonce: Nonce,
    },
    /// Forgets what was chosen of one group.
    Rechoose {
        #[serde(rename = "d")]
        draft: Draft,
        #[serde(rename = "g")]
        group: u32,
    },
    /// Done with one group.
    Next {
        #[serde(rename = "d")]
        draft: Draft,
        #[serde(rename = "g")]
        group: u32,
        #[serde(rename = "n")]
        nonce: Nonce,
    },
    /// Puts the finished draft into the order session.
    Add {
        #[serde(rename = "d")]
        draft: Draft,
        #[serde(rename = "n")]
        nonce: Nonce,
        /// Also when the session belongs to another store, which is given up.
        #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
        switch: bool,
    },
    Session,
    /// One line of the session, to change it.
    Line {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "l")]
        line: LineId,
    },
    Quantity {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "l")]
        line: LineId,
        #[serde(rename = "q")]
        quantity: u32,
    },
    /// Gives the whole session up.
    Clear {
        #[serde(rename = "v")]
        version: SessionVersion,
    },
    AskRequest {
        #[serde(rename = "v")]
        version: SessionVersion,
    },
    ClearRequest {
        #[serde(rename = "v")]
        version: SessionVersion,
    },
    /// Makes the order. `seen` is the total that the button's bubble showed, in won.
    Place {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "t")]
        seen: Won,
    },
    /// The same, with as many points as may be used.
    PlaceWithPoints {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "t")]
        seen: Won,
    },
    /// The customer wants to hear when KakaoPay works again.
    TellMe {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "t")]
        seen: Won,
    },
    /// A page of the times that can be reserved.
    Reserve {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "p")]
        page: u32,
    },
    /// Takes a time for the session.
    PickUp {
        #[serde(rename = "v")]
        version: SessionVersion,
        #[serde(rename = "at")]
        at: TimeMs,
    },
    /// Makes a reservation an order of now again.
    OrderNow {
        #[serde(rename = "v")]
        version: SessionVersion,
    },
    AskPhone,
    /// Points and grade.
    Mine,
    Status,
    Order {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// The customer says that they have the food.
    Received {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// The same, without saying which order.
    ReceivedNewest,
    /// Asks for the stars of an order.
    AskStars {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// Gives stars to an order.
    Rate {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
        #[serde(rename = "n")]
        stars: Stars,
        /// Also when it has some already.
        #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
        change: bool,
    },
    /// Asks for a line about an order.
    AskReview {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// The customer's own review of an order.
    MyReview {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// Takes a review back.
    RemoveReview {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
        /// They were asked and are sure.
        #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
        sure: bool,
    },
    /// The receipt of an order.
    Receipt {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    /// The newest order once more.
    RepeatLast,
    /// An order once more.
    Repeat {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
        /// Also when something else lies in the order session, which is given up.
        #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
        switch: bool,
    },
    AskCancel {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
    Cancel {
        #[serde(rename = "s")]
        store: StoreId,
        #[serde(rename = "o")]
        order: OrderId,
    },
}

/// A place on the map, in thousandths of a degree: about a hundred metres, enough to sort stores by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    #[serde(rename = "y")]
    lat_milli: i32,
    #[serde(rename = "x")]
    lon_milli: i32,
}

impl Place {
    /// The place at these degrees.
    pub fn new(lat: f64, lon: f64) -> Self {
        // Degrees are at most 180, so the thousandths fit; out of range saturates.
        Self { lat_milli: (lat * 1_000.0).round() as i32, lon_milli: (lon * 1_000.0).round() as i32 }
    }

    /// Where it is; `None` when a button names a place that is not in Korea.
    pub fn spot(self) -> Option<Spot> {
        Spot::in_korea(f64::from(self.lat_milli) / 1_000.0, f64::from(self.lon_milli) / 1_000.0)
    }
}

/// Names one bubble, so that two taps on the same button of it count once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(u32);

impl Nonce {
    /// A nonce for a new bubble.
    pub fn fresh() -> Self {
        Self(u32::from_le_bytes(crate::token::random_bytes::<4>()))
    }
}

impl std::fmt::Display for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Action {
    /// The `extra` of a button.
    pub fn to_extra(&self) -> Value {
        serde_json::to_value(self).expect("an action holds only keys, numbers and texts")
    }

    /// Reads an `extra`; `None` when it is none of ours, or not any more.
    pub fn from_extra(extra: &Value) -> Option<Self> {
        Self::deserialize(extra).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_action() -> Vec<Action> {
        let store = StoreId::fresh();
        let (order, line) = (OrderId::fresh(), LineId::fresh());
        let version = SessionVersion { created: TimeMs(1_763_683_200_000), n: 3 };
        let draft: Draft = serde_json::from_value(
            serde_json::json!({"s": store, "i": "americano", "f": "00ff00ff", "c": ["01", "", "z"]}),
        )
        .unwrap();
        let nonce = Nonce::fresh();
        vec![
            Action::Home,
            Action::Help,
            Action::Stores { at: None, page: 2, far: false },
            Action::Stores { at: Some(Place::new(37.5529, 126.9226)), page: 0, far: true },
            Action::AskPlace,
            Action::Favourites { page: 1 },
            Action::Used { page: 0 },
            Action::Mark { store, on: true },
            Action::Find { query: "홍대".to_owned(), page: 1 },
            Action::Menu { store, page: 0 },
            Action::Popular { store: None },
            Action::BestRated { store: None },
            Action::Reviews { store, page: 19 },
            Action::Categories { store, page: 0 },
            Action::Category { store, category: "coffee".into(), page: 7 },
            Action::Item { store, item: "americano".into() },
            Action::Options { draft: draft.clone(), group: 1, page: 2 },
            Action::Choose { draft: draft.clone(), group: 1, option: 99, nonce },
            Action::Rechoose { draft: draft.clone(), group: 0 },
            Action::Next { draft: draft.clone(), group: 19, nonce },
            Action::Add { draft: draft.clone(), nonce, switch: false },
            Action::Add { draft, nonce, switch: true },
            Action::Session,
            Action::Line { version, line },
            Action::Quantity { version, line, quantity: 0 },
            Action::Clear { version },
            Action::AskRequest { version },
            Action::ClearRequest { version },
            Action::Place { version, seen: Won::new(12_500).unwrap() },
            Action::PlaceWithPoints { version, seen: Won::new(12_500).unwrap() },
            Action::TellMe { version, seen: Won::new(12_500).unwrap() },
            Action::Reserve { version, page: 3 },
            Action::PickUp { version, at: TimeMs(1_795_284_000_000) },
            Action::OrderNow { version },
            Action::AskPhone,
            Action::Mine,
            Action::Status,
            Action::Order { store, order },
            Action::Received { store, order },
            Action::ReceivedNewest,
            Action::AskStars { store, order },
            Action::Rate { store, order, stars: Stars::ALL[0], change: false },
            Action::Rate { store, order, stars: Stars::ALL[4], change: true },
            Action::AskReview { store, order },
            Action::MyReview { store, order },
            Action::RemoveReview { store, order, sure: true },
            Action::Receipt { store, order },
            Action::RepeatLast,
            Action::Repeat { store, order, switch: false },
            Action::Repeat { store, order, switch: true },
            Action::AskCancel { store, order },
            Action::Cancel { store, order },
        ]
    }

    #[test]
    fn every_action_comes_back_from_its_button() {
        for action in every_action() {
            let extra = action.to_extra();
            assert!(extra.is_object() && extra.to_string().len() < 300, "{extra}");
            assert_eq!(Action::from_extra(&extra), Some(action));
        }
    }

    #[test]
    fn what_kakao_adds_to_an_extra_is_ignored_and_what_is_missing_is_not_guessed() {
        for action in every_action() {
            let mut extra = action.to_extra();
            extra["somethingNew"] = true.into();
            assert_eq!(Action::from_extra(&extra), Some(action.clone()));
            let needed = ["s", "d", "v", "q"].into_iter().find(|key| extra.get(key).is_some());
            if let (Some(key), Some(map)) = (needed, extra.as_object_mut()) {
                map.remove(key);
                assert_eq!(Action::from_extra(&extra), None, "{action:?} without {key}");
            }
        }
    }

    #[test]
    fn a_place_is_kept_to_a_hundred_metres() {
        let spot = Place::new(37.5529, 126.9226).spot().unwrap();
        assert!((spot.lat - 37.553).abs() < 1e-9 && (spot.lon - 126.923).abs() < 1e-9);
        assert_eq!(Place::new(52.5, 13.4).spot(), None);
    }
}
