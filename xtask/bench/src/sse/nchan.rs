//! The peer of the fan-out: nginx with Nchan, as Debian packages them, in the foreground and in a folder of ours.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use e2e::port::free_port;
use e2e::process::Process;
use e2e::wait::wait_until;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fleet::Listener;

const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
/// Longest answer to a publication.
const MAX_ANSWER: usize = 8 * 1024;

pub struct Nchan {
    pub address: SocketAddr,
    process: Process,
}

/// Whether the packages are installed.
pub fn is_installed() -> bool {
    Path::new(MODULE).exists() && Command::new("nginx").arg("-v").output().is_ok()
}

impl Nchan {
    pub async fn start(folder: &Path, log: &Path) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration(folder, address))?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&file);
        let mut process = Process::start("nginx", command, log)?;
        wait_until("nginx listens", async || {
            process.check_alive()?;
            Ok(TcpStream::connect(address).await.is_ok())
        })
        .await?;
        Ok(Self { address, process })
    }

    /// The processes that do the work: nginx' master only watches over them.
    pub fn workers(&self) -> Result<Vec<u32>> {
        let master = self.process.id();
        let path = format!("/proc/{master}/task/{master}/children");
        let children = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        Ok(children.split_whitespace().filter_map(|id| id.parse().ok()).collect())
    }

    pub fn listener(&self, channel: usize) -> Listener {
        let request = format!(
            "GET /events?id={channel} HTTP/1.1\r\nhost: {}\r\naccept: text/event-stream\r\n",
            self.address
        );
        Listener { request, channel }
    }
}

/// A connection that publishes.
pub struct Publisher {
    connection: TcpStream,
    answer: Vec<u8>,
}

impl Publisher {
    pub async fn connect(nchan: SocketAddr) -> Result<Self> {
        let connection = TcpStream::connect(nchan).await?;
        connection.set_nodelay(true)?;
        Ok(Self { connection, answer: Vec::new() })
    }

    /// Publishes to each channel of `channels`; returns when nginx has accepted all.
    pub async fn publish(&mut self, channels: std::ops::Range<usize>, message: &str) -> Result<()> {
        let count = channels.len();
        let mut requests = String::new();
        for channel in channels {
            requests.push_str(&format!(
                "POST /publish?id={channel} HTTP/1.1\r\nhost: bench\r\naccept: text/json\r\ncontent-length: {}\r\n\r\n{message}",
                message.len()
            ));
        }
        self.connection.write_all(requests.as_bytes()).await?;
        for _ in 0..count {
            self.accepted().await?;
        }
        Ok(())
    }

    async fn accepted(&mut self) -> Result<()> {
        loop {
            if let Some(head) = memchr::memmem::find(&self.answer, b"\r\n\r\n") {
                let text = String::from_utf8_lossy(&self.answer[..head]).to_ascii_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
                let end = head + 4 + length.and_then(|length| length.trim().parse().ok()).unwrap_or(0usize);
                if self.answer.len() >= end {
                    ensure!(text.starts_with("http/1.1 20"), "Nchan refuses: {text}");
                    self.answer.drain(..end);
                    return Ok(());
                }
            }
            let mut bytes = [0; 4_096];
            let read = self.connection.read(&mut bytes).await?;
            self.answer.extend_from_slice(&bytes[..read]);
            if read == 0 || self.answer.len() > MAX_ANSWER * 1_024 {
                bail!("Nchan hung up on the publisher");
            }
        }
    }
}

/// As many workers as there are processors, nothing written to disk, and room for the messages of a channel that a
/// listener may be behind.
fn configuration(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "load_module {MODULE};
{user}daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
worker_processes auto;
events {{ worker_connections 16000; }}
http {{
    access_log off;
    tcp_nodelay on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    nchan_shared_memory_size 512m;
    server {{
        listen {address} backlog=4096;
        location = /publish {{
            nchan_publisher;
            nchan_channel_id $arg_id;
            nchan_message_buffer_length 100;
            nchan_message_timeout 20s;
        }}
        location = /events {{
            nchan_subscriber eventsource;
            nchan_channel_id $arg_id;
            nchan_subscriber_first_message newest;
            nchan_eventsource_ping_interval 10;
        }}
    }}
}}
",
        // Root's own workers: Debian's www-data cannot enter a folder of root's.
        user = if nix::unistd::geteuid().is_root() { "user root;\n" } else { "" },
    )
}
