//! The opening check and the sounds.

use serde::Deserialize;
use serde_json::{Value, json};

use super::CounterHost;
use super::call::read;
use crate::alarm::{AlarmOutput, Sound};
use crate::view::OpeningResult;
use crate::{HostError, clock};

#[derive(Deserialize)]
struct OneSound {
    sound: Sound,
}

#[derive(Deserialize)]
struct Said {
    /// The order sound when nobody says which.
    #[serde(default)]
    sound: Option<Sound>,
    heard: bool,
}

impl CounterHost {
    /// The calls about sounds and the opening check by name; `None` when it is not one of them.
    pub(super) async fn check_call(&self, name: &str, arguments: &Value) -> Option<Result<Value, HostError>> {
        let answer = match name {
            "test_sound" => Ok(json!({ "output": self.test_sound() })),
            "play_sound" => read::<OneSound>(arguments.clone())
                .map(|OneSound { sound }| json!({ "output": self.play_sound(sound) })),
            "sound_heard" => match read::<Said>(arguments.clone()) {
                Ok(said) => self.sound_heard(said.sound.unwrap_or(Sound::Fresh), said.heard).await,
                Err(error) => Err(error),
            },
            "acknowledge_trouble" => {
                self.counter().silence_troubles();
                Ok(Value::Null)
            }
            "opening_finish" => self.opening_finish().await,
            _ => return None,
        };
        Some(answer)
    }

    /// `test_sound()`: sounds once and says where.
    pub fn test_sound(&self) -> AlarmOutput {
        self.play_sound(Sound::Fresh)
    }

    /// `play_sound({sound})`.
    pub fn play_sound(&self, sound: Sound) -> AlarmOutput {
        self.alarm.test(sound);
        self.counter().state().alarm_output
    }

    async fn sound_heard(&self, sound: Sound, heard: bool) -> Result<Value, HostError> {
        self.counter().keep_heard(sound, heard).await?;
        Ok(Value::Null)
    }

    /// `opening_finish()`: keeps how everything was. It stops nothing, whatever it says.
    async fn opening_finish(&self) -> Result<Value, HostError> {
        let view = self.view();
        let day_id = view.day.as_ref().filter(|day| day.state().is_running()).map(|day| day.id);
        let result = OpeningResult { at: clock::now(), day_id, items: view.opening.items };
        self.counter().keep_opening(result).await?;
        Ok(Value::Null)
    }
}
