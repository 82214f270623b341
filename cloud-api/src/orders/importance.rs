//! How important a message is: which goes first, and which is given up first when there are too many.

use super::Template;

/// The most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// Money was taken or goes back, or an owner is called. Never given up.
    Money,
    /// Somebody has to do something.
    Act,
    /// How an order goes on.
    Progress,
    /// Nice to know.
    Nicety,
}

impl Importance {
    /// Every one, the most important first.
    pub const ALL: [Self; 4] = [Self::Money, Self::Act, Self::Progress, Self::Nicety];

    /// The number in the database; smaller ones go first.
    pub fn number(self) -> i16 {
        match self {
            Self::Money => 0,
            Self::Act => 1,
            Self::Progress => 2,
            Self::Nicety => 3,
        }
    }

    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Act => "act",
            Self::Progress => "progress",
            Self::Nicety => "nicety",
        }
    }
}

impl Template {
    /// How important it is.
    pub fn importance(self) -> Importance {
        match self {
            Self::Placed
            | Self::Reserved
            | Self::Rejected
            | Self::Cancelled
            | Self::OwnerCall
            | Self::OwnerCallAgain => Importance::Money,
            Self::Ready | Self::Forgotten => Importance::Act,
            Self::Accepted | Self::ReservationFired => Importance::Progress,
            Self::Parked | Self::PayAgain | Self::DayClosed => Importance::Nicety,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_numbers_is_the_order_of_importance() {
        let numbers: Vec<i16> = Importance::ALL.iter().map(|importance| importance.number()).collect();
        assert_eq!(numbers, [0, 1, 2, 3]);
        assert!(Importance::ALL.is_sorted());
    }

    #[test]
    fn whatever_speaks_of_money_is_about_money() {
        let templates: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../../alimtalk-templates.json")).unwrap();
        for template in templates {
            let text = template["templateContent"].as_str().unwrap();
            let code = template["templateCode"].as_str().unwrap();
            let known = Template::from_code(code).unwrap_or_else(|| panic!("{code} is not sent by anybody"));
            let speaks_of_money = text.contains("#{결제금액}") || text.contains("#{환불금액}");
            assert!(!speaks_of_money || known.importance() == Importance::Money, "{code}");
        }
    }
}
