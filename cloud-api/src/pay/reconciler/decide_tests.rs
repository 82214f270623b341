use super::*;

const ALL: [&str; 14] = [
    "READY",
    "SEND_TMS",
    "OPEN_PAYMENT",
    "SELECT_METHOD",
    "ARS_WAITING",
    "AUTH_PASSWORD",
    "ISSUED_SID",
    "SUCCESS_PAYMENT",
    "PART_CANCEL_PAYMENT",
    "CANCEL_PAYMENT",
    "FAIL_AUTH_PASSWORD",
    "QUIT_PAYMENT",
    "FAIL_PAYMENT",
    "NEVER_HEARD_OF",
];
const NOW: TimeMs = TimeMs(1_000_000_000);
const LONG: i64 = 15 * 60 * 1_000;

fn status(text: &str) -> Seen {
    Seen::Status(OrderStatus::from(text.to_owned()))
}

fn known(state: AttemptState, age_s: i64, sends: i32, failure: Option<&str>) -> Known<'_> {
    let requested = NOW.plus_ms(-age_s * 1_000);
    Known { state, requested, expires: requested.plus_ms(LONG), sends, failure }
}

/// One letter per status, in the order of [`ALL`].
fn row(known: &Known<'_>) -> String {
    let letter = |text: &&str| match decide(&status(text), known, NOW) {
        Next::Capture => 'C',
        Next::GiveBack => 'B',
        Next::End(AttemptState::Failed, _) => 'F',
        Next::End(AttemptState::Abandoned, _) => 'A',
        Next::End(AttemptState::Expired, _) => 'E',
        Next::End(..) => '?',
        Next::ApproveAgain => 'S',
        Next::LookAt(_) => 'l',
        Next::Rest => '-',
        Next::GiveUp(_) => '!',
        Next::Review(_) => 'R',
    };
    ALL.iter().map(letter).collect()
}

#[test]
fn every_status_in_every_state() {
    use AttemptState as S;
    let minutes_20 = 20 * 60;
    let days_2 = 2 * 24 * 60 * 60;
    let table = [
        // Just sent: wait while it could still be on its way.
        (known(S::ApproveSent, 1, 1, None), "llllllRCRRFFFR"),
        (known(S::ApproveUnknown, 1, 1, Some("no_answer")), "llllllRCRRFFFR"),
        (known(S::ApproveUnknown, 119, 1, Some("-785")), "llllllRCRRFFFR"),
        // Still nothing after two minutes: once more, then never again.
        (known(S::ApproveUnknown, 120, 1, Some("no_answer")), "SSSSSSRCRRFFFR"),
        (known(S::ApproveUnknown, 239, 2, Some("no_answer")), "llllllRCRRFFFR"),
        (known(S::ApproveUnknown, 240, 2, Some("no_answer")), "AAAAAARCRRFFFR"),
        // The customer is gone.
        (known(S::ApproveUnknown, 300, 1, None), "AAAAAARCRRFFFR"),
        (known(S::ApproveUnknown, minutes_20, 1, None), "AAAAAARCRRFFFR"),
        // A definite no that the inquiry does not contradict.
        (known(S::ApproveUnknown, 0, 1, Some("-708")), "FFFFFFRCRRFFFR"),
        // A locked customer and a call that never left may go again soon, but not at once and not for ever.
        (known(S::ApproveUnknown, 0, 1, Some("-780/USER_LOCKED")), "llllllRCRRFFFR"),
        (known(S::ApproveUnknown, 1, 1, Some("-780/USER_LOCKED")), "SSSSSSRCRRFFFR"),
        (known(S::ApproveUnknown, 3, 2, Some("not_sent")), "SSSSSSRCRRFFFR"),
        (known(S::ApproveUnknown, 60, 5, Some("not_sent")), "AAAAAARCRRFFFR"),
        // The bank's answer is waited for, never forced.
        (known(S::ApproveUnknown, 119, 1, Some("-780/BANK_FIRM_UNKNOWN")), "llllllRCRRFFFR"),
        (known(S::ApproveUnknown, 120, 1, Some("-780/BANK_FIRM_UNKNOWN")), "AAAAAARCRRFFFR"),
        // Nobody came back; `requested` stands for `ready` here.
        (known(S::ReadyOk, 60, 0, None), "llllllABAAFFFA"),
        (known(S::ReadyOk, minutes_20, 0, None), "EEEEEEABAAFFFA"),
        // Ended: watched for a day.
        (known(S::Abandoned, 60, 1, None), "lllllllBllllll"),
        (known(S::Expired, minutes_20, 0, None), "lllllllBllllll"),
        (known(S::Failed, days_2, 1, None), "-------B------"),
        // Not ours to decide.
        (known(S::Approved, 60, 1, None), "--------------"),
        (known(S::NeedsReview, 60, 1, None), "--------------"),
        (known(S::ApproveRequested, 60, 0, None), "--------------"),
        (known(S::ReadySent, 60, 0, None), "--------------"),
        (known(S::ReadyUnknown, 60, 0, None), "--------------"),
    ];
    for (known, wanted) in table {
        assert_eq!(row(&known), wanted, "{known:?}");
    }
}

#[test]
fn an_unanswered_inquiry_decides_nothing() {
    use AttemptState as S;
    for state in [S::ApproveSent, S::ApproveUnknown, S::ReadyOk, S::Abandoned, S::Failed, S::Expired] {
        for age in [0, 100, 1_000, 80_000] {
            let next = decide(&Seen::Nothing, &known(state, age, 1, Some("-708")), NOW);
            assert!(matches!(next, Next::LookAt(at) if at > NOW), "{state:?} {age}: {next:?}");
        }
    }
}

#[test]
fn nobody_is_asked_for_ever() {
    use AttemptState as S;
    for (state, last, most) in [
        (S::ApproveUnknown, Next::Review("not_answered_for_a_day"), 1_460),
        (S::ReadyOk, Next::GiveUp("never_answered"), 150),
        (S::Abandoned, Next::GiveUp("never_answered"), 150),
    ] {
        let known = known(state, 0, 1, None);
        let (mut now, mut asked) = (NOW, 0);
        let end = loop {
            let next = decide(&Seen::Nothing, &known, now);
            let Next::LookAt(at) = next else { break next };
            now = at;
            asked += 1;
            assert!(asked <= most, "{state:?} is asked about again at {now:?}");
        };
        assert_eq!(end, last, "{state:?}");
    }
}

#[test]
fn looks_come_fast_first_then_each_ten_seconds_and_then_each_minute() {
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..17 {
        let next = next_look(NOW, now);
        waits.push(next.ms_since(now) / 1_000);
        now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 6, 60, 60]);
    assert_eq!(next_look(NOW, NOW.plus_ms(119_500)), NOW.plus_ms(121_000));
}

#[test]
fn watches_end_after_a_day() {
    let hour = 3_600_000;
    assert_eq!(next_watch(NOW, NOW.plus_ms(-1)), Some(NOW));
    assert_eq!(next_watch(NOW, NOW), Some(NOW.plus_ms(hour)));
    assert_eq!(next_watch(NOW, NOW.plus_ms(hour)), Some(NOW.plus_ms(24 * hour)));
    assert_eq!(next_watch(NOW, NOW.plus_ms(24 * hour)), None);
}
