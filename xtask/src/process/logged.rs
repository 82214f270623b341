//! Commands whose output goes to the terminal and to a log file, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{POLL, STOP_LIMIT, describe, die_with_us};
use crate::interrupt;

/// After the command ended, something that it left behind may keep the pipe open; we read no longer than this.
const AFTER_THE_END: Duration = Duration::from_secs(2);

/// Lines read but not yet shown; a command that prints faster has to wait.
const WAITING_LINES: usize = 1024;

/// One log file, and what is watched for in its lines.
pub struct Log {
    file: File,
    on_line: Box<dyn FnMut(&str)>,
}

impl Log {
    /// Starts the file anew. `on_line` sees every line, without colours.
    pub fn create(path: &Path, on_line: impl FnMut(&str) + 'static) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { file, on_line: Box::new(on_line) })
    }

    /// A line of our own, to the terminal and the file.
    pub fn say(&mut self, line: &str) -> Result<()> {
        println!("{line}");
        writeln!(self.file, "{}", without_colours(line))?;
        Ok(())
    }

    /// Runs to the end in an own process group; anything but success is an error.
    pub fn run(&mut self, mut command: Command) -> Result<()> {
        let shown = describe(&command);
        self.say(&format!("$ {shown}"))?;
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let child = spawn(&mut command)?;
        // Our ends of the pipe must be closed, or it would never end.
        drop(command);
        let status = self.follow(child, reader)?;
        succeed(&shown, status)
    }

    /// Like `run`, but returns standard output instead of showing it.
    pub fn run_for_output(&mut self, mut command: Command) -> Result<String> {
        let shown = describe(&command);
        self.say(&format!("$ {shown}"))?;
        let (errors, errors_writer) = std::io::pipe()?;
        let (mut output, output_writer) = std::io::pipe()?;
        command.stdout(output_writer).stderr(errors_writer);
        let child = spawn(&mut command)?;
        drop(command);
        let collector = std::thread::spawn(move || {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut output, &mut text).map(|_| text)
        });
        let status = self.follow(child, errors)?;
        succeed(&shown, status)?;
        let text = collector.join().map_err(|_| anyhow::anyhow!("reading the output of {shown} failed"))?;
        Ok(text?)
    }

    fn follow(&mut self, mut child: Child, reader: PipeReader) -> Result<ExitStatus> {
        let lines = read_lines(reader);
        let group = Pid::from_raw(child.id().cast_signed());
        let mut asked: Option<Instant> = None;
        let status = loop {
            match lines.recv_timeout(POLL) {
                Ok(line) => self.take(&line)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(POLL),
            }
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if interrupt::asked_to_stop() && asked.is_none() {
                asked = Some(Instant::now());
                let _ = killpg(group, Signal::SIGTERM);
            }
            if asked.is_some_and(|at| at.elapsed() > STOP_LIMIT) {
                let _ = killpg(group, Signal::SIGKILL);
            }
        };
        // What it left behind is of no use to anybody.
        let _ = killpg(group, Signal::SIGKILL);
        let ended = Instant::now();
        while let Ok(line) = lines.recv_timeout(AFTER_THE_END.saturating_sub(ended.elapsed())) {
            self.take(&line)?;
        }
        Ok(status)
    }

    fn take(&mut self, line: &str) -> Result<()> {
        println!("{line}");
        let plain = without_colours(line);
        writeln!(self.file, "{plain}")?;
        (self.on_line)(&plain);
        Ok(())
    }
}

fn spawn(command: &mut Command) -> Result<Child> {
    command.stdin(Stdio::null()).process_group(0);
    die_with_us(command, Signal::SIGTERM);
    let program = command.get_program().to_owned();
    command.spawn().with_context(|| format!("cannot start {}", program.display()))
}

fn succeed(shown: &str, status: ExitStatus) -> Result<()> {
    if interrupt::asked_to_stop() {
        bail!("stopped as you asked");
    }
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

fn read_lines(reader: PipeReader) -> Receiver<String> {
    let (sender, receiver) = sync_channel(WAITING_LINES);
    std::thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n') {
            let Ok(line) = line else { return };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Without ANSI escape sequences such as `ESC [ 1 ; 32 m`.
pub fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        if character != '\u{1b}' {
            plain.push(character);
            continue;
        }
        match rest.next() {
            // Ends with its first letter.
            Some('[') => drop(rest.by_ref().find(char::is_ascii_alphabetic)),
            // Chooses a character set with one more character.
            Some('(') => drop(rest.next()),
            Some(_) | None => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::without_colours;

    #[test]
    fn colours_are_taken_out_and_text_stays() {
        assert_eq!(without_colours("\u{1b}[1;32m✓ 주문\u{1b}[0m ok"), "✓ 주문 ok");
        assert_eq!(without_colours("a\u{1b}(B\u{1b}[mb"), "ab");
        assert_eq!(without_colours("plain"), "plain");
        assert_eq!(without_colours("cut \u{1b}["), "cut ");
    }
}
