//! Why a store takes no orders now and until when, in the customer's words.

use shared::TimeMs;
use shared::day::DayPhase;
use shared::id::StoreId;
use shared::schedule::KstDate;

use super::turn::Turn;
use crate::db;

/// One or two sentences; `None` when the store takes orders.
pub async fn why(turn: &Turn<'_>, store_id: StoreId) -> anyhow::Result<Option<String>> {
    let day = db::days::running(&turn.app.db, store_id).await?;
    let why = match day.map(|day| day.phase) {
        Some(DayPhase::Open { .. }) => return Ok(None),
        Some(DayPhase::OnBreak { until, cause, .. }) => {
            let text = cause.customer_text();
            return Ok(Some(match until {
                Some(until) => format!("{text}. {}까지 쉬어요.", until.kst_clock()),
                None => format!("{text}. 곧 다시 주문을 받을게요."),
            }));
        }
        Some(DayPhase::Preparing) => "아직 문을 열 준비를 하고 있어요.",
        Some(DayPhase::Closing { .. }) => "오늘 영업을 마감하고 있어요.",
        Some(DayPhase::Closed { .. }) | None => "지금은 영업하지 않아요.",
    };
    let now = turn.app.clock.now_ms();
    let schedule = db::stores::schedule(&turn.app.db, store_id).await?;
    let opening = schedule.and_then(|current| current.schedule.next_opening(now));
    Ok(Some(match opening {
        Some(opening) => format!("{why} {}", opens(opening, now)),
        None => why.to_owned(),
    }))
}

/// It closed between two looks.
pub fn just_now() -> String {
    "방금 주문 받기를 멈췄어요.".to_owned()
}

fn opens(opening: TimeMs, now: TimeMs) -> String {
    let (today, day) = (KstDate::of(now), KstDate::of(opening));
    let clock = opening.kst_clock();
    if day == today {
        format!("다음 영업은 오늘 {clock}에 시작해요.")
    } else if day == today.plus_days(1) {
        format!("다음 영업은 내일 {clock}에 시작해요.")
    } else {
        let (_, month, date) = day.parts();
        let weekday =
            ["월", "화", "수", "목", "금", "토", "일"].get(day.weekday()).copied().unwrap_or_default();
        format!("다음 영업은 {month}월 {date}일({weekday}) {clock}에 시작해요.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_told_as_people_say_it() {
        // 2026-11-22, a Sunday, 03:00 in Korea.
        let now = TimeMs(1_795_284_000_000);
        let hours = |hours: i64| now.plus_ms(hours * 60 * 60 * 1000);
        assert_eq!(opens(hours(7), now), "다음 영업은 오늘 10:00에 시작해요.");
        assert_eq!(opens(hours(31), now), "다음 영업은 내일 10:00에 시작해요.");
        assert_eq!(opens(hours(55), now), "다음 영업은 11월 24일(화) 10:00에 시작해요.");
    }
}
