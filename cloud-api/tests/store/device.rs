//! A device with a key of its own, as far as the server can tell.

use reqwest::{Method, RequestBuilder};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use shared::TimeMs;
use shared::id::DeviceId;
use shared::wire::{
    Confirmation, Desk, DeviceKey, PROOF_HEADER, Problem, Proof, Renewed, SignedIn, proof_text,
};

use super::follower::Follower;
use crate::world::{Answer, PASSWORD, Store, World, answer};

pub struct Device {
    pub pair: Ed25519KeyPair,
    pub device_id: DeviceId,
    pub name: String,
    /// Its clock is behind by this much.
    pub behind_ms: i64,
    /// The address that a proxy says it comes from.
    pub address: String,
    /// Once it is signed in.
    pub session: Option<SignedIn>,
}

impl Device {
    pub fn new(name: &str) -> Self {
        let seed: [u8; 32] = cloud_api::token::random_bytes();
        Self {
            pair: Ed25519KeyPair::from_seed_unchecked(&seed).unwrap(),
            device_id: DeviceId::fresh(),
            name: name.to_owned(),
            behind_ms: 0,
            address: "203.0.113.7".to_owned(),
            session: None,
        }
    }

    pub fn key(&self) -> DeviceKey {
        DeviceKey(self.pair.public_key().as_ref().try_into().unwrap())
    }

    pub fn token(&self) -> &str {
        &self.session.as_ref().expect("it is signed in").token
    }

    fn signed(&self, world: &World, method: Method, path: &str, subject: &str) -> RequestBuilder {
        let at = TimeMs(world.clock.now_ms().0 - self.behind_ms);
        let named = path.split('?').next().unwrap();
        let text = proof_text(method.as_str(), named, at, subject);
        let signature = self.pair.sign(text.as_bytes()).as_ref().try_into().unwrap();
        let request = world.http.request(method, world.url(path)).header("x-forwarded-for", &self.address);
        request.header(PROOF_HEADER, Proof { at, signature }.to_string())
    }

    /// A request with a token and the proof of this device.
    pub fn with_token(&self, world: &World, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.signed(world, method, path, token).bearer_auth(token)
    }

    pub async fn get(&self, world: &World, path: &str) -> Answer {
        answer(self.with_token(world, Method::GET, path, self.token())).await
    }

    pub async fn post(&self, world: &World, path: &str, body: &Value) -> Answer {
        answer(self.with_token(world, Method::POST, path, self.token()).json(body)).await
    }

    pub async fn delete(&self, world: &World, path: &str) -> Answer {
        answer(self.with_token(world, Method::DELETE, path, self.token())).await
    }

    pub async fn follow(&self, world: &World) -> Follower {
        let request = self.with_token(world, Method::GET, "/v1/store/events", self.token());
        Follower::over(request.send().await.unwrap(), None)
    }

    /// A store's owner claims it here.
    pub async fn claim(&mut self, world: &World, store: &Store, login_id: &str, more: Value) -> Answer {
        let mut body = json!({"claim_code": store.claim_code, "login_id": login_id, "password": PASSWORD,
                              "device_id": self.device_id, "device_name": self.name, "device_key": self.key()});
        merge(&mut body, more);
        let request = self.signed(world, Method::POST, "/v1/store/claim", &self.device_id.to_string());
        self.took(answer(request.json(&body)).await)
    }

    /// Signs in with the owner's password unless `more` says another.
    pub async fn sign_in(&mut self, world: &World, login_id: &str, more: Value) -> Answer {
        let mut body = json!({"login_id": login_id, "password": PASSWORD, "device_id": self.device_id,
                              "device_name": self.name, "device_key": self.key()});
        merge(&mut body, more);
        let request = self.signed(world, Method::POST, "/v1/store/sessions", &self.device_id.to_string());
        self.took(answer(request.json(&body)).await)
    }

    /// Asks whether it was let in.
    pub async fn confirm(&mut self, world: &World, confirmation: &Confirmation, more: Value) -> Answer {
        let mut body = json!({"token": confirmation.token});
        merge(&mut body, more);
        let request = self.signed(world, Method::POST, "/v1/store/sessions/confirm", &confirmation.token);
        self.took(answer(request.json(&body)).await)
    }

    /// Shows its lease.
    pub async fn go_on(&mut self, world: &World, lease: &str) -> Answer {
        let request = self.signed(world, Method::POST, "/v1/store/sessions/lease", lease);
        self.took_renewed(answer(request.json(&json!({"lease": lease}))).await)
    }

    pub async fn renew(&mut self, world: &World) -> Answer {
        let answer = self.post(world, "/v1/store/sessions/renew", &json!({})).await;
        self.took_renewed(answer)
    }

    pub async fn desk(&self, world: &World) -> Desk {
        let answer = self.get(world, "/v1/store/desk").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    fn took(&mut self, answer: Answer) -> Answer {
        if answer.status == 201 {
            self.session = Some(serde_json::from_str(&answer.body).unwrap());
        }
        answer
    }

    fn took_renewed(&mut self, answer: Answer) -> Answer {
        if let (200, Some(session)) = (answer.status, &mut self.session) {
            let renewed: Renewed = serde_json::from_str(&answer.body).unwrap();
            session.token = renewed.token;
            session.terms = Some(renewed.terms);
        }
        answer
    }

    pub fn lease(&self) -> String {
        let terms = self.session.as_ref().unwrap().terms.clone().unwrap();
        terms.lease.expect("a counter has a lease")
    }
}

fn merge(body: &mut Value, more: Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
}

/// A store's owner at a device with a key.
pub async fn owner_at(world: &World, store: &Store, login_id: &str) -> Device {
    let mut device = Device::new("카운터");
    let claimed = device.claim(world, store, login_id, json!({})).await;
    assert_eq!(claimed.status, 201, "{}", claimed.body);
    device
}

pub fn problem(answer: &Answer) -> Problem {
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

pub fn code(answer: &Answer) -> (u16, &'static str) {
    (answer.status, problem(answer).code.as_str())
}

/// How the device can be let in.
pub fn confirmation(answer: &Answer) -> Confirmation {
    assert_eq!(code(answer), (403, "device_unconfirmed"), "{}", answer.body);
    problem(answer).confirmation.expect("the answer says how")
}
