//! Where an owner is called: said by an owner, read by nobody, erased for good.

use serde_json::{Value, json};
use shared::wire::StaffRole;

use super::device::{Device, code, owner_at};
use crate::world::{Answer, PASSWORD, World};

const NUMBER: &str = "010-7391-2046";

async fn say(world: &World, owner: &Device, phone: Value) -> Answer {
    let body = json!({"own_password": PASSWORD, "phone": phone});
    owner.post(world, "/v1/store/alert-phone", &body).await
}

async fn called(world: &World) -> (String, bool) {
    let app = world.app();
    let callee = cloud_api::db::owner_numbers::callee(&world.db, &app.vault, world.coffee.store_id).await;
    let callee = callee.unwrap();
    (callee.phone, callee.is_given)
}

/// Every column of the store's rows, as text.
async fn written_down(world: &World) -> String {
    let rows: Vec<String> = sqlx::query_scalar(
        "select s::text from store s union all select o::text from owner_number o
         union all select encode(sealed, 'escape') from owner_number where sealed is not null",
    )
    .fetch_all(&world.db)
    .await
    .unwrap();
    rows.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_says_it_and_it_is_kept_sealed_and_shown_masked() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let (store_phone, given) = called(&world).await;
    assert!(!given, "before anybody said a number, the store's own is called");
    assert_eq!(owner.desk(&world).await.alert_phone, None);
    // A number that the operator's file named is used until the owner says one.
    sqlx::query("update store set alert_phone = '010-5555-0001' where store_id = $1")
        .bind(world.coffee.store_id.0)
        .execute(&world.db)
        .await
        .unwrap();
    assert_eq!(called(&world).await, ("010-5555-0001".to_owned(), true));
    assert_eq!(owner.desk(&world).await.alert_phone.as_deref(), Some("010-****-0001"));

    let said = say(&world, &owner, json!(NUMBER)).await;
    assert_eq!(said.status, 204, "{}", said.body);
    assert_eq!(called(&world).await, ("01073912046".to_owned(), true));
    assert_eq!(owner.desk(&world).await.alert_phone.as_deref(), Some("010-****-2046"));
    let kept = written_down(&world).await;
    assert!(
        !kept.contains("73912046") && !kept.contains("010-5555-0001"),
        "only sealed, and the old one is gone: {kept}"
    );

    let erased = say(&world, &owner, Value::Null).await;
    assert_eq!(erased.status, 204, "{}", erased.body);
    assert_eq!(called(&world).await, (store_phone, false));
    assert_eq!(owner.desk(&world).await.alert_phone, None);
    let rows: i64 = sqlx::query_scalar("select count(*) from owner_number where sealed is not null")
        .fetch_one(&world.db)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_import_of_the_file_does_not_bring_an_older_number_back() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let mut file: Value =
        serde_json::from_str(include_str!("../../fixtures/stores/hongdae-coffee.json")).unwrap();
    file["store"]["alert_phone"] = json!("010-5555-0001");
    let import = async || {
        cloud_api::cli::import_store(&world.db, &world.clock, &file.to_string()).await.unwrap();
    };
    import().await;
    assert_eq!(called(&world).await.0, "010-5555-0001");
    for phone in [json!(NUMBER), Value::Null] {
        say(&world, &owner, phone).await;
        let before = called(&world).await;
        import().await;
        assert_eq!(called(&world).await, before);
        assert!(!written_down(&world).await.contains("5555-0001"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_owners_alone_and_only_a_mobile_number() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    for text in ["02-332-0101", "1588-0000", "", "010-0000-00000", "내 번호"] {
        let refused = say(&world, &owner, json!(text)).await;
        assert_eq!(code(&refused), (400, "phone_malformed"), "{text:?}");
        assert!(refused.body.contains("010-0000-0000"), "it says what would be right: {}", refused.body);
    }
    let body = json!({"own_password": "somebody passing by", "phone": NUMBER});
    let wrong = owner.post(&world, "/v1/store/alert-phone", &body).await;
    assert_eq!(code(&wrong), (403, "own_password_wrong"));
    say(&world, &owner, json!(NUMBER)).await;

    let password = "주방에서 일하는 사람 1";
    let new = json!({"own_password": PASSWORD, "login_id": "kitchen1", "password": password,
                     "name": "이주방", "role": "staff"});
    assert_eq!(owner.post(&world, "/v1/store/staff", &new).await.status, 201);
    let mut kitchen = Device::new("주방");
    let signed = kitchen.sign_in(&world, "kitchen1", json!({"password": password, "take_over": true})).await;
    assert_eq!(signed.status, 201, "{}", signed.body);
    assert_eq!(kitchen.session.as_ref().unwrap().role, Some(StaffRole::Staff));
    assert_eq!(kitchen.desk(&world).await.alert_phone, None, "staff see nothing of it");
    let body = json!({"own_password": password, "phone": "010-1111-1111"});
    let refused = kitchen.post(&world, "/v1/store/alert-phone", &body).await;
    assert_eq!(code(&refused), (403, "owner_only"));
    assert_eq!(called(&world).await.0, "01073912046");
}
