//! The pages that customers' browsers show: one calm layout, everything inside, every text escaped. They never answer from a cache and
//! never tell another site where the customer was.

mod notice;

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

pub use notice::{
    already_over, choose_again, held, not_charged, not_found, not_payable, preview, trouble, try_again,
};

/// What every page looks like, the order's own too.
pub const STYLE: &str = include_str!("style.css");
/// Nothing from anywhere but this page itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page is about, at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Wait,
    Stop,
    Info,
}

/// A page before it is written out.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub tone: Tone,
    pub heading: String,
    pub lead: String,
    pub reasons: Vec<String>,
    /// A button: what it says and where it leads.
    pub action: Option<(String, String)>,
    pub foot: Option<String>,
    /// Seconds after which the page looks again.
    pub refresh: Option<u32>,
}

impl Page {
    /// A page that says one thing.
    pub fn new(tone: Tone, heading: impl Into<String>, lead: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            tone,
            heading: heading.into(),
            lead: lead.into(),
            reasons: Vec::new(),
            action: None,
            foot: None,
            refresh: None,
        }
    }

    /// The same with a status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with a button.
    pub fn with_action(mut self, text: impl Into<String>, link: impl Into<String>) -> Self {
        self.action = Some((text.into(), link.into()));
        self
    }

    /// The same, looking again after `seconds`.
    pub fn refreshing(mut self, seconds: u32) -> Self {
        self.refresh = Some(seconds);
        self
    }

    /// The HTML.
    pub fn html(&self) -> String {
        let mut out = String::with_capacity(STYLE.len() + 2_048);
        // Writing to a `String` cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let heading = escape(&self.heading);
        write!(out, "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\">")?;
        write!(
            out,
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1,viewport-fit=cover\">"
        )?;
        write!(out, "<meta name=\"robots\" content=\"noindex\">")?;
        if let Some(seconds) = self.refresh {
            write!(out, "<meta http-equiv=\"refresh\" content=\"{seconds}\">")?;
        }
        write!(out, "<title>{heading} · 간편주문</title><style>{STYLE}</style></head><body><main>")?;
        write!(out, "<p class=\"brand\">간편주문</p><section class=\"card\" aria-live=\"polite\">")?;
        write!(out, "{}<h1>{heading}</h1><p class=\"lead\">{}</p>", mark(self.tone), escape(&self.lead))?;
        if !self.reasons.is_empty() {
            write!(out, "<ul>")?;
            for reason in &self.reasons {
                write!(out, "<li>{}</li>", escape(reason))?;
            }
            write!(out, "</ul>")?;
        }
        if let Some((text, link)) = &self.action {
            write!(out, "<a class=\"act\" href=\"{}\">{}</a>", escape(link), escape(text))?;
        }
        write!(out, "</section>")?;
        if let Some(foot) = &self.foot {
            write!(out, "<p class=\"foot\">{}</p>", escape(foot))?;
        }
        write!(out, "</main></body></html>")
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::response::Html(self.html())).into_response();
        private(&mut response);
        let policy = HeaderValue::from_static(POLICY);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = HeaderValue::from(self.refresh.unwrap_or(30));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// No cache keeps it and no other site hears where it was.
pub fn private(response: &mut Response) {
    let fixed = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// The sign for what a page is about.
pub fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => {
            "<svg class=\"mark good\" viewBox=\"0 0 48 48\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"3\" stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"20\"/><path d=\"M15 25l6.5 6.5L34 18.5\"/></svg>"
        }
        Tone::Wait => {
            "<svg class=\"mark wait\" viewBox=\"0 0 48 48\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"3\" stroke-linecap=\"round\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"20\" opacity=\".25\"/><path class=\"turn\" d=\"M24 4a20 20 0 0 1 20 20\"/></svg>"
        }
        Tone::Stop => {
            "<svg class=\"mark stop\" viewBox=\"0 0 48 48\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"3\" stroke-linecap=\"round\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"20\"/><path d=\"M17 17l14 14M31 17L17 31\"/></svg>"
        }
        Tone::Info => {
            "<svg class=\"mark info\" viewBox=\"0 0 48 48\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"3\" stroke-linecap=\"round\" aria-hidden=\"true\"><circle cx=\"24\" cy=\"24\" r=\"20\"/><path d=\"M24 22v11M24 15v.5\"/></svg>"
        }
    }
}

/// For text and for attributes in double quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_escaped() {
        let evil = "<script>\"'&";
        let mut page = Page::new(Tone::Good, evil, evil).with_action(evil, evil);
        page.reasons = vec![evil.into()];
        page.foot = Some(evil.into());
        let html = page.html();
        assert!(!html.contains("<script>") && !html.contains("\"'&"));
        assert_eq!(html.matches("&lt;script&gt;&quot;&#39;&amp;").count(), 7);
    }

    #[test]
    fn nothing_comes_from_elsewhere() {
        let html = Page::new(Tone::Wait, "a", "b").refreshing(2).html();
        for outside in ["http://", "https://", "<script", "<link", "@import", "url("] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains("http-equiv=\"refresh\" content=\"2\""));
    }
}
