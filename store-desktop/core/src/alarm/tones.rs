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

/// Two soft knocks, twice: somebody is at the door.
const RIDER: [Note; 7] =
    [(523.3, 110), (0.0, 60), (523.3, 110), (0.0, 220), (523.3, 110), (0.0, 60), (523.3, 200)];
/// Falling, slow: look at the screen when there is a moment.
const TROUBLE: [Note; 5] = [(440.0, 260), (0.0, 60), (370.0, 260), (0.0, 60), (311.1, 420)];

/// How a sound is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    Usual,
    /// Nobody looked for a minute.
    Urgent,
}

/// The samples of a sound, each within -1 to 1.
pub fn samples(sound: Sound, loudness: Loudness) -> Vec<f32> {
    let (notes, usual): (&[Note], f32) = match sound {
        Sound::Fresh => (&FRESH, 0.55),
        Sound::Cancelled => (&CANCELLED, 0.95),
        Sound::Rider => (&RIDER, 0.5),
        Sound::Trouble => (&TROUBLE, 0.5),
    };
    // Louder, and with more of the third harmonic, which carries through a noisy kitchen.
    let (gain, third) = match loudness {
        Loudness::Usual => (usual, 0.2),
        Loudness::Urgent => (1.0_f32.min(usual * 1.8), 0.4),
    };
    notes.iter().flat_map(|note| tone(*note, gain, third)).collect()
}

fn tone((hertz, ms): Note, gain: f32, third: f32) -> impl Iterator<Item = f32> {
    let count = SAMPLE_RATE * ms / 1000;
    let edge = (SAMPLE_RATE / 100) as f32;
    (0..count).map(move |index| {
        let at = index as f32 / SAMPLE_RATE as f32;
        // Short ramps at both ends, or every tone would begin and end with a click.
        let ramp = (index as f32 / edge).min((count - index) as f32 / edge).min(1.0);
        let wave = (1.0 - third) * (TAU * hertz * at).sin() + third * (TAU * 3.0 * hertz * at).sin();
        wave * ramp * gain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sounds_fit_their_length_and_never_clip() {
        for (sound, loudness) in Sound::ALL
            .into_iter()
            .flat_map(|sound| [Loudness::Usual, Loudness::Urgent].map(|loudness| (sound, loudness)))
        {
            let samples = samples(sound, loudness);
            let ms = samples.len() as i64 * 1000 / i64::from(SAMPLE_RATE);
            assert!(ms <= sound.length_ms(), "{sound:?} lasts {ms} ms");
            assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
        }
        let power = |sound, loudness| {
            let samples = samples(sound, loudness);
            samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
        };
        for other in [Sound::Fresh, Sound::Rider, Sound::Trouble] {
            assert!(power(Sound::Cancelled, Loudness::Usual) > power(other, Loudness::Usual), "{other:?}");
        }
        for sound in [Sound::Fresh, Sound::Rider, Sound::Trouble] {
            assert!(power(sound, Loudness::Urgent) > power(sound, Loudness::Usual), "{sound:?}");
        }
    }

    #[test]
    fn four_sounds_are_four() {
        for (index, one) in Sound::ALL.iter().enumerate() {
            for other in &Sound::ALL[index + 1..] {
                assert_ne!(
                    samples(*one, Loudness::Usual),
                    samples(*other, Loudness::Usual),
                    "{one:?} {other:?}"
                );
            }
        }
    }
}
