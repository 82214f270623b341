//! The sounds, made of sine tones; no files.

use std::f32::consts::TAU;

use super::Sound;

/// Samples per second, one channel.
pub const SAMPLE_RATE: u32 = 44_100;

/// Hertz (zero is silence), milliseconds.
type Note = (f32, u32);

/// Ding-dong-ding, rising: something good has come.
const FRESH: [Note; 5] = [(659.3, 180), (0.0, 40), (880.0, 180), (0.0, 40), (1318.5, 520)];
/// Six short low-high alternations: stop what you are doing.
const CANCELLED: [Note; 11] = [
    (987.8, 110),
    (0.0, 30),
    (493.9, 110),
    (0.0, 30),
    (987.8, 110),
    (0.0, 30),
    (493.9, 110),
    (0.0, 140),
    (987.8, 110),
    (0.0, 30),
    (493.9, 420),
];

/// The samples of a sound, each within -1 to 1.
pub fn samples(sound: Sound) -> Vec<f32> {
    let (notes, loudness): (&[Note], f32) = match sound {
        Sound::Fresh => (&FRESH, 0.55),
        Sound::Cancelled => (&CANCELLED, 0.95),
    };
    notes.iter().flat_map(|note| tone(*note, loudness)).collect()
}

fn tone((hertz, ms): Note, loudness: f32) -> impl Iterator<Item = f32> {
    let count = SAMPLE_RATE * ms / 1000;
    let edge = (SAMPLE_RATE / 100) as f32;
    (0..count).map(move |index| {
        let at = index as f32 / SAMPLE_RATE as f32;
        // Short ramps at both ends, or every tone would begin and end with a click.
        let ramp = (index as f32 / edge).min((count - index) as f32 / edge).min(1.0);
        // The third harmonic carries through a noisy kitchen.
        let wave = 0.8 * (TAU * hertz * at).sin() + 0.2 * (TAU * 3.0 * hertz * at).sin();
        wave * ramp * loudness
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_fit_their_length_and_never_clip() {
        for sound in [Sound::Fresh, Sound::Cancelled] {
            let samples = samples(sound);
            let ms = samples.len() as i64 * 1000 / i64::from(SAMPLE_RATE);
            assert!(ms <= sound.length_ms(), "{sound:?} lasts {ms} ms");
            assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
        }
        let loudest = |sound| samples(sound).iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest(Sound::Cancelled) > loudest(Sound::Fresh));
    }
}
