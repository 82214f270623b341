//! How the window looks: its language, and how bright it is.

use anyhow::Result;
use serde_json::json;

use super::{CounterPage, REST};
use crate::wait::wait_until;

/// A language and a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub language: &'static str,
    pub theme: &'static str,
}

/// What tests read.
pub const USUAL: Look = Look { language: "ko", theme: "light" };
/// All there are; ends with the usual one, and changes the language as seldom as can be.
pub const LOOKS: [Look; 4] = [
    Look { language: "ko", theme: "dark" },
    Look { language: "en", theme: "dark" },
    Look { language: "en", theme: "light" },
    USUAL,
];

/// Keeps both where the menu's switches keep them, also while something lies over the menu.
const WEAR: &str = r#"
    const [language, theme] = arguments;
    localStorage.setItem("theme", theme);
    document.documentElement.dataset.theme = theme;
    if (document.documentElement.lang !== language)
        window.__TAURI_INTERNALS__.invoke("call", { name: "set_language", arguments: { language } });
"#;
const WORN: &str = "return document.documentElement.lang;";

/// Headings, buttons and labels with Hangul, on a page that is in English. What is Korean on purpose says so with `lang`; orders are named in
/// the store's own words.
const LEFT_IN_KOREAN: &str = r#"
    const own = (node) => node.closest('[lang="ko"], [data-open-order]') !== null;
    const shown = (element) => element.getClientRects().length > 0 && !own(element);
    const words = (element) => [...element.childNodes].map((node) =>
        node.nodeType === Node.TEXT_NODE ? node.data : node.nodeType === Node.ELEMENT_NODE && !own(node) ? words(node) : "").join(" ");
    const named = [...document.querySelectorAll("[aria-label], [title], [placeholder]")].filter(shown);
    const labels = named.flatMap((element) => ["aria-label", "title", "placeholder"].map((name) => element.getAttribute(name) ?? ""));
    const written = [...document.querySelectorAll("button, h1, h2, h3, h4, th, dt, label, summary, legend")].filter(shown).map(words);
    return [...new Set([...labels, ...written])].filter((text) => /[\uac00-\ud7a3]/.test(text));
"#;

/// What sticks out of the window, or of its own box where no scrollbar leads to the rest.
const CUT_OFF: &str = r#"
    const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const cut = [...document.querySelectorAll("button, h1, h2, h3, label, .button")].filter((element) => {
        if (!shown(element)) return false;
        const style = getComputedStyle(element);
        if (style.textOverflow === "ellipsis" || style.overflowX === "auto") return false;
        return element.scrollWidth > element.clientWidth + 1 && style.display !== "inline";
    });
    const names = cut.map((element) => `${element.dataset.testid ?? element.tagName}: ${element.textContent.trim().slice(0, 60)}`);
    return wide > 0 ? [`the page is ${wide} px wider than the window`, ...names] : names;
"#;

/// Contrast of less than 4.5 to 1, or 3 to 1 for large letters (WCAG 1.4.3). What is disabled, see-through or over a picture is left out.
const TOO_FAINT: &str = r#"
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const seen = new Map();
    const read = (color) => {
        if (!seen.has(color)) {
            canvas.clearRect(0, 0, 1, 1);
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            seen.set(color, [...canvas.getImageData(0, 0, 1, 1).data]);
        }
        return seen.get(color);
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (style.backgroundImage !== "none" || Number(style.opacity) < 1) return null;
            const color = read(style.backgroundColor);
            if (color[3] === 255) return color;
            if (color[3] > 0) return null;
        }
        return read(getComputedStyle(document.documentElement).backgroundColor);
    };
    const faint = [];
    const over = document.querySelector("dialog[open], [role=alertdialog]") ?? document.body;
    const texts = document.createTreeWalker(over, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const element = text.parentElement;
        if (text.data.trim() === "" || element.getClientRects().length === 0 || element.closest(":disabled, svg, [aria-hidden=true]")) continue;
        const style = getComputedStyle(element), back = behind(element), front = read(style.color);
        if (!back || front[3] < 255 || style.visibility === "hidden") continue;
        const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(1)}: ${text.data.trim().slice(0, 40)}`);
    }
    return [...new Set(faint)];
"#;

impl CounterPage<'_> {
    /// Puts on this look.
    pub async fn wear(&self, look: Look) -> Result<()> {
        self.client.execute(WEAR, vec![json!(look.language), json!(look.theme)]).await?;
        wait_until(&format!("the page is {look:?}"), async || {
            Ok(self.client.execute(WORN, Vec::new()).await?.as_str() == Some(look.language))
        })
        .await?;
        self.settle().await
    }

    /// Headings, buttons and labels that are Hangul although the page is in English; `own` are the store's own words.
    pub async fn left_in_korean(&self, own: &[String]) -> Result<Vec<String>> {
        let found = self.texts(LEFT_IN_KOREAN).await?;
        let rest = |text: String| own.iter().fold(text, |text, word| text.replace(word, ""));
        Ok(found.into_iter().filter(|text| rest(text.clone()).chars().any(is_hangul)).collect())
    }

    /// Waits until everything is shown so many times as large as usual.
    pub async fn wait_for_zoom(&self, factor: f64) -> Result<()> {
        const FACTOR: &str = "return outerWidth / innerWidth;";
        wait_until(&format!("the page is {factor} times as large"), async || {
            let shown = self.client.execute(FACTOR, Vec::new()).await?.as_f64();
            Ok(shown.is_some_and(|shown| (shown - factor).abs() < 0.05))
        })
        .await
    }

    /// What is cut off, or sticks out of the window.
    pub async fn cut_off(&self) -> Result<Vec<String>> {
        self.texts(CUT_OFF).await
    }

    /// Texts that stand out too little from what is behind them.
    pub async fn too_faint(&self) -> Result<Vec<String>> {
        self.texts(&format!("{REST}{TOO_FAINT}")).await
    }

    async fn texts(&self, script: &str) -> Result<Vec<String>> {
        let found = self.client.execute(script, Vec::new()).await?;
        let found = found.as_array().into_iter().flatten();
        Ok(found.filter_map(|text| text.as_str()).map(str::to_owned).collect())
    }
}

fn is_hangul(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}
