//! Thumbnails, links and addresses that Kakao's servers must be able to fetch.

use serde_json::{Map, Value};

use super::check::{Check, Limit};

const ALT_TEXT: Limit = Limit::strict("thumbnail.altText.length", 50);

/// Kakao fetches images itself, so an address must be absolute.
pub(super) fn url(check: &mut Check<'_>, url: &str, path: &str) {
    if !is_web(url) {
        check.reject("imageUrl.invalid", path, "http:// 또는 https://로 시작하는 전체 주소여야 해요.");
    }
}

pub(super) fn is_web(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

pub(super) fn thumbnail(check: &mut Check<'_>, value: &Value, path: &str) {
    let Some(body) = check.object(value, path) else { return };
    check.known_keys(body, &["imageUrl", "altText", "link", "fixedRatio", "width", "height"], path);
    if let Some(address) = check.required_text(body, "imageUrl", path, "thumbnail.imageUrl.missing") {
        url(check, address, &format!("{path}/imageUrl"));
    }
    if let Some(alt) = check.text(body, "altText", path) {
        check.length(alt, &format!("{path}/altText"), &ALT_TEXT);
    }
    check.boolean(body, "fixedRatio", path);
    link(check, body, path);
}

/// `link` of a thumbnail or a list item: `{pc, mobile, web}`.
pub(super) fn link(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    let Some(value) = super::check::present(body, "link") else { return };
    let path = format!("{path}/link");
    let Some(link) = check.object(value, &path) else { return };
    check.known_keys(link, &["pc", "mobile", "web"], &path);
    for key in ["pc", "mobile", "web"] {
        if let Some(address) = check.text(link, key, &path).filter(|address| !is_web(address)) {
            check.reject(
                "link.invalid",
                &format!("{path}/{key}"),
                format!("\"{address}\"는 열 수 없어요. http(s) 주소만 돼요."),
            );
        }
    }
}

/// `profile` of commerceCard: `nickname`, not `title`.
pub(super) fn profile(check: &mut Check<'_>, body: &Map<String, Value>, path: &str) {
    let Some(value) = super::check::present(body, "profile") else { return };
    let path = format!("{path}/profile");
    let Some(profile) = check.object(value, &path) else { return };
    check.known_keys(profile, &["nickname", "imageUrl"], &path);
    check.required_text(profile, "nickname", &path, "profile.nickname.missing");
    if let Some(address) = check.text(profile, "imageUrl", &path) {
        url(check, address, &format!("{path}/imageUrl"));
    }
}
