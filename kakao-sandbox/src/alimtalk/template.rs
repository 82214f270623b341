//! Approved templates: fixed words with `#{variables}`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// NHN's field names; `code`, `name` and `content` are understood too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Template {
    #[serde(alias = "code")]
    pub template_code: String,
    #[serde(alias = "name", default)]
    pub template_name: String,
    #[serde(alias = "content", alias = "text")]
    pub template_content: String,
    /// Larger words above the text.
    #[serde(default, alias = "title", skip_serializing_if = "Option::is_none")]
    pub template_title: Option<String>,
    #[serde(default)]
    pub buttons: Vec<Button>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Button {
    pub ordering: Option<u8>,
    /// `WL`, `AL`, `BK`, `MD`, `BT`, `TN` …
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub link_mo: Option<String>,
    pub link_pc: Option<String>,
    pub chat_event: Option<String>,
    pub chat_extra: Option<String>,
    pub tel_number: Option<String>,
}

/// A templates file: a list, or `{"templates": [...]}`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Templates {
    List(Vec<Template>),
    Wrapped { templates: Vec<Template> },
}

impl Templates {
    pub fn into_vec(self) -> Vec<Template> {
        match self {
            Self::List(templates) | Self::Wrapped { templates } => templates,
        }
    }
}

impl Template {
    /// Names inside `#{}` anywhere in the template.
    pub fn variables(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut texts = vec![Some(&self.template_content), self.template_title.as_ref()];
        for button in &self.buttons {
            texts.extend([button.link_mo.as_ref(), button.link_pc.as_ref(), button.chat_extra.as_ref()]);
        }
        for text in texts.into_iter().flatten() {
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once("#{") {
                let Some((name, after)) = after.split_once('}') else { break };
                names.insert(name.to_owned());
                rest = after;
            }
        }
        names
    }

    pub fn filled_buttons(&self, values: &Map<String, Value>) -> Vec<Button> {
        let fill = |text: &Option<String>| text.as_deref().map(|text| fill(text, values));
        let mut buttons: Vec<Button> = self.buttons.clone();
        for button in &mut buttons {
            button.link_mo = fill(&button.link_mo);
            button.link_pc = fill(&button.link_pc);
            button.chat_extra = fill(&button.chat_extra);
        }
        buttons
    }
}

/// Puts the values in; a value is never read again for variables.
pub fn fill(text: &str, values: &Map<String, Value>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("#{") {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                filled.push_str(values.get(name).and_then(Value::as_str).unwrap_or_default());
                rest = after;
            }
            None => {
                filled.push_str("#{");
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_once() {
        let values = serde_json::json!({"a": "#{b}", "b": "B"});
        assert_eq!(fill("x #{a} #{b} #{", values.as_object().unwrap()), "x #{b} B #{");
    }

    #[test]
    fn links_count_as_places_for_variables() {
        let template: Template = serde_json::from_value(serde_json::json!({
            "code": "T", "content": "#{매장명} 주문",
            "buttons": [{"type": "WL", "name": "보기", "linkMo": "https://x.example/o/#{토큰}"}],
        }))
        .unwrap();
        assert_eq!(template.variables().into_iter().collect::<Vec<_>>(), ["매장명", "토큰"]);
    }
}
