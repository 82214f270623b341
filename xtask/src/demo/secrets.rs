//! Secrets of one demo folder: made at its first start, readable by its owner only, the same at every later start because the
//! data there was encrypted with them.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Sent in headers and addresses, so in letters that need no escape.
const WORDS: [&str; 6] = [
    "KAKAO_SKILL_SECRET",
    "KAKAOPAY_SECRET_KEY",
    "ALIMTALK_APP_KEY",
    "ALIMTALK_SECRET_KEY",
    "ALIMTALK_SENDER_KEY",
    "ADMIN_TOKEN",
];
/// Keys of 32 bytes, in plain base64.
const KEYS: [&str; 2] = ["DATA_KEY", "SIGNING_KEY"];

pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    pub fn load_or_make(file: &Path) -> Result<Self> {
        let mut secrets = match fs::read_to_string(file) {
            Ok(text) => parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        let before = secrets.len();
        for name in WORDS {
            if !secrets.contains_key(name) {
                secrets.insert(name.to_owned(), URL_SAFE_NO_PAD.encode(random::<24>()?));
            }
        }
        for name in KEYS {
            if !secrets.contains_key(name) {
                secrets.insert(name.to_owned(), STANDARD.encode(random::<32>()?));
            }
        }
        if secrets.len() != before {
            write(file, &secrets)?;
        }
        Ok(Self(secrets))
    }

    /// `name` must be one of the names above.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn environment(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Lines of `NAME=value`.
fn parse(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

fn write(file: &Path, secrets: &BTreeMap<String, String>) -> Result<()> {
    let text: String = secrets.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    let unfinished = file.with_extension("unfinished");
    let _ = fs::remove_file(&unfinished);
    let mut output = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    output.write_all(text.as_bytes())?;
    output.sync_all()?;
    fs::rename(&unfinished, file).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_belong_to_one_person() {
        let folder = std::env::temp_dir().join(format!("xtask-secrets-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("secrets.env");
        let first = Secrets::load_or_make(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let second = Secrets::load_or_make(&file).unwrap();
        assert_eq!(first.0, second.0);
        assert_eq!(STANDARD.decode(first.get("DATA_KEY")).unwrap().len(), 32);
        assert_ne!(first.get("DATA_KEY"), first.get("SIGNING_KEY"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_value_may_contain_the_separator() {
        assert_eq!(parse("DATA_KEY=abc=\n")["DATA_KEY"], "abc=");
    }
}
