//! The calls by name, for hosts that speak JSON.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::id::{CommandKey, OrderId};

use super::CounterHost;
use crate::HostError;
use crate::counter::Language;

#[derive(Deserialize)]
struct OneOrder {
    order_id: OrderId,
}

#[derive(Deserialize)]
struct OneCommand {
    key: CommandKey,
}

#[derive(Deserialize)]
struct OneLanguage {
    language: Language,
}

impl CounterHost {
    /// Runs the call `name` with its named arguments; `bad_call` when there is none such.
    pub async fn call(&self, name: &str, arguments: Value) -> Result<Value, HostError> {
        if let Some(answered) = self.close_call(name, &arguments).await {
            return answered;
        }
        if let Some(answered) = self.store_call(name, &arguments).await {
            return answered;
        }
        if let Some(answered) = self.past_call(name, &arguments).await {
            return answered;
        }
        if let Some(answered) = self.check_call(name, &arguments).await {
            return answered;
        }
        if let Some(answered) = self.people_call(name, &arguments).await {
            return answered;
        }
        if let Some(answered) = self.review_call(name, &arguments).await {
            return answered;
        }
        match name {
            "view" => return serde_json::to_value(self.view()).map_err(HostError::bad_call),
            "give" => {
                let given = self.give(read(arguments)?).await?;
                return serde_json::to_value(given).map_err(HostError::bad_call);
            }
            "sign_in" => self.sign_in(read(arguments)?).await?,
            "claim" => self.claim(read(arguments)?).await?,
            "sign_out" => self.sign_out().await?,
            "act" => self.act(read(arguments)?).await?,
            "acknowledge" => self.acknowledge(read::<OneOrder>(arguments)?.order_id).await?,
            "dismiss_refusal" => self.dismiss_refusal(read::<OneCommand>(arguments)?.key).await?,
            "set_language" => self.set_language(read::<OneLanguage>(arguments)?.language).await?,
            other => return self.print_call(other, arguments).await,
        }
        Ok(Value::Null)
    }
}

pub(super) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, HostError> {
    serde_json::from_value(arguments).map_err(HostError::bad_call)
}
