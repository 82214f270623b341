//! What is needed for what, and how to see that it is there. We look for the thing itself and not for a package, so that a
//! machine where it came from elsewhere is left alone.

use std::process::Command;

use crate::{process, stack};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Watching the demo on a display that is there.
    Demo {
        display: bool,
        script: bool,
    },
    Test,
}

#[derive(Clone, Copy)]
enum Present {
    /// Any one of these programs on PATH.
    Program(&'static [&'static str]),
    /// A library with headers, by its pkg-config name.
    Library(&'static str),
    KoreanFont,
    Postgres,
    /// Node.js of a version that the front end's tools accept.
    Node,
}

#[derive(Clone, Copy)]
pub struct Requirement {
    pub name: &'static str,
    pub why: &'static str,
    /// Debian's packages; Ubuntu's where they differ.
    pub debian: &'static [&'static str],
    pub ubuntu: &'static [&'static str],
    present: Present,
    group: Group,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    /// To build and run anything.
    Base,
    /// To show windows without a display.
    Display,
    /// To drive the window and the chat page by program.
    Driver,
}

/// Vite wants 20.19 or newer of 20, or 22.12 and newer.
const NODE: &str = "Node.js 20.19 or newer";

const ALL: &[Requirement] = &[
    base(
        "C compiler",
        "links every program",
        &["build-essential"],
        Present::Program(&["cc", "gcc", "clang"]),
    ),
    base(
        "pkg-config",
        "finds the libraries below",
        &["pkg-config"],
        Present::Program(&["pkg-config", "pkgconf"]),
    ),
    base(NODE, "builds the counter's screens", &["nodejs", "npm"], Present::Node),
    base(
        "WebKitGTK 4.1",
        "the counter's window",
        &["libwebkit2gtk-4.1-dev"],
        Present::Library("webkit2gtk-4.1"),
    ),
    base("ALSA", "the counter's alarm sound", &["libasound2-dev"], Present::Library("alsa")),
    base("PostgreSQL", "the database", &["postgresql"], Present::Postgres),
    base("Redis", "sessions and streams", &["redis-server"], Present::Program(&["redis-server"])),
    base("a Korean font", "every text that people read", &["fonts-nanum", "fontconfig"], Present::KoreanFont),
    base("D-Bus", "one window per shop", &["dbus"], Present::Program(&["dbus-run-session"])),
    one(
        Group::Display,
        "Xvfb",
        "a display without a screen",
        &["xvfb", "xauth"],
        Present::Program(&["Xvfb"]),
    ),
    one(
        Group::Display,
        "ImageMagick",
        "pictures of the window",
        &["imagemagick"],
        Present::Program(&["import"]),
    ),
    one(
        Group::Driver,
        "WebKitWebDriver",
        "drives the counter's window",
        &["webkit2gtk-driver"],
        Present::Program(&["WebKitWebDriver"]),
    ),
    Requirement {
        ubuntu: &["chromium-browser"],
        ..one(
            Group::Driver,
            "Chromium",
            "opens the chat page",
            &["chromium"],
            Present::Program(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]),
        )
    },
    Requirement {
        ubuntu: &["chromium-chromedriver"],
        ..one(
            Group::Driver,
            "ChromeDriver",
            "drives the chat page",
            &["chromium-driver"],
            Present::Program(&["chromedriver"]),
        )
    },
];

const fn base(
    name: &'static str,
    why: &'static str,
    debian: &'static [&'static str],
    present: Present,
) -> Requirement {
    one(Group::Base, name, why, debian, present)
}

const fn one(
    group: Group,
    name: &'static str,
    why: &'static str,
    debian: &'static [&'static str],
    present: Present,
) -> Requirement {
    Requirement { name, why, debian, ubuntu: debian, present, group }
}

impl Requirement {
    fn is_for(&self, purpose: Purpose) -> bool {
        match (purpose, self.group) {
            (Purpose::Test, _) | (_, Group::Base) => true,
            (Purpose::Demo { display, .. }, Group::Display) => !display,
            (Purpose::Demo { script, .. }, Group::Driver) => script,
        }
    }

    fn is_present(&self) -> bool {
        match self.present {
            Present::Program(names) => names.iter().any(|name| process::on_path(name).is_some()),
            Present::Library(name) => succeeds(Command::new("pkg-config").args(["--exists", name])),
            Present::KoreanFont => process::run_quietly(Command::new("fc-list").args([":lang=ko", "family"]))
                .is_ok_and(|fonts| !fonts.trim().is_empty()),
            Present::Postgres => stack::postgres_is_installed(),
            Present::Node => process::on_path("npm").is_some() && installed_node().is_some_and(node_suffices),
        }
    }

    /// What a person can do when the package did not help.
    pub fn advice(&self) -> String {
        match self.present {
            Present::Node => format!(
                "{NODE}: this system's packages are older. Get it from https://nodejs.org or with a version manager \
                 (fnm, nvm, mise), then start again"
            ),
            Present::Program(names) => format!("{} (no `{}` on PATH)", self.name, names.join("` or `")),
            Present::Library(name) => format!("{} (`pkg-config --exists {name}` fails)", self.name),
            Present::KoreanFont => format!("{} (`fc-list :lang=ko` is empty)", self.name),
            Present::Postgres => format!("{} (no `initdb` found)", self.name),
        }
    }
}

pub fn missing(purpose: Purpose) -> Vec<Requirement> {
    ALL.iter().filter(|one| one.is_for(purpose) && !one.is_present()).copied().collect()
}

fn succeeds(command: &mut Command) -> bool {
    process::run_quietly(command).is_ok()
}

fn installed_node() -> Option<(u32, u32)> {
    node_version(&process::run_quietly(Command::new("node").arg("--version")).ok()?)
}

/// `v20.20.2` is 20.20.
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn node_suffices((major, minor): (u32, u32)) -> bool {
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        other => other > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_judged_as_vite_does() {
        for (text, good) in [
            ("v18.19.0\n", false),
            ("v20.18.1", false),
            ("v20.19.0", true),
            ("v21.7.0", false),
            ("v22.11.0", false),
            ("v22.12.0", true),
            ("v24.1.0", true),
        ] {
            assert_eq!(node_suffices(node_version(text).unwrap()), good, "{text}");
        }
        assert_eq!(node_version("command not found"), None);
    }

    #[test]
    fn a_demo_on_a_screen_needs_no_virtual_display_and_no_driver() {
        let names = |purpose| -> Vec<&str> {
            ALL.iter().filter(|one| one.is_for(purpose)).map(|one| one.name).collect()
        };
        let watched = names(Purpose::Demo { display: true, script: false });
        assert!(watched.contains(&"PostgreSQL"));
        assert!(!watched.contains(&"Xvfb") && !watched.contains(&"ChromeDriver"));
        let scripted = names(Purpose::Demo { display: false, script: true });
        assert_eq!(scripted, names(Purpose::Test));
    }
}
