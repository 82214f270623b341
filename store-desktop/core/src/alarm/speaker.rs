//! The loudspeaker.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::Path;
use std::time::{Duration, Instant};

use rodio::buffer::SamplesBuffer;
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player};

use super::tones::{self, Loudness};
use super::{AlarmSink, Sound};

/// How long a missing device is left alone before the next try.
const RETRY_EVERY: Duration = Duration::from_secs(10);

/// The default sound device, looked for again and again while there is none.
#[derive(Default)]
pub struct Speaker {
    device: Option<Device>,
    tried: Option<Instant>,
}

struct Device {
    player: Player,
    _sink: MixerDeviceSink,
}

impl Speaker {
    fn device(&mut self) -> Option<&Device> {
        let may_try = self.tried.is_none_or(|tried| tried.elapsed() >= RETRY_EVERY);
        if self.device.is_none() && may_try {
            self.tried = Some(Instant::now());
            self.device = open();
        }
        self.device.as_ref()
    }

    fn sound(&mut self, sound: Sound, loudness: Loudness) {
        let (Some(channels), Some(rate)) = (NonZeroU16::new(1), NonZeroU32::new(tones::SAMPLE_RATE)) else {
            return;
        };
        if let Some(device) = self.device() {
            device.player.append(SamplesBuffer::new(channels, rate, tones::samples(sound, loudness)));
            device.player.play();
        }
    }
}

impl AlarmSink for Speaker {
    fn ready(&mut self) -> bool {
        self.device().is_some()
    }

    fn play(&mut self, sound: Sound) {
        self.sound(sound, Loudness::Usual);
    }

    fn play_urgently(&mut self, sound: Sound) {
        self.sound(sound, Loudness::Urgent);
    }

    fn stop(&mut self) {
        if let Some(device) = &self.device {
            device.player.clear();
        }
    }
}

fn open() -> Option<Device> {
    if !may_have_a_device() {
        return None;
    }
    match DeviceSinkBuilder::open_default_sink() {
        Ok(mut sink) => {
            sink.log_on_drop(false);
            Some(Device { player: Player::connect_new(sink.mixer()), _sink: sink })
        }
        Err(error) => {
            tracing::debug!(%error, "there is no sound device");
            None
        }
    }
}

/// On Linux the sound library complains on standard error when it looks for a card in vain, so look first.
fn may_have_a_device() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let card = std::fs::read_to_string("/proc/asound/cards").is_ok_and(|cards| cards.contains('['));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR");
    let server = runtime.is_some_and(|folder| {
        ["pulse/native", "pipewire-0"].iter().any(|socket| Path::new(&folder).join(socket).exists())
    });
    card || server || std::env::var_os("PULSE_SERVER").is_some()
}
