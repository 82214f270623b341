//! Orders to print.

use shared::id::{GroupKey, ItemKey, OptionKey, OrderId, StoreId};
use shared::menu::{PricedLine, PricedOption};
use shared::order::{Order, OrderDetails, OrderMode, Phase, Ticket};
use shared::wire::{BusinessCard, Private, StoreCard};
use shared::{TimeMs, Won};
use store_desktop_core::print::tickets::{About, ItemOrigin, Marks};

/// 2026-11-21 (토) 18:31 in Korea.
pub const EVENING: TimeMs = TimeMs(1_795_253_460_000);

pub fn won(amount: i64) -> Won {
    Won::new(amount).unwrap()
}

pub fn line(name: &str, quantity: u32, unit: i64, options: &[(&str, u16, i64)]) -> PricedLine {
    PricedLine {
        item: ItemKey(name.to_owned()),
        name: name.to_owned(),
        quantity,
        options: options
            .iter()
            .map(|(name, quantity, price)| PricedOption {
                group: GroupKey("g".to_owned()),
                group_name: "옵션".to_owned(),
                option: OptionKey((*name).to_owned()),
                name: (*name).to_owned(),
                quantity: *quantity,
                price: won(*price),
            })
            .collect(),
        unit_price: won(unit),
        amount: won(unit * i64::from(quantity)),
        tax_free: false,
    }
}

pub fn order() -> Order {
    let mut free = line("생쌀 1kg (면세)", 1, 4_000, &[]);
    free.tax_free = true;
    let lines = vec![
        line("장어덮밥 정식", 2, 25_000, &[("곱빼기", 1, 3_000), ("고추냉이 많이", 2, 0)]),
        line("똠얌꿍 쌀국수와 아주 긴 이름의 똠방각하 특선 요리", 1, 13_500, &[("고수 빼기", 1, 0)]),
        line("콜라 500ml", 3, 2_000, &[]),
        free,
    ];
    let total = won(lines.iter().map(|line| line.amount.get()).sum());
    let tax_free = won(4_000);
    let details = OrderDetails {
        mode: OrderMode::Takeout,
        lines,
        total,
        tax_free,
        vat: total.checked_sub(tax_free).unwrap().vat_included(),
        points: Won::ZERO,
    };
    let id = "019b0000-0000-7000-8000-000000000001".parse::<OrderId>().unwrap();
    let mut order = Order::pending(id, details, true);
    order.ticket = Some(Ticket { number: 143, call_name: "푸른 사과".to_owned(), placed_at: EVENING });
    order.phase = Phase::Accepted { prep_minutes: 20, ready_by: EVENING.plus_minutes(22) };
    order
}

pub fn private() -> Private {
    Private {
        request: Some(
            "덜 맵게 해 주세요 😊 아이가 먹어요.\n젓가락은 빼고, 땅콩 알레르기가 있어요!".to_owned(),
        ),
        phone_last4: Some("4821".to_owned()),
    }
}

pub fn store() -> StoreCard {
    StoreCard {
        store_id: StoreId::fresh(),
        name: "망원분식".to_owned(),
        branch: "본점".to_owned(),
        prep_minutes_default: 20,
        business: Some(BusinessCard {
            company: "주식회사 망원푸드".to_owned(),
            representative: "홍길동".to_owned(),
            registration_no: "234-56-78902".to_owned(),
            address: "서울 마포구 포은로 77 1층".to_owned(),
            phone: "02-336-7788".to_owned(),
        }),
    }
}

pub fn origins() -> Vec<ItemOrigin> {
    let origin =
        |item: &str, origin: &str| ItemOrigin { item: ItemKey(item.to_owned()), origin: origin.to_owned() };
    vec![
        origin("장어덮밥 정식", "장어(국내산), 쌀(국내산)"),
        origin("똠얌꿍 쌀국수와 아주 긴 이름의 똠방각하 특선 요리", "새우(베트남산), 쌀국수(태국산)"),
        origin("여기 없는 것", "소고기(미국산)"),
    ]
}

/// Everything that a ticket is written from, owned.
pub struct Paperwork {
    pub order: Order,
    pub private: Private,
    pub store: StoreCard,
    pub origins: Vec<ItemOrigin>,
    pub marks: Marks,
}

impl Paperwork {
    pub fn new() -> Self {
        let marks = Marks { reprint: 0, sequence: 12, copy: 1, copies: 1, unconfirmed: false };
        Self { order: order(), private: private(), store: store(), origins: origins(), marks }
    }

    pub fn about(&self) -> About<'_> {
        About {
            order: &self.order,
            private: Some(&self.private),
            store: Some(&self.store),
            origins: &self.origins,
            code: "SO1:019b0000000070008000000000000001:1:a1b2c3d4",
            now: EVENING.plus_minutes(1),
            marks: self.marks,
        }
    }
}
