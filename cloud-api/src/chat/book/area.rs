//! Which place a typed name means: a known landmark, or the area that stores' own addresses and branches name.

use std::collections::BTreeMap;

use shared::search::{Distance, Query, Spot, normal};

use super::{Edition, landmarks};

/// What lies further from its own middle is no place one can be near to.
const WIDEST: Distance = Distance::km(15);
/// Most places that one name is told apart into.
const MAX_PLACES: usize = 5;
/// What people add to a place without changing it.
const PLACE_ENDINGS: [&str; 6] = ["점", "역", "출구", "사거리", "일대", "동네"];

/// A place on the map with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub name: String,
    pub spot: Spot,
}

impl Edition {
    /// The places that a typed name may mean; several when cities share the name, none when nobody knows it.
    pub fn places(&self, query: &Query) -> Vec<Place> {
        if let Some((name, spot)) = landmarks::find(query.whole()) {
            return vec![Place { name: name.to_owned(), spot }];
        }
        let mut by_city: BTreeMap<&str, Vec<(Spot, &str)>> = BTreeMap::new();
        for store in self.stores() {
            let Some(spot) = store.spot else { continue };
            let address = &store.card.address;
            let city = address.split_whitespace().next().unwrap_or_default();
            if in_address(query, address) || is_branch(query, &store.card.branch) {
                by_city.entry(city).or_default().push((spot, city));
            }
        }
        let several = by_city.len() > 1;
        let places = by_city.into_iter().filter_map(|(city, spots)| {
            let spots: Vec<Spot> = spots.into_iter().map(|(spot, _)| spot).collect();
            let words: Vec<&str> = query.words().collect();
            let name = if several { format!("{city} {}", words.join(" ")) } else { words.join(" ") };
            Some(Place { name, spot: middle(&spots)? })
        });
        places.take(MAX_PLACES).collect()
    }
}

/// Whether every word is a part of the address from the beginning of one of its words on: `마포`, `와우산로`, but not `산로`.
fn in_address(query: &Query, address: &str) -> bool {
    let parts: Vec<String> = address.split_whitespace().map(normal).collect();
    let begins = |word: &str| {
        let word = PLACE_ENDINGS[1..].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        word.chars().nth(1).is_some()
            && !word.chars().all(|c| c.is_ascii_digit())
            && parts.iter().any(|part| part.starts_with(word))
    };
    query.words().all(begins)
}

/// Branches of chains are named after where they are: `홍대점`.
fn is_branch(query: &Query, branch: &str) -> bool {
    let bare = |text: &str| {
        let text = normal(text);
        let cut = PLACE_ENDINGS.iter().find_map(|end| text.strip_suffix(end).map(str::to_owned));
        cut.unwrap_or(text)
    };
    let (asked, branch) = (bare(query.whole()), bare(branch));
    asked.chars().nth(1).is_some() && asked == branch
}

/// The middle of places that are near to each other.
fn middle(spots: &[Spot]) -> Option<Spot> {
    let count = u32::try_from(spots.len()).ok().filter(|count| *count > 0)?;
    let mean = |of: fn(&Spot) -> f64| spots.iter().map(of).sum::<f64>() / f64::from(count);
    let middle = Spot { lat: mean(|spot| spot.lat), lon: mean(|spot| spot.lon) };
    spots.iter().all(|spot| spot.distance(middle) <= WIDEST).then_some(middle)
}
