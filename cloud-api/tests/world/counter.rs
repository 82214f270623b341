//! A counter PC as far as the server can tell: a signed-in client of the counters' API.

use serde_json::{Value, json};
use shared::id::DeviceId;
use shared::wire::SignedIn;

use super::{Store, World};

pub const PASSWORD: &str = "counter-of-the-tests-1";

/// Signed in.
pub struct Counter {
    pub session: SignedIn,
    pub device_id: DeviceId,
    pub login_id: String,
    http: reqwest::Client,
    base: String,
}

impl World {
    /// Claims the coffee shop and signs its counter in.
    pub async fn sign_in_counter(&self) -> Counter {
        self.claim(&self.coffee).await
    }

    /// Claims a store; its owner is signed in at a new counter.
    pub async fn claim(&self, store: &Store) -> Counter {
        let device_id = DeviceId::fresh();
        let login_id = format!("owner{}", &device_id.0.simple().to_string()[24..]);
        let body = json!({"claim_code": store.claim_code, "login_id": login_id, "password": PASSWORD,
                          "device_id": device_id, "device_name": "카운터"});
        let request = self.http.post(self.url("/v1/store/claim")).json(&body);
        let answer = super::answer(request).await;
        assert!((200..300).contains(&answer.status), "the store can be claimed: {}", answer.body);
        let session = serde_json::from_str(&answer.body).expect("a claim is answered with a session");
        Counter { session, device_id, login_id, http: self.http.clone(), base: self.url("") }
    }
}

impl Counter {
    /// `GET` as this counter.
    pub async fn get(&self, path: &str) -> super::Answer {
        super::answer(self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.session.token)).await
    }

    /// `POST` as this counter.
    pub async fn post(&self, path: &str, body: &Value) -> super::Answer {
        let request = self.http.post(format!("{}{path}", self.base));
        super::answer(request.bearer_auth(&self.session.token).json(body)).await
    }
}
