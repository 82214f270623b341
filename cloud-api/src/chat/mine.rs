//! What a customer has with us (내 정보): points, grade, and how far the next one is.

use shared::grade::{Grade, PERIOD_DAYS};
use shared::schedule::KstDate;
use shared::{Won, points};

use super::action::Action;
use super::answer::{Answer, Button, TextCard};
use super::turn::{Reply, Turn};
use crate::clock::to_ms;
use crate::db;
use crate::db::points::PointsKind;
use crate::points::grade;

/// Movements of points that are shown.
const NEWEST: i64 = 5;

/// Points, grade, and the last movements.
pub async fn show(turn: &Turn<'_>) -> anyhow::Result<Reply> {
    let (app, customer) = (turn.app, turn.customer.id);
    let available = db::points::available(&app.db, customer).await?;
    let (grade, completed) = grade(&app.db, customer, app.clock.now_ms()).await?;
    let newest = db::points::newest(&app.db, customer, NEWEST).await?;
    let mut lines = vec![benefit(grade), missing(completed)];
    lines.extend(newest.into_iter().map(|(kind, amount, at)| {
        let (words, sign) = words(kind);
        let (_, month, day) = KstDate::of(to_ms(at)).parts();
        format!("· {month}월 {day}일 {words} {sign}{}", amount_text(amount))
    }));
    lines.push(format!(
        "포인트는 {}부터, 주문 금액의 {}%까지 결제할 때 쓸 수 있고 사라지지 않아요.",
        amount_text(points::LEAST_USED),
        points::MAX_SHARE_PERMILLE / 10
    ));
    let card = TextCard::new(format!("{} 등급 · 포인트 {}", grade.customer_text(), amount_text(available)))
        .description(lines.join("\n"))
        .button(Button::new("주문 상태", Action::Status))
        .button(Button::new("매장 찾기", Action::Stores { at: None, page: 0, far: false }));
    Ok(Answer::card(card).quick("전화번호 바꾸기", Action::AskPhone).quick("도움말", Action::Help).into())
}

fn benefit(grade: Grade) -> String {
    let percent = grade.earn_permille() / 10;
    format!("주문이 완료되면 결제한 금액의 {percent}%가 쌓여요.")
}

fn missing(completed: i64) -> String {
    match Grade::next(completed) {
        Some((next, missing)) => format!(
            "최근 {PERIOD_DAYS}일 동안 {completed}번 주문하셨어요. {missing}번 더 주문하면 {} 등급({}%)이에요.",
            next.customer_text(),
            next.earn_permille() / 10
        ),
        None => {
            format!("최근 {PERIOD_DAYS}일 동안 {completed}번 주문하셨어요. 가장 높은 등급이에요. 고마워요!")
        }
    }
}

fn words(kind: PointsKind) -> (&'static str, &'static str) {
    match kind {
        PointsKind::Earned => ("적립", "+"),
        PointsKind::Returned => ("환불로 돌아옴", "+"),
        PointsKind::Released => ("주문이 결제되지 않아 돌아옴", "+"),
        PointsKind::Held => ("결제 대기", "-"),
        PointsKind::Used => ("사용", "-"),
        PointsKind::Reversed => ("환불로 적립 취소", "-"),
    }
}

fn amount_text(amount: i64) -> Won {
    Won::new(amount).unwrap_or(Won::ZERO)
}
