//! Authenticator apps and recovery codes.

use serde_json::json;
use shared::wire::{ConfirmedBy, RecoveryCodes, SecondFactorSetup};
use totp_rs::{Builder, Secret};

use super::device::{Device, code, confirmation, owner_at};
use crate::world::{PASSWORD, World};

/// An authenticator app.
pub struct App {
    secret: String,
    pub recovery: Vec<String>,
}

impl App {
    /// Sets the second factor of the device's person up.
    pub async fn set_up(world: &World, device: &Device) -> Self {
        let begun = device.post(world, "/v1/store/second-factor", &json!({"own_password": PASSWORD})).await;
        assert_eq!(begun.status, 200, "{}", begun.body);
        let setup: SecondFactorSetup = serde_json::from_str(&begun.body).unwrap();
        assert!(setup.uri.contains(&setup.secret), "{}", setup.uri);
        let mut app = Self { secret: setup.secret, recovery: Vec::new() };
        let wrong = device.post(world, "/v1/store/second-factor/confirm", &json!({"code": "000000"})).await;
        if app.code(world) != "000000" {
            assert_eq!(code(&wrong), (403, "second_factor_wrong"));
        }
        let confirmed =
            device.post(world, "/v1/store/second-factor/confirm", &json!({"code": app.code(world)})).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        let codes: RecoveryCodes = serde_json::from_str(&confirmed.body).unwrap();
        app.recovery = codes.codes;
        assert_eq!(app.recovery.len(), 8);
        app
    }

    /// What it shows now.
    pub fn code(&self, world: &World) -> String {
        let seconds = u64::try_from(world.clock.now_ms().0 / 1_000).unwrap();
        let secret = Secret::try_from_base32(&self.secret).unwrap();
        let totp = Builder::new().with_secret(secret).with_account_name("app").build().unwrap();
        totp.generate(seconds).to_string()
    }

    /// A code that was not used: the next step's.
    pub async fn fresh_code(&self, world: &World) -> String {
        world.advance(std::time::Duration::from_secs(60)).await;
        self.code(world)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_needs_a_code_that_works_once() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    // Without a second factor the password is enough, as ever.
    let mut before = Device::new("예전 기기");
    assert_eq!(before.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
    let mut owner_again = owner;
    assert_eq!(owner_again.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
    let app = App::set_up(&world, &owner_again).await;
    assert!(owner_again.desk(&world).await.me.has_second_factor);

    let mut new = Device::new("새 기기");
    let asked = new.sign_in(&world, "owner1", json!({"take_over": true})).await;
    assert!(confirmation(&asked).by_second_factor);
    let first = app.fresh_code(&world).await;
    let wrong = new.sign_in(&world, "owner1", json!({"second_factor": "123", "take_over": true})).await;
    assert_eq!(code(&wrong), (403, "second_factor_wrong"));
    let body = json!({"second_factor": first, "take_over": true});
    assert_eq!(new.sign_in(&world, "owner1", body.clone()).await.status, 201);
    let desk = new.desk(&world).await;
    let card = desk.devices.iter().find(|card| card.device_id == new.device_id).unwrap();
    assert_eq!((card.confirmed_by, card.has_key), (ConfirmedBy::SecondFactor, true));
    // The same code on a second device, at the same moment.
    let mut thief = Device::new("엿본 기기");
    assert_eq!(code(&thief.sign_in(&world, "owner1", body).await), (403, "second_factor_wrong"));
    // Devices that were there before the second factor go on with the password.
    assert_eq!(before.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_in_another_network_needs_a_code_too() {
    let world = World::start_without_workers().await;
    let mut owner = owner_at(&world, &world.coffee, "owner1").await;
    let app = App::set_up(&world, &owner).await;
    assert_eq!(owner.sign_in(&world, "owner1", json!({})).await.status, 201, "the same network");
    owner.address = "203.0.113.99".to_owned();
    assert_eq!(owner.sign_in(&world, "owner1", json!({})).await.status, 201, "a neighbour's address");
    owner.address = "198.51.100.1".to_owned();
    let asked = confirmation(&owner.sign_in(&world, "owner1", json!({})).await);
    let confirmed =
        owner.confirm(&world, &asked, json!({"second_factor": app.fresh_code(&world).await})).await;
    assert_eq!(confirmed.status, 201, "{}", confirmed.body);
    assert_eq!(owner.sign_in(&world, "owner1", json!({})).await.status, 201, "the new network is known now");
}

#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_work_once_each_and_wrong_codes_run_out() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let app = App::set_up(&world, &owner).await;
    let mut new = Device::new("새 기기");
    let asked = confirmation(&new.sign_in(&world, "owner1", json!({"take_over": true})).await);
    let typed = app.recovery[0].to_lowercase().replace('-', " ");
    let body = json!({"second_factor": typed, "take_over": true});
    assert_eq!(new.confirm(&world, &asked, body.clone()).await.status, 201);
    assert_eq!(code(&new.confirm(&world, &asked, body.clone()).await), (403, "confirmation_expired"));
    let mut other = Device::new("또 다른 기기");
    let asked = confirmation(&other.sign_in(&world, "owner1", json!({"take_over": true})).await);
    assert_eq!(code(&other.confirm(&world, &asked, body).await), (403, "second_factor_wrong"), "it was used");
    for _ in 1..5 {
        let wrong = other.confirm(&world, &asked, json!({"second_factor": "000000"})).await;
        assert_eq!(code(&wrong), (403, "second_factor_wrong"));
    }
    // Five are enough: the right one comes too late, and the password is asked again.
    let right = json!({"second_factor": app.recovery[1], "take_over": true});
    assert_eq!(code(&other.confirm(&world, &asked, right).await), (403, "confirmation_expired"));
    // And the person's bucket is empty before long, whatever device asks.
    let mut limited = false;
    for _ in 0..12 {
        let body = json!({"second_factor": "000000", "take_over": true});
        let answer = other.sign_in(&world, "owner1", body).await;
        limited |= answer.status == 429;
    }
    assert!(limited, "codes are not tried for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_sealed_and_taking_it_away_needs_password_and_code() {
    let world = World::start_without_workers().await;
    let owner = owner_at(&world, &world.coffee, "owner1").await;
    let app = App::set_up(&world, &owner).await;
    let secret = Secret::try_from_base32(&app.secret).unwrap();
    let kept: (Vec<u8>, Vec<u8>) =
        sqlx::query_as("select key_wrapped, sealed from second_factor").fetch_one(&world.db).await.unwrap();
    for bytes in [&kept.0, &kept.1] {
        assert!(!bytes.windows(secret.as_bytes().len()).any(|part| part == secret.as_bytes()));
    }
    let hashes: Vec<Vec<u8>> =
        sqlx::query_scalar("select code_hash from recovery_code").fetch_all(&world.db).await.unwrap();
    assert!(hashes.iter().all(|hash| hash.len() == 32));

    let path = "/v1/store/second-factor/remove";
    let next = app.fresh_code(&world).await;
    let wrong = owner.post(&world, path, &json!({"own_password": "not-the-owner-1", "code": next})).await;
    assert_eq!(code(&wrong), (403, "own_password_wrong"));
    let wrong = owner.post(&world, path, &json!({"own_password": PASSWORD, "code": "000000"})).await;
    assert_eq!(code(&wrong), (403, "second_factor_wrong"));
    let again = owner.post(&world, "/v1/store/second-factor", &json!({"own_password": PASSWORD})).await;
    assert_eq!(code(&again), (409, "not_allowed"), "a second factor that counts is not replaced");
    let removed = owner.post(&world, path, &json!({"own_password": PASSWORD, "code": next})).await;
    assert_eq!(removed.status, 204, "{}", removed.body);
    let mut new = Device::new("새 기기");
    assert_eq!(new.sign_in(&world, "owner1", json!({"take_over": true})).await.status, 201);
}
