//! The loudspeaker.

use std::any::Any;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rodio::buffer::SamplesBuffer;
use rodio::cpal::traits::{DeviceTrait, HostTrait};
use rodio::mixer::Mixer;
use rodio::stream::DeviceSinkError;
use rodio::{CpalError, CpalErrorKind, DeviceSinkBuilder, MixerDeviceSink, Player, cpal};

use super::tones::{self, Loudness};
use super::{AlarmSink, Sound};

/// How long a missing device is left alone before the next try.
const RETRY_EVERY: Duration = Duration::from_secs(10);
/// Sounds that wait for the one before them at most; a person may press the test faster than it sounds.
const MAX_QUEUED: usize = 4;
/// A device that had so many waiting for this long plays nothing, whatever it says. Several times what they sound.
const STALLED_AFTER: Duration = Duration::from_secs(20);

/// The default sound device, looked for again and again while there is none.
pub struct Speaker {
    open: Box<dyn FnMut() -> Option<Device> + Send>,
    device: Option<Device>,
    tried: Option<Instant>,
}

struct Device {
    player: Player,
    mixer: Mixer,
    /// Set by the system's sound thread: nothing comes out of this stream any more.
    lost: Arc<AtomicBool>,
    /// Since when it has had as many sounds waiting as it may.
    full_since: Option<Instant>,
    /// Playing ends when it is dropped.
    _stream: Box<dyn Any + Send>,
}

impl Device {
    fn new(mixer: &Mixer, lost: Arc<AtomicBool>, stream: Box<dyn Any + Send>) -> Self {
        let player = Player::connect_new(mixer);
        Self { player, mixer: mixer.clone(), lost, full_since: None, _stream: stream }
    }

    fn is_full(&self) -> bool {
        self.player.len() >= MAX_QUEUED
    }

    fn is_gone(&self) -> bool {
        let stalled = self.full_since.is_some_and(|since| since.elapsed() >= STALLED_AFTER);
        self.lost.load(Ordering::Acquire) || (stalled && self.is_full())
    }

    fn play(&mut self, samples: SamplesBuffer) {
        if self.is_full() {
            self.full_since.get_or_insert_with(Instant::now);
            return;
        }
        self.full_since = None;
        self.player.append(samples);
        self.player.play();
    }
}

impl Default for Speaker {
    fn default() -> Self {
        Self { open: Box::new(open), device: None, tried: None }
    }
}

impl Speaker {
    /// The device; one that was lost is let go and looked for anew, because the system may have another one by now.
    fn device(&mut self) -> Option<&mut Device> {
        if self.device.as_ref().is_some_and(Device::is_gone) {
            tracing::warn!("the sound device was lost");
            self.device = None;
        }
        let may_try = self.tried.is_none_or(|tried| tried.elapsed() >= RETRY_EVERY);
        if self.device.is_none() && may_try {
            self.tried = Some(Instant::now());
            self.device = (self.open)();
        }
        self.device.as_mut()
    }

    fn sound(&mut self, sound: Sound, loudness: Loudness) {
        let (Some(channels), Some(rate)) = (NonZeroU16::new(1), NonZeroU32::new(tones::SAMPLE_RATE)) else {
            return;
        };
        if let Some(device) = self.device() {
            device.play(SamplesBuffer::new(channels, rate, tones::samples(sound, loudness)));
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
        if let Some(device) = &mut self.device {
            // Another player, because emptying this one waits until the device has taken the sound to its end, and a device that was
            // pulled out takes nothing: the alarm would hang for good.
            device.player = Player::connect_new(&device.mixer);
        }
    }
}

fn open() -> Option<Device> {
    if !may_have_a_device() {
        return None;
    }
    let lost = Arc::new(AtomicBool::new(false));
    match open_sink(&lost) {
        Ok(mut sink) => {
            sink.log_on_drop(false);
            let mixer = sink.mixer().clone();
            Some(Device::new(&mixer, lost, Box::new(sink)))
        }
        Err(error) => {
            tracing::debug!(%error, "there is no sound device");
            None
        }
    }
}

/// The default device, or else any that plays.
fn open_sink(lost: &Arc<AtomicBool>) -> Result<MixerDeviceSink, DeviceSinkError> {
    let open = |device: cpal::Device| {
        // What is said of a device that was tried in vain says nothing of the next one.
        lost.store(false, Ordering::Release);
        let lost = Arc::clone(lost);
        let builder = DeviceSinkBuilder::from_device(device)?;
        builder.with_error_callback(move |error| note(&error, &lost)).open_sink_or_fallback()
    };
    let host = cpal::default_host();
    let default = host.default_output_device().ok_or(DeviceSinkError::NoDevice).and_then(open);
    default.or_else(|error| {
        let others = host.output_devices().into_iter().flatten();
        let sounds = |device: &cpal::Device| driver_of(device).is_some_and(|driver| driver != "null");
        others.filter(sounds).find_map(|device| open(device).ok()).ok_or(error)
    })
}

fn driver_of(device: &cpal::Device) -> Option<String> {
    device.description().ok()?.driver().map(ToOwned::to_owned)
}

/// What the system says of a stream that plays.
fn note(error: &CpalError, lost: &AtomicBool) {
    let plays_on = matches!(
        error.kind(),
        CpalErrorKind::DeviceChanged | CpalErrorKind::RealtimeDenied | CpalErrorKind::Xrun
    );
    tracing::debug!(%error, plays_on, "the sound device");
    if !plays_on {
        lost.store(true, Ordering::Release);
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Longer than anything here takes that does not hang.
    const BOUND: Duration = Duration::from_secs(10);

    /// A device that takes nothing, as one that was pulled out.
    fn dead(lost: &Arc<AtomicBool>) -> Device {
        let (channels, rate) = (NonZeroU16::new(2).unwrap(), NonZeroU32::new(tones::SAMPLE_RATE).unwrap());
        let (mixer, unheard) = rodio::mixer::mixer(channels, rate);
        // What would play is kept, and never asked for a sample.
        Device::new(&mixer, Arc::clone(lost), Box::new(unheard))
    }

    fn speaker(open: impl FnMut() -> Option<Device> + Send + 'static) -> Speaker {
        Speaker { open: Box::new(open), device: None, tried: None }
    }

    #[test]
    fn silence_does_not_wait_for_a_device_that_takes_nothing() {
        let (done, waiting) = mpsc::channel();
        std::thread::spawn(move || {
            let mut speaker = speaker(|| Some(dead(&Arc::default())));
            for _ in 0..3 {
                speaker.play(Sound::Fresh);
                speaker.stop();
            }
            speaker.play_urgently(Sound::Cancelled);
            done.send(speaker.ready())
        });
        assert_eq!(waiting.recv_timeout(BOUND), Ok(true), "the alarm's thread goes on");
    }

    #[test]
    fn a_lost_device_is_let_go_and_the_next_one_plays() {
        let lost: Arc<AtomicBool> = Arc::default();
        let mut devices = vec![dead(&Arc::default()), dead(&lost)];
        let mut speaker = speaker(move || devices.pop());
        assert!(speaker.ready());
        note(&CpalErrorKind::Xrun.into(), &lost);
        assert!(speaker.ready(), "a glitch is no loss");
        note(&CpalErrorKind::DeviceNotAvailable.into(), &lost);
        assert!(!speaker.ready(), "the screen says that it flashes without sound");
        speaker.tried = None;
        speaker.play(Sound::Fresh);
        assert!(speaker.ready() && speaker.device.as_ref().is_some_and(|device| device.player.len() == 1));
    }

    #[test]
    fn a_device_that_lets_sounds_pile_up_is_lost_too() {
        let mut speaker = speaker(|| Some(dead(&Arc::default())));
        for _ in 0..3 * MAX_QUEUED {
            speaker.play(Sound::Fresh);
        }
        assert!(speaker.ready(), "a person may press the test that fast");
        let device = speaker.device.as_mut().unwrap();
        assert_eq!(device.player.len(), MAX_QUEUED);
        device.full_since = Instant::now().checked_sub(STALLED_AFTER);
        assert!(!speaker.ready());
    }
}
