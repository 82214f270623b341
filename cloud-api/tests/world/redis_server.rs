//! A Redis of its own on a Unix socket.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::PATIENCE;

/// Ends with the test, even when the test is killed: the shell around it waits for the end of its input.
pub struct RedisServer {
    folder: PathBuf,
    shell: Option<Child>,
}

impl RedisServer {
    /// Returns when it answers.
    pub fn start() -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let folder = std::env::temp_dir().join(format!("so-test-{}", &id[..12]));
        std::fs::create_dir(&folder).expect("a temporary folder can be made");
        let mut server = Self { folder, shell: None };
        server.up();
        server
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Stops it; what it held is gone.
    pub fn down(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }

    /// Starts it, empty.
    pub fn up(&mut self) {
        let script = r#"redis-server --port 0 --unixsocket "$0" --save '' --appendonly no --dir "$1" >/dev/null &
                        pid=$!; read -r _; kill -9 $pid; wait $pid; rm -f "$0""#;
        let shell = Command::new("sh")
            .args(["-c", script])
            .arg(self.socket())
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh and redis-server are installed");
        self.shell = Some(shell);
        let started = Instant::now();
        while std::os::unix::net::UnixStream::connect(self.socket()).is_err() {
            assert!(started.elapsed() < PATIENCE, "redis-server does not answer");
            std::thread::sleep(super::POLL);
        }
    }

    /// Forgets everything, as if it had been lost.
    pub async fn empty(&self) {
        let client = redis::Client::open(self.url()).expect("the socket's URL can be read");
        let mut connection = client.get_multiplexed_async_connection().await.expect("Redis answers");
        redis::cmd("FLUSHALL").query_async::<()>(&mut connection).await.expect("Redis can be emptied");
    }

    /// The socket that it listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.down();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
