//! Whether a menu document makes sense, told with the place of each problem.

use std::collections::HashSet;
use std::fmt;

use super::{Item, Menu, OptionGroup};

/// Longest name of anything on a menu, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Most categories of a menu.
const MAX_CATEGORIES: usize = 100;
/// Most items of a menu.
const MAX_ITEMS: usize = 3_000;
/// Most options of one group.
const MAX_OPTIONS: usize = 100;
/// Most option groups of one item.
const MAX_GROUPS_PER_ITEM: usize = 20;

/// One thing that is wrong with a menu, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuProblem {
    /// Such as `option_groups[2].options[0].key`.
    pub path: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl fmt::Display for MenuProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

impl Menu {
    /// Every problem of the document; empty when it can be sold from.
    pub fn problems(&self) -> Vec<MenuProblem> {
        let mut found = Found::default();
        found.keys("option_groups", self.option_groups.iter().map(|g| g.key.0.as_str()));
        for (index, group) in self.option_groups.iter().enumerate() {
            check_group(&mut found, &format!("option_groups[{index}]"), group);
        }
        found.keys("categories", self.categories.iter().map(|c| c.key.0.as_str()));
        found.bound("categories", self.categories.len(), 1..=MAX_CATEGORIES);
        found.keys("items", self.items().map(|i| i.key.0.as_str()));
        found.bound("items", self.items().count(), 1..=MAX_ITEMS);
        for (c, category) in self.categories.iter().enumerate() {
            found.name(&format!("categories[{c}].name"), &category.name);
            for (i, item) in category.items.iter().enumerate() {
                self.check_item(&mut found, &format!("categories[{c}].items[{i}]"), item);
            }
        }
        found.0
    }

    fn check_item(&self, found: &mut Found, path: &str, item: &Item) {
        found.name(&format!("{path}.name"), &item.name);
        found.keys(&format!("{path}.option_groups"), item.option_groups.iter().map(|k| k.0.as_str()));
        found.bound(&format!("{path}.option_groups"), item.option_groups.len(), 0..=MAX_GROUPS_PER_ITEM);
        for (index, key) in item.option_groups.iter().enumerate() {
            if self.group(key).is_none() {
                found.add(
                    &format!("{path}.option_groups[{index}]"),
                    format!("there is no option group {:?}", key.0),
                );
            }
        }
    }
}

fn check_group(found: &mut Found, path: &str, group: &OptionGroup) {
    found.name(&format!("{path}.name"), &group.name);
    found.bound(&format!("{path}.options"), group.options.len(), 1..=MAX_OPTIONS);
    found.keys(&format!("{path}.options"), group.options.iter().map(|o| o.key.0.as_str()));
    if group.max == 0 || group.min > group.max {
        found
            .add(&format!("{path}.max"), format!("min {} and max {} cannot both hold", group.min, group.max));
    }
    if usize::from(group.min) > group.options.len() {
        found.add(
            &format!("{path}.min"),
            format!("min {} but only {} options exist", group.min, group.options.len()),
        );
    }
    for (index, option) in group.options.iter().enumerate() {
        found.name(&format!("{path}.options[{index}].name"), &option.name);
        if option.max_quantity == 0 {
            found.add(&format!("{path}.options[{index}].max_quantity"), "must be at least 1".to_owned());
        }
    }
}

#[derive(Default)]
struct Found(Vec<MenuProblem>);

impl Found {
    fn add(&mut self, path: &str, problem: String) {
        self.0.push(MenuProblem { path: path.to_owned(), problem });
    }

    fn name(&mut self, path: &str, name: &str) {
        let chars = name.chars().count();
        if name.trim().is_empty() || chars > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            self.add(
                path,
                format!("a name has 1 to {MAX_NAME_CHARS} printable characters, this one has {chars}"),
            );
        }
    }

    fn bound(&mut self, path: &str, count: usize, allowed: std::ops::RangeInclusive<usize>) {
        if !allowed.contains(&count) {
            self.add(path, format!("{count} entries; {} to {} are possible", allowed.start(), allowed.end()));
        }
    }

    fn keys<'a>(&mut self, path: &str, keys: impl Iterator<Item = &'a str>) {
        let mut seen = HashSet::new();
        for key in keys {
            let plain = (1..=40).contains(&key.len())
                && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            if !plain {
                self.add(path, format!("key {key:?}: use 1 to 40 of a-z, A-Z, 0-9, - and _"));
            }
            if !seen.insert(key) {
                self.add(path, format!("key {key:?} is there twice"));
            }
        }
    }
}
