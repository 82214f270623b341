//! A counter's event stream for the length of a test: comes back after every break with the last position, and keeps what it hears.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared::log::Position;
use shared::wire::LogFrame;
use tokio::task::JoinHandle;

use crate::world::{Counter, World};

/// Pause before the stream is opened again.
const AGAIN: Duration = Duration::from_millis(20);

/// Ends when dropped.
pub struct Listener {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    at: Option<Position>,
    bodies: Vec<String>,
    /// What must not have come.
    strange: Vec<String>,
}

impl Listener {
    /// Listens from the beginning of the log.
    pub fn start(world: &World, counter: &Counter) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (url, token) = (world.url("/v1/store/events"), counter.session.token.clone());
        let (keeper, http) = (Arc::clone(&heard), world.http.clone());
        let task = tokio::spawn(async move {
            loop {
                let mut request = http.get(&url).bearer_auth(&token);
                let at = keeper.lock().unwrap().at.clone();
                if let Some(at) = at {
                    request = request.header("last-event-id", at.to_string());
                }
                if let Ok(response) = request.send().await
                    && response.status() == 200
                {
                    listen(response, &keeper).await;
                }
                tokio::time::sleep(AGAIN).await;
            }
        });
        Self { heard, task }
    }

    /// How many events came.
    pub fn count(&self) -> usize {
        self.heard.lock().unwrap().bodies.len()
    }

    /// The bodies in the order in which they came. Panics when anything came that must not.
    pub fn heard(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        assert!(heard.strange.is_empty(), "{:?}", heard.strange);
        heard.bodies.clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one connection to its end.
async fn listen(mut response: reqwest::Response, keeper: &Mutex<Heard>) {
    let mut buffer = String::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        buffer.push_str(std::str::from_utf8(&bytes).expect("frames are whole characters"));
        while let Some(end) = buffer.find("\n\n") {
            let frame: String = buffer.drain(..end + 2).collect();
            hear(&frame, &mut keeper.lock().unwrap());
        }
    }
}

fn hear(frame: &str, heard: &mut Heard) {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let at: Option<Position> = field("id").and_then(|id| id.parse().ok());
    match (field("event"), at, field("data")) {
        (Some("log"), Some(at), Some(data)) => {
            let next = heard.at.as_ref().map_or(1, |at| at.seq + 1);
            if at.seq != next {
                heard.strange.push(format!("event {} instead of {next}", at.seq));
            }
            match serde_json::from_str::<LogFrame>(data) {
                Ok(frame) => heard.bodies.push(frame.body),
                Err(error) => heard.strange.push(format!("{error}: {data}")),
            }
            heard.at = Some(at);
        }
        (Some("beat" | "bye"), Some(_), Some(_)) => {}
        _ => heard.strange.push(frame.to_owned()),
    }
}

#[test]
fn an_event_that_comes_twice_or_too_early_is_strange() {
    let frame = |seq: i64| {
        format!("id: 1.{seq}.0000000000000000\nevent: log\ndata: {{\"body\":\"{{}}\",\"private\":null}}\n\n")
    };
    for (sequence, strange) in [(&[1, 2, 3][..], 0), (&[1, 2, 2], 1), (&[1, 3], 1), (&[2], 1)] {
        let mut heard = Heard::default();
        sequence.iter().for_each(|seq| hear(&frame(*seq), &mut heard));
        assert_eq!(heard.strange.len(), strange, "{sequence:?}: {:?}", heard.strange);
    }
}
