//! The computer's own loudness, where the system tells: on Linux by PulseAudio's and PipeWire's `pactl`. Elsewhere a person presses the test
//! tone and says whether it was heard.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long the system may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// While an order rings, the computer is not quieter than this.
pub const FLOOR: u8 = 30;

/// What the system says of its output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loudspeaker {
    pub device: Option<String>,
    /// From 0 to 100, or more where the system amplifies.
    pub level: Option<u8>,
    pub muted: bool,
}

impl Loudspeaker {
    /// Asks the system; nothing is known where it does not answer.
    pub async fn read() -> Self {
        let (volume, mute, device) = tokio::join!(
            pactl(&["get-sink-volume", "@DEFAULT_SINK@"]),
            pactl(&["get-sink-mute", "@DEFAULT_SINK@"]),
            pactl(&["get-default-sink"]),
        );
        Self {
            device: device.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            level: volume.as_deref().and_then(level),
            muted: mute.is_some_and(|said| said.trim_end().ends_with("yes")),
        }
    }

    /// Whether an order could ring unheard.
    pub fn is_too_quiet(&self) -> bool {
        self.muted || self.level.is_some_and(|level| level < FLOOR)
    }

    /// Makes the computer as loud as the floor.
    pub async fn raise(&self) {
        if self.muted {
            let _ = pactl(&["set-sink-mute", "@DEFAULT_SINK@", "0"]).await;
        }
        if self.level.is_some_and(|level| level < FLOOR) {
            let _ = pactl(&["set-sink-volume", "@DEFAULT_SINK@", &format!("{FLOOR}%")]).await;
        }
    }
}

async fn pactl(arguments: &[&str]) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut command = Command::new("pactl");
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let answer = tokio::time::timeout(ANSWER_LIMIT, command.output()).await.ok()?.ok()?;
    answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).into_owned())
}

/// The first percentage: `Volume: front-left: 26214 /  40% / -23.88 dB, …`.
fn level(said: &str) -> Option<u8> {
    let before = said.split('%').next()?;
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let percent: u32 = digits.parse().ok()?;
    Some(u8::try_from(percent).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_the_first_percentage() {
        let said = "Volume: front-left: 26214 /  40% / -23.88 dB,   front-right: 26214 /  41% / -23.88 dB";
        assert_eq!(level(said), Some(40));
        assert_eq!(level("Volume: mono: 98304 / 150% / 10.57 dB"), Some(150));
        assert_eq!(level("no such sink"), None);
        assert_eq!(level("100 / %"), None);
    }

    #[test]
    fn quiet_is_muted_or_below_the_floor_and_unknown_is_not_quiet() {
        assert!(!Loudspeaker::default().is_too_quiet());
        assert!(Loudspeaker { muted: true, ..Loudspeaker::default() }.is_too_quiet());
        assert!(Loudspeaker { level: Some(29), ..Loudspeaker::default() }.is_too_quiet());
        assert!(!Loudspeaker { level: Some(30), ..Loudspeaker::default() }.is_too_quiet());
    }
}
