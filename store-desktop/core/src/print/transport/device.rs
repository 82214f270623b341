//! A printer on a cable: `/dev/usb/lp0`, a serial port, or any file. A printer without paper takes no bytes, and the system would wait for it
//! for ever; so the file is opened without waiting, and we wait ourselves.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Unwritten;

/// Between two tries at a device that is not ready.
const PAUSE: Duration = Duration::from_millis(20);

pub struct Device {
    file: Arc<File>,
    /// Only a real device answers; a file would give back what was written.
    answers: bool,
}

impl Device {
    pub async fn open(path: &str) -> io::Result<Self> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || {
            // Some devices can only be written to.
            let file = open(&path, true).or_else(|_| open(&path, false))?;
            let answers = is_device(&file)?;
            Ok(Self { file: Arc::new(file), answers })
        })
        .await?
    }

    pub(super) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Unwritten> {
        let (file, bytes) = (Arc::clone(&self.file), bytes.to_vec());
        let writing = move || write_all(&file, &bytes, limit);
        tokio::task::spawn_blocking(writing).await.unwrap_or(Err(Unwritten { some: true }))
    }

    /// The next byte; waits for ever when there is none, the caller has a limit.
    pub(super) async fn read(&mut self) -> Option<u8> {
        loop {
            let mut byte = [0];
            let read = if self.answers { (&*self.file).read(&mut byte) } else { Ok(0) };
            match read {
                Ok(1) => return Some(byte[0]),
                Ok(_) => tokio::time::sleep(PAUSE).await,
                Err(error) if error.kind() == ErrorKind::WouldBlock => tokio::time::sleep(PAUSE).await,
                Err(_) => return None,
            }
        }
    }
}

fn write_all(mut file: &File, bytes: &[u8], limit: Duration) -> Result<(), Unwritten> {
    let mut written = 0;
    let mut taken_at = Instant::now();
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(count) if count > 0 => {
                written += count;
                taken_at = Instant::now();
            }
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => return Err(Unwritten { some: written > 0 }),
        }
        if written < bytes.len() {
            if taken_at.elapsed() >= limit {
                return Err(Unwritten { some: written > 0 });
            }
            std::thread::sleep(PAUSE);
        }
    }
    Ok(())
}

fn open(path: &str, read: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(read).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

#[cfg(unix)]
fn is_device(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    Ok(file.metadata()?.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_device(_: &File) -> io::Result<bool> {
    Ok(false)
}
