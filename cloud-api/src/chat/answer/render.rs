//! The bytes that Kakao reads.

use serde_json::{Value, json};

use super::cut::fit;
use super::{Answer, MAX_BYTES, Output, list, tap};
use crate::chat::action::Action;
use crate::chat::texts;

const MAX_TEXT: usize = 1_000;

impl Answer {
    /// The body of the response; `block_id` is the block that every button calls. A body that Kakao would not take becomes a short text.
    pub fn to_body(&self, block_id: &str) -> Vec<u8> {
        let body = to_bytes(&self.render(block_id));
        if body.len() <= MAX_BYTES {
            return body;
        }
        tracing::error!(bytes = body.len(), "an answer was too large and became a text");
        metrics::counter!("chat_answers_too_large").increment(1);
        to_bytes(&Self::text(texts::TOO_LONG_TO_SHOW).render(block_id))
    }

    fn render(&self, block_id: &str) -> Value {
        let outputs: Vec<Value> = self.outputs.iter().map(|output| output.render(block_id)).collect();
        let home = (texts::HOME.to_owned(), Action::Home);
        let mut quick: Vec<&(String, Action)> =
            self.quick.iter().filter(|(_, a)| *a != Action::Home).collect();
        quick.push(&home);
        let quick: Vec<Value> =
            quick.into_iter().map(|(label, action)| tap::quick_reply(label, action, block_id)).collect();
        json!({"version": "2.0", "template": {"outputs": outputs, "quickReplies": quick}})
    }
}

impl Output {
    fn render(&self, block_id: &str) -> Value {
        match self {
            Self::Text(text) => json!({"simpleText": {"text": fit(text, MAX_TEXT)}}),
            Self::Card(card) => card.render(block_id),
            Self::Lists(lists) => list::render(lists, block_id),
        }
    }
}

fn to_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("a JSON value can be written")
}

#[cfg(test)]
mod tests {
    use kakao_sandbox::rules::{Env, validate_body};
    use proptest::prelude::*;

    use super::*;
    use crate::chat::answer::{Button, List, ListItem, TextCard};

    fn broken(answer: &Answer) -> Vec<String> {
        let env = Env { known_blocks: Some(["block".to_owned()].into()), ..Env::default() };
        match validate_body(&answer.to_body("block"), &env) {
            Ok((_, found)) => {
                found.into_iter().map(|v| format!("{} {} {:?}", v.rule, v.path, v.severity)).collect()
            }
            Err(found) => found.into_iter().map(|v| v.rule.to_owned()).collect(),
        }
    }

    fn item() -> impl Strategy<Value = ListItem> {
        (text(), text(), any::<bool>()).prop_map(|(title, description, inert)| {
            if inert {
                ListItem::inert(title, description)
            } else {
                ListItem::new(title, description, Action::Home)
            }
        })
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            ".{0,20}",
            "[가-힣 \n]{0,200}",
            "\\PC{400,1200}",
            Just(String::new()),
            Just("😀".repeat(300))
        ]
    }

    fn answer() -> impl Strategy<Value = Answer> {
        let list = (text(), prop::collection::vec(item(), 0..30), 0..4_usize).prop_map(
            |(header, items, buttons)| {
                (0..buttons)
                    .fold(List::new(header, items), |list, _| list.button(Button::new("눌러", Action::Home)))
            },
        );
        let card =
            (text(), text(), prop::collection::vec(text(), 0..5)).prop_map(|(title, description, labels)| {
                let card = TextCard::new(title).description(description);
                labels.into_iter().fold(card, |card, label| card.button(Button::new(label, Action::Status)))
            });
        prop_oneof![
            text().prop_map(Answer::text),
            card.prop_map(Answer::card),
            prop::collection::vec(list, 0..8).prop_map(|lists| Answer::lists(lists, "없어요")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn everything_that_can_be_built_is_rendered(
            parts in prop::collection::vec(answer(), 1..5),
            quick in prop::collection::vec(text(), 0..15),
        ) {
            let all = parts.into_iter().reduce(Answer::then).unwrap();
            let all = quick.into_iter().fold(all, |all, label| all.quick(label, Action::Help));
            prop_assert_eq!(broken(&all), Vec::<String>::new());
        }
    }

    #[test]
    fn a_body_beyond_the_limit_becomes_a_text() {
        let long = Action::Find { query: "가".repeat(1_000), page: 0 };
        let items = (0..20).map(|_| ListItem::new("행", "", long.clone())).collect();
        let answer = Answer::lists(vec![List::new("목록", items)], "");
        assert!(broken(&answer).is_empty());
        assert!(answer.to_body("block").len() < 2_000);
    }

    #[test]
    fn every_answer_leads_home() {
        let answer = Answer::text("안녕").quick("도움말", Action::Help);
        let value = answer.render("block");
        let quick = value["template"]["quickReplies"].as_array().unwrap();
        assert_eq!(quick.last().unwrap()["extra"], Action::Home.to_extra());
    }
}
