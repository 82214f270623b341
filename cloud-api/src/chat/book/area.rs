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
        let named = Named::of(query);
        let mut by_city: BTreeMap<&str, Vec<(Spot, &str)>> = BTreeMap::new();
        for store in self.stores() {
            let Some(spot) = store.spot else { continue };
            if named.is_in(&store.area) {
                let city = store.card.address.split_whitespace().next().unwrap_or_default();
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

/// What a store's address and branch say about where it is, as it is compared; read once for every edition of the store.
#[derive(Debug, Clone)]
pub(super) struct AreaWords {
    address: Vec<String>,
    /// Branches of chains are named after where they are: `홍대` of `홍대점`.
    branch: String,
}

impl AreaWords {
    pub(super) fn read(address: &str, branch: &str) -> Self {
        let address = address.split_whitespace().map(normal).collect();
        Self { address, branch: bare(&normal(branch), &PLACE_ENDINGS).to_owned() }
    }
}

/// A typed name of a place.
struct Named<'a> {
    words: Vec<&'a str>,
    whole: &'a str,
}

impl<'a> Named<'a> {
    fn of(query: &'a Query) -> Self {
        // `점` ends branches alone.
        let words = query.words().map(|word| bare(word, &PLACE_ENDINGS[1..])).collect();
        Self { words, whole: bare(query.whole(), &PLACE_ENDINGS) }
    }

    fn is_in(&self, area: &AreaWords) -> bool {
        self.is_in_address(area) || (is_long_enough(self.whole) && self.whole == area.branch)
    }

    /// Whether every word is a part of the address from the beginning of one of its words on: `마포`, `와우산로`, but not `산로`.
    fn is_in_address(&self, area: &AreaWords) -> bool {
        self.words.iter().all(|word| {
            is_long_enough(word)
                && !word.chars().all(|c| c.is_ascii_digit())
                && area.address.iter().any(|part| part.starts_with(word))
        })
    }
}

fn is_long_enough(name: &str) -> bool {
    name.chars().nth(1).is_some()
}

/// Without the first of these endings that it has.
fn bare<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    endings.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// The middle of places that are near to each other.
fn middle(spots: &[Spot]) -> Option<Spot> {
    let count = u32::try_from(spots.len()).ok().filter(|count| *count > 0)?;
    let mean = |of: fn(&Spot) -> f64| spots.iter().map(of).sum::<f64>() / f64::from(count);
    let middle = Spot { lat: mean(|spot| spot.lat), lon: mean(|spot| spot.lon) };
    spots.iter().all(|spot| spot.distance(middle) <= WIDEST).then_some(middle)
}
