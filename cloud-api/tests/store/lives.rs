//! Disks that were restored from an older image, or copied to a second computer: what the server notices, and what it never confuses.

use serde_json::{Value, json};
use shared::Code;
use shared::wire::{BOOT_HEADER, Boot, Incarnation, Outcome, SignedIn};

use super::orders::{command, place, send};
use crate::world::{Answer, Counter, PASSWORD, World, answer};

fn boot(incarnation: Incarnation, number: i64) -> Boot {
    Boot { incarnation, number, nonce: Incarnation::fresh().0 }
}

async fn look(world: &World, token: &str, boot: Option<&Boot>) -> Answer {
    let request = world.http.get(world.url("/v1/store/snapshot")).bearer_auth(token);
    answer(match boot {
        Some(boot) => request.header(BOOT_HEADER, boot.to_string()),
        None => request,
    })
    .await
}

async fn sign_in(world: &World, counter: &Counter, boot: &Boot, take_over: bool) -> Answer {
    let body = json!({"login_id": counter.login_id, "password": PASSWORD, "device_id": counter.device_id,
                      "device_name": "카운터", "take_over": take_over});
    let request = world.http.post(world.url("/v1/store/sessions")).json(&body);
    answer(request.header(BOOT_HEADER, boot.to_string())).await
}

fn code(answer: &Answer) -> (u16, String) {
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    (answer.status, problem["code"].as_str().unwrap().to_owned())
}

fn copied(status: u16) -> (u16, String) {
    (status, "device_copied".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_are_followed_and_a_copy_of_the_disk_is_sent_away() {
    let world = World::start_without_workers().await;
    let counter = world.sign_in_counter().await;
    let token = &counter.session.token;
    let life = Incarnation::fresh();
    // A program that knows no lives is served as ever, before and after one that does.
    assert_eq!(look(&world, token, None).await.status, 200);
    let first = boot(life, 11);
    assert_eq!(look(&world, token, Some(&first)).await.status, 200);
    assert_eq!(look(&world, token, Some(&first)).await.status, 200);
    assert_eq!(look(&world, token, None).await.status, 200);
    // The image of the disk starts on a second computer: the same number, another start.
    let second = boot(life, 11);
    assert_eq!(code(&look(&world, token, Some(&second)).await), copied(401));
    assert_eq!(look(&world, token, Some(&first)).await.status, 200, "the first one goes on");
    // A restart is none.
    let restarted = boot(life, 12);
    assert_eq!(look(&world, token, Some(&restarted)).await.status, 200);
    // What is left of the process before, or an older image, is.
    assert_eq!(code(&look(&world, token, Some(&first)).await), copied(401));
    // A journal that noticed by itself that it was restored begins a new life, and the old one is over for good.
    let renewed = boot(Incarnation::fresh(), 13);
    assert_eq!(look(&world, token, Some(&renewed)).await.status, 200);
    assert_eq!(code(&look(&world, token, Some(&boot(life, 99))).await), copied(401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_signs_in_has_to_take_over_like_any_other_device() {
    let world = World::start_without_workers().await;
    let counter = world.sign_in_counter().await;
    let first = boot(Incarnation::fresh(), 5);
    assert_eq!(look(&world, &counter.session.token, Some(&first)).await.status, 200);
    let image = boot(first.incarnation, 5);
    assert_eq!(code(&sign_in(&world, &counter, &image, true).await), copied(409), "not even by taking over");
    let new_life = boot(Incarnation::fresh(), 6);
    assert_eq!(code(&sign_in(&world, &counter, &new_life, false).await).1, "counter_session_held");
    assert_eq!(look(&world, &counter.session.token, Some(&first)).await.status, 200);
    let taken = sign_in(&world, &counter, &new_life, true).await;
    assert_eq!(taken.status, 201, "{}", taken.body);
    let taken: SignedIn = serde_json::from_str(&taken.body).unwrap();
    assert_eq!(look(&world, &taken.token, Some(&new_life)).await.status, 200);
    let over = look(&world, &counter.session.token, Some(&first)).await;
    assert_eq!(code(&over), (401, "session_taken_over".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_given_out_twice_is_refused_and_the_command_is_not_lost() {
    let world = World::start_without_workers().await;
    let counter = world.sign_in_counter().await;
    let order = place(&world).await;
    let (life, other) = (Incarnation::fresh(), Incarnation::fresh());
    let numbered = |action: Value, number: i64, life: Incarnation| {
        let mut command = command(order.order_id, action);
        command["device_seq"] = json!(number);
        command["incarnation"] = json!(life);
        command
    };
    // 20 commands before the image was taken, some of them again afterwards: one effect each.
    let accept = numbered(json!({"kind": "accept", "prep_minutes": 10}), 1, life);
    let cooking = numbered(json!({"kind": "cooking"}), 2, life);
    let both = [accept.clone(), cooking.clone()];
    let answers = send(&counter, &both).await;
    assert!(answers.iter().all(|answer| answer.outcome == Outcome::Applied));
    let again = send(&counter, &both).await;
    assert!(again.iter().all(|answer| answer.outcome == Outcome::AlreadyApplied));
    // The restored disk gives number 2 to something else.
    let mut ready = numbered(json!({"kind": "ready"}), 2, life);
    let refused = &send(&counter, std::slice::from_ref(&ready)).await[0];
    assert_eq!((refused.outcome, refused.code), (Outcome::Refused, Some(Code::DeviceNumberReused)));
    // Under the same key with a number of a new life it takes effect, once.
    ready["incarnation"] = json!(other);
    let answers = send(&counter, &[ready.clone(), ready.clone()]).await;
    assert_eq!(answers[0].outcome, Outcome::Applied);
    assert_eq!(answers[1].outcome, Outcome::AlreadyApplied);
    // Programs that know no lives count as they like.
    let old = |kind: &str| numbered(json!({"kind": kind}), 2, Incarnation::NONE);
    let answers = send(&counter, &[old("handed_over"), old("handed_over")]).await;
    assert!(answers.iter().all(|answer| answer.code != Some(Code::DeviceNumberReused)), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_race_for_a_number_get_one_effect_for_it() {
    let world = World::start_without_workers().await;
    let counter = world.sign_in_counter().await;
    let life = Incarnation::fresh();
    for number in 1..=10 {
        let mut commands = Vec::new();
        for _ in 0..4 {
            let order = place(&world).await;
            let mut accept = command(order.order_id, json!({"kind": "accept", "prep_minutes": 10}));
            accept["device_seq"] = json!(number);
            accept["incarnation"] = json!(life);
            commands.push(accept);
        }
        let given = commands.iter().map(|command| send(&counter, std::slice::from_ref(command)));
        let answers: Vec<_> = futures_util::future::join_all(given).await.into_iter().flatten().collect();
        let applied = answers.iter().filter(|answer| answer.outcome == Outcome::Applied).count();
        let refused = answers.iter().filter(|answer| answer.code == Some(Code::DeviceNumberReused)).count();
        assert_eq!((applied, refused), (1, 3), "{answers:?}");
    }
}
