//! Somebody who taps everything: follows every button that can be reached from the first hello, each kind of state once.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use serde_json::Value;

use super::shape::{self, Shape};
use crate::chat::bot::{Bot, Said, Tap};
use crate::world::World;

/// Where a walk begins: everything that the bot understands without being asked.
const WORDS: [&str; 9] =
    ["시작", "주문서", "주문 상태", "내 정보", "인기 메뉴", "다시 주문", "도움말", "메뉴판", "전화번호 변경"];
/// Far below Kakao's five seconds, also in a debug build on a busy machine.
const LONGEST_ANSWER: Duration = Duration::from_secs(3);
/// From every so manieth answer the way home is gone.
const HOME_EVERY: usize = 20;
/// What is said when something broke, or could not be shown: nobody may hear it while everything works.
const EXCUSES: [&str; 2] = ["지금은 답을 드리기 어려워요", "내용이 너무 길어"];

/// A walk under way, and what was seen on it.
pub struct Walk<'a> {
    pub bot: Bot<'a>,
    /// Buttons that hold as long as their store: tapped in the order in which they were found.
    lasting: VecDeque<Tap>,
    seen: HashMap<Shape, usize>,
    /// Every kind of button once more, for whoever taps it later.
    pub tapped: Vec<Tap>,
    pub kinds: HashMap<String, usize>,
    pub answers: usize,
    slowest: (Duration, String),
}

impl<'a> Walk<'a> {
    pub fn new(world: &'a World) -> Self {
        Self {
            bot: Bot::new(world),
            lasting: VecDeque::new(),
            seen: HashMap::new(),
            tapped: Vec::new(),
            kinds: HashMap::new(),
            answers: 0,
            slowest: (Duration::ZERO, String::new()),
        }
    }

    /// Walks until there is nothing new.
    pub async fn everywhere(&mut self) {
        for word in WORDS {
            self.from(word).await;
        }
    }

    /// Walks from what is answered to these words.
    pub async fn from(&mut self, words: &str) {
        let mut said = self.say(words).await;
        loop {
            self.keep_lasting(&said);
            // A button of an order session holds only until the session changes: those of the last answer come first.
            let fleeting =
                said.taps().into_iter().find(|tap| shape::is_fleeting(tap) && self.counts_as_new(tap));
            let next = fleeting.or_else(|| self.lasting.pop_front());
            said = match next {
                Some(tap) => self.follow(tap).await,
                None => return,
            };
        }
    }

    /// Queues what was not seen yet.
    fn keep_lasting(&mut self, said: &Said) {
        for tap in said.taps() {
            if !shape::is_fleeting(&tap) && self.counts_as_new(&tap) {
                self.lasting.push_back(tap);
            }
        }
    }

    /// Whether this kind of state was not seen as often as it is worth seeing.
    fn counts_as_new(&mut self, tap: &Tap) -> bool {
        let kind = shape::kind(tap);
        if self.kinds.get(&kind).is_some_and(|count| *count >= shape::most_of(&kind)) {
            return false;
        }
        let count = self.seen.entry(Shape::of(tap)).or_default();
        if *count >= shape::visits(tap) {
            return false;
        }
        *count += 1;
        *self.kinds.entry(kind).or_default() += 1;
        true
    }

    /// Taps, and types what the answer asks for.
    async fn follow(&mut self, tap: Tap) -> Said {
        let mut said = self.tap(&tap).await;
        for text in shape::typed_after(&tap, self.kinds[&shape::kind(&tap)]) {
            said = self.say(text).await;
        }
        self.tapped.push(tap);
        said
    }

    pub async fn tap(&mut self, tap: &Tap) -> Said {
        let said = self.bot.tap(tap).await;
        self.look_at(said, &format!("{} {}", tap.label, tap.extra)).await
    }

    pub async fn say(&mut self, text: &str) -> Said {
        let said = self.bot.say(text).await;
        self.look_at(said, text).await
    }

    /// An `extra` that no button of ours has.
    pub async fn post(&mut self, extra: Value) -> Said {
        let said = self.bot.post("버튼", extra.clone()).await;
        self.look_at(said, &extra.to_string()).await
    }

    /// The bot has already checked Kakao's own rules; here: in time, no excuse, and a way on.
    async fn look_at(&mut self, said: Said, what: &str) -> Said {
        self.answers += 1;
        if said.took > self.slowest.0 {
            self.slowest = (said.took, what.to_owned());
        }
        assert!(said.took < LONGEST_ANSWER, "{what:?} took {:?}", said.took);
        for excuse in EXCUSES {
            assert!(!said.says(excuse), "{what:?} got {}", said.text());
        }
        let kinds: HashSet<String> = said.taps().iter().map(shape::kind).collect();
        assert!(kinds.contains("home"), "{what:?} has no way home: {:#}", said.json);
        assert!(kinds.len() > 1 || said.pay_url().is_some(), "{what:?} leads only home: {}", said.text());
        self.labels_differ(&said, what);
        if self.answers.is_multiple_of(HOME_EVERY) {
            let home = self.bot.pick(&said, "처음으로").await;
            assert!(home.taps().iter().any(|tap| shape::kind(tap) == "menu"), "no store: {}", home.text());
        }
        said
    }

    /// Two shortcuts with the same words that do different things cannot be told apart.
    fn labels_differ(&self, said: &Said, what: &str) {
        let mut words: HashMap<&str, &Value> = HashMap::new();
        for reply in said.json["template"]["quickReplies"].as_array().into_iter().flatten() {
            let other = words.insert(reply["label"].as_str().unwrap(), &reply["extra"]);
            assert!(other.is_none_or(|other| *other == reply["extra"]), "{what:?} offers twice {reply}");
        }
    }

    /// Panics unless buttons of all these kinds were tapped.
    pub fn has_seen(&self, kinds: &[&str]) {
        let missing: Vec<&&str> = kinds.iter().filter(|kind| !self.kinds.contains_key(**kind)).collect();
        assert!(missing.is_empty(), "{missing:?} were never offered: {:?}", self.kinds);
    }

    /// One line for whoever reads the test's output.
    pub fn tell(&self, name: &str) {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort();
        eprintln!(
            "{name}: {} answers, the slowest in {:?}: {}",
            self.answers, self.slowest.0, self.slowest.1
        );
        eprintln!("{name}: {kinds:?}");
    }
}
