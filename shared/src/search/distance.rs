//! How far away something is.

use std::fmt;

/// Mean radius of the earth in metres.
const EARTH_M: f64 = 6_371_008.8;
/// Four kilometres an hour, on streets that are a third longer than the straight line.
const STRAIGHT_METRES_PER_MINUTE: u32 = 50;
/// Nobody walks further for food; beyond it no minutes are said.
const LONGEST_WALK_MINUTES: u32 = 40;
/// What South Korea lies in: south, north, west, east. Degrees.
const KOREA: (f64, f64, f64, f64) = (32.9, 38.7, 124.5, 132.0);

/// A place on the map, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    pub lat: f64,
    pub lon: f64,
}

/// Metres in a straight line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distance(pub u32);

impl Spot {
    /// A place in South Korea; `None` for anything else, which nobody who orders here means.
    pub fn in_korea(lat: f64, lon: f64) -> Option<Self> {
        let (south, north, west, east) = KOREA;
        ((south..=north).contains(&lat) && (west..=east).contains(&lon)).then_some(Self { lat, lon })
    }

    /// The way as the crow flies (haversine).
    pub fn distance(self, other: Self) -> Distance {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
        let across = half(self.lon.to_radians(), other.lon.to_radians());
        let share = (half(lat, other_lat) + lat.cos() * other_lat.cos() * across).clamp(0.0, 1.0);
        let metres = 2.0 * EARTH_M * share.sqrt().asin();
        // Half the way round the earth is 20,000 km, so it fits; what is no number is 0.
        Distance(metres.round() as u32)
    }
}

impl Distance {
    /// So many kilometres.
    pub const fn km(km: u32) -> Self {
        Self(km * 1_000)
    }

    /// Minutes on foot, at least one; `None` when nobody would walk that far.
    pub fn walk_minutes(self) -> Option<u32> {
        let minutes = self.0.div_ceil(STRAIGHT_METRES_PER_MINUTE).max(1);
        (minutes <= LONGEST_WALK_MINUTES).then_some(minutes)
    }
}

/// `350m(도보 7분)`, `3.4km`, `12km`; to the next 10 metres, because nobody's place is known better.
impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metres = self.0.div_ceil(10) * 10;
        match metres {
            0..1_000 => write!(f, "{}m", metres.max(10))?,
            1_000..10_000 => write!(f, "{}.{}km", metres / 1_000, metres % 1_000 / 100)?,
            _ => write!(f, "{}km", metres / 1_000)?,
        }
        match self.walk_minutes() {
            Some(minutes) => write!(f, "(도보 {minutes}분)"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(lat: f64, lon: f64) -> Spot {
        Spot::in_korea(lat, lon).unwrap()
    }

    #[test]
    fn measures_known_ways() {
        // One degree of latitude is 111.2 km; Seoul to Busan 325 km.
        assert_eq!(spot(36.0, 127.0).distance(spot(37.0, 127.0)), Distance(111_195));
        let busan = spot(37.5665, 126.978).distance(spot(35.1796, 129.0756));
        assert!((324_000..327_000).contains(&busan.0), "{busan:?}");
    }

    #[test]
    fn is_said_as_people_say_it() {
        let said = |metres| Distance(metres).to_string();
        assert_eq!(said(0), "10m(도보 1분)");
        assert_eq!(said(341), "350m(도보 7분)");
        assert_eq!(said(995), "1.0km(도보 20분)");
        assert_eq!(said(2_000), "2.0km(도보 40분)");
        assert_eq!(said(3_460), "3.4km");
        assert_eq!(said(325_000), "325km");
    }

    #[test]
    fn only_korea_is_a_place() {
        assert!(Spot::in_korea(37.55, 126.92).is_some());
        for (lat, lon) in [(126.92, 37.55), (0.0, 0.0), (f64::NAN, 127.0), (37.0, f64::INFINITY)] {
            assert!(Spot::in_korea(lat, lon).is_none(), "{lat} {lon}");
        }
    }

    proptest! {
        #[test]
        fn is_the_same_both_ways_and_never_longer_by_a_detour(
            a in (33.0..38.6, 124.6..131.9), b in (33.0..38.6, 124.6..131.9), c in (33.0..38.6, 124.6..131.9),
        ) {
            let (a, b, c) = (spot(a.0, a.1), spot(b.0, b.1), spot(c.0, c.1));
            prop_assert_eq!(a.distance(b), b.distance(a));
            prop_assert_eq!(a.distance(a), Distance(0));
            prop_assert!(a.distance(c).0 <= a.distance(b).0 + b.distance(c).0 + 2);
        }
    }
}
