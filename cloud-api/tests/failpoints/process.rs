//! The real program, switched by its environment.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::id::{CommandKey, OrderId};
use sqlx::ConnectOptions;

use crate::world::{ADMIN_TOKEN, BLOCK_ID, Counter, PATIENCE, World};

const SIGABRT: i32 = 6;
const POLL: Duration = Duration::from_millis(10);
const DELAY: Duration = Duration::from_millis(400);

/// A running `cloud-api serve` beside the world's own server; killed when dropped.
struct Program {
    process: Child,
    url: String,
}

impl Program {
    fn start(world: &World, failpoints: &str) -> Self {
        let key = STANDARD.encode([1; 32]);
        let database = world.db.connect_options().to_url_lossy().to_string();
        let redis = world.redis.url();
        let kakao = world.kakao.url();
        let mut process = Command::new(env!("CARGO_BIN_EXE_cloud-api"))
            .args(["serve", "--no-workers"])
            .env_clear()
            .envs([
                ("FAILPOINTS", failpoints),
                ("BIND_ADDR", "127.0.0.1:0"),
                ("PUBLIC_URL", &world.url("")),
                ("DATABASE_URL", &database),
                ("REDIS_URL", &redis),
                ("KAKAO_SKILL_SECRET", "skill-secret-of-the-tests"),
                ("KAKAO_BOT_IDS", "66f0a1b2c3d4e5f600000001"),
                ("KAKAO_BLOCK_ID", BLOCK_ID),
                ("KAKAOPAY_URL", kakao),
                ("KAKAOPAY_SECRET_KEY", "key"),
                ("KAKAOPAY_CID", "TC0ONETIME"),
                ("ALIMTALK_URL", kakao),
                ("ALIMTALK_APP_KEY", "app"),
                ("ALIMTALK_SECRET_KEY", "secret"),
                ("ALIMTALK_SENDER_KEY", "sender"),
                ("ADMIN_TOKEN", ADMIN_TOKEN),
                ("DATA_KEY", &key),
                ("SIGNING_KEY", &key),
            ])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the program says where it listens").unwrap();
            if let Some((_, url)) = line.split_once("listening on ") {
                break url.trim().to_owned();
            }
        };
        // Nobody must wait for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url }
    }

    async fn send(
        &self,
        world: &World,
        counter: &Counter,
        command: &Value,
    ) -> reqwest::Result<(u16, String)> {
        let request = world.http.post(format!("{}/v1/store/commands", self.url));
        let request = request.bearer_auth(&counter.session.token).json(&json!({"commands": [command]}));
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_switches_the_real_program() {
    let world = World::start_without_workers().await;
    let counter = world.sign_in_counter().await;
    let command = json!({"key": CommandKey::fresh(), "device_seq": 1, "made_at": 1, "order_id": OrderId::fresh(),
                         "kind": "accept", "prep_minutes": 10});
    let mut dying = Program::start(&world, "cmd.before_commit=return(exit)");
    dying.send(&world, &counter, &command).await.expect_err("the program ends without an answer");
    let began = Instant::now();
    let status = loop {
        match dying.process.try_wait().unwrap() {
            Some(status) => break status,
            None if began.elapsed() > PATIENCE => panic!("the program lives on"),
            None => tokio::time::sleep(POLL).await,
        }
    };
    assert_eq!(status.signal(), Some(SIGABRT));
    let failing =
        Program::start(&world, "cmd.before_commit=1*return(error)->1*sleep(400); cmd.before_reply=off");
    assert_eq!(failing.send(&world, &counter, &command).await.unwrap().0, 500);
    let began = Instant::now();
    let (status, answer) = failing.send(&world, &counter, &command).await.unwrap();
    assert!(status == 200 && answer.contains("order_not_found"), "{status} {answer}");
    assert!(began.elapsed() >= DELAY, "it came too early: {:?}", began.elapsed());
    assert_eq!(failing.send(&world, &counter, &command).await.unwrap(), (200, answer), "no more faults");
}
