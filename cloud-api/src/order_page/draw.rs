//! The order's page as HTML. Every text of a person is escaped; nothing comes from elsewhere, and the one script is named by its hash.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use serde_json::json;
use shared::Won;
use shared::menu::PricedLine;
use shared::order::{PhaseName, Ticket};

use super::lang::Lang;
use super::receipt::{Receipt, date_time};
use super::seen::Seen;
use super::words::{self, Head};
use crate::pay::page::{STYLE, escape, mark};

const SCRIPT: &str = include_str!("script.js");
const OWN_STYLE: &str = include_str!("style.css");
/// Seconds after which a page without JavaScript looks again.
const REFRESH: u32 = 10;
const REFRESH_URGENT: u32 = 3;

/// Nothing from anywhere but this page itself, and its own stream.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, SCRIPT.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("base64 and names are header text")
});

/// The page's content security policy.
pub fn policy() -> HeaderValue {
    POLICY.clone()
}

/// The whole page.
pub fn page(seen: &Seen, lang: Lang) -> String {
    let head = words::head(seen, lang);
    let over = seen.is_over();
    let mut out = String::with_capacity(STYLE.len() + OWN_STYLE.len() + SCRIPT.len() + 8_192);
    // Writing to a `String` cannot fail.
    let _ = write_page(&mut out, seen, &head, over, lang);
    out
}

/// What the stream sends: the fragment, the title, what a screen reader says, and whether anything can still change.
pub fn payload(seen: &Seen, lang: Lang) -> String {
    let head = words::head(seen, lang);
    let mut html = String::with_capacity(8_192);
    let _ = write_live(&mut html, seen, &head, lang);
    json!({"html": html, "title": title(&head, lang), "say": spoken(seen, &head, lang), "done": seen.is_over()})
        .to_string()
}

fn title(head: &Head, lang: Lang) -> String {
    format!("{} · {}", head.heading, lang.pick("간편주문", "Simple Order"))
}

/// The heading, what it means, and the name that will be called.
fn spoken(seen: &Seen, head: &Head, lang: Lang) -> String {
    let name = seen.order().ticket.as_ref().map(|ticket| match lang {
        Lang::Ko => format!(" 호출명은 {}이에요.", ticket.call_name),
        Lang::En => format!(" Your call name is {}.", ticket.call_name),
    });
    format!("{}. {}{}", head.heading, head.lead.replace('\n', " "), name.unwrap_or_default())
}

fn write_page(out: &mut String, seen: &Seen, head: &Head, over: bool, lang: Lang) -> std::fmt::Result {
    write!(out, "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">", lang.code())?;
    write!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1,viewport-fit=cover\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"format-detection\" content=\"telephone=no\">"
    )?;
    if !over {
        let seconds = if seen.is_urgent() { REFRESH_URGENT } else { REFRESH };
        write!(out, "<noscript><meta http-equiv=\"refresh\" content=\"{seconds}\"></noscript>")?;
    }
    write!(out, "<title>{}</title><style>{STYLE}{OWN_STYLE}</style></head>", escape(&title(head, lang)))?;
    write!(out, "<body><main><p class=\"brand\">{}</p>", lang.pick("간편주문", "Simple Order"))?;
    write_lost(out, lang)?;
    write!(out, "<p id=\"say\" class=\"heard\" role=\"status\" aria-live=\"polite\"></p>")?;
    write!(out, "<div id=\"live\" data-done=\"{}\">", u8::from(over))?;
    write_live(out, seen, head, lang)?;
    write!(out, "</div></main><script>{SCRIPT}</script></body></html>")
}

/// What is shown when the connection is lost; the script fills the age in.
fn write_lost(out: &mut String, lang: Lang) -> std::fmt::Result {
    let (told, age, minute) = match lang {
        Lang::Ko => ("연결이 끊겼어요. 다시 연결하고 있어요.", "{n}초 전 상태예요.", "{n}분 전 상태예요."),
        Lang::En => (
            "The connection is lost. Connecting again.",
            "This is how it was {n} s ago.",
            "This is how it was {n} min ago.",
        ),
    };
    write!(
        out,
        "<div id=\"lost\" class=\"lost\" hidden data-seconds=\"{age}\" data-minutes=\"{minute}\">\
         <span role=\"status\" data-told=\"{told}\"></span> <span class=\"age\"></span></div>"
    )
}

fn write_live(out: &mut String, seen: &Seen, head: &Head, lang: Lang) -> std::fmt::Result {
    let order = seen.order();
    write!(out, "<section class=\"card\">{}<h1>{}</h1>", mark(head.tone), escape(&head.heading))?;
    write!(out, "<p class=\"lead\">{}</p>", escape(&head.lead))?;
    if let Some(ticket) = &order.ticket {
        write_ticket(out, ticket, lang)?;
    }
    write_steps(out, seen, lang)?;
    write_facts(out, seen, lang)?;
    if head.payable {
        let pay = lang.pick("카카오페이로 결제하기", "Pay with KakaoPay");
        write!(out, "<a id=\"pay\" class=\"act\" href=\"{}\">{pay}</a>", escape(&seen.pay_link))?;
    }
    if order.ticket.is_some() && !order.phase.name().is_final() && !seen.store_phone.trim().is_empty() {
        let call = lang.pick("매장에 전화하기", "Call the store");
        write!(
            out,
            "<a id=\"call\" class=\"act quiet\" href=\"tel:{}\">{call}</a>",
            dialled(&seen.store_phone)
        )?;
    }
    write!(out, "</section>")?;
    if let Some(receipt) = &seen.receipt {
        write_receipt(out, receipt, lang)?;
    }
    write_foot(out, seen, lang)
}

fn dialled(phone: &str) -> String {
    phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
}

fn write_ticket(out: &mut String, ticket: &Ticket, lang: Lang) -> std::fmt::Result {
    let (name, number) = (escape(&ticket.call_name), ticket.number);
    match lang {
        Lang::Ko => {
            write!(
                out,
                "<div class=\"ticket\"><span>호출명</span><b>{name}</b><span>주문번호 {number}번</span></div>"
            )
        }
        Lang::En => {
            write!(
                out,
                "<div class=\"ticket\"><span>Call name</span><b>{name}</b><span>Order no. {number}</span></div>"
            )
        }
    }
}

/// How far a phase is in the row of steps; `None` when the steps say nothing.
fn reached(phase: PhaseName) -> Option<usize> {
    match phase {
        PhaseName::Placed | PhaseName::Reserved => Some(0),
        PhaseName::Accepted => Some(1),
        PhaseName::Cooking => Some(2),
        PhaseName::Ready => Some(3),
        PhaseName::HandedOver | PhaseName::Completed => Some(4),
        PhaseName::PendingPayment | PhaseName::Rejected | PhaseName::Cancelled => None,
    }
}

fn write_steps(out: &mut String, seen: &Seen, lang: Lang) -> std::fmt::Result {
    let Some(reached) = reached(seen.order().phase.name()) else { return Ok(()) };
    let steps = seen.steps.as_ref();
    let names = match lang {
        Lang::Ko => ["결제 완료", "매장 접수", "조리", "준비 완료", "받음"],
        Lang::En => ["Paid", "Accepted", "Cooking", "Ready", "Picked up"],
    };
    let times = [
        seen.order().ticket.as_ref().map(|ticket| ticket.placed_at),
        steps.and_then(|steps| steps.accepted_at),
        steps.and_then(|steps| steps.cooking_at),
        steps.and_then(|steps| steps.ready_at),
        steps.and_then(|steps| steps.handed_over_at),
    ];
    let (done, now, next) = lang.pick(("완료", "지금", "아직"), ("done", "now", "not yet"));
    write!(out, "<ol class=\"steps\">")?;
    for (index, (name, time)) in names.into_iter().zip(times).enumerate() {
        let (class, spoken, current) = match index.cmp(&reached) {
            std::cmp::Ordering::Less => ("done", done, ""),
            std::cmp::Ordering::Equal => ("now", now, " aria-current=\"step\""),
            std::cmp::Ordering::Greater => ("next", next, ""),
        };
        // A step that lies ahead has no time, whatever an older status says.
        let time = time.filter(|_| index <= reached).map(|time| time.kst_clock()).unwrap_or_default();
        write!(
            out,
            "<li class=\"{class}\"{current}><i aria-hidden=\"true\"></i><span>{name}<span class=\"heard\"> {spoken}</span></span><time>{time}</time></li>"
        )?;
    }
    write!(out, "</ol>")
}

fn write_facts(out: &mut String, seen: &Seen, lang: Lang) -> std::fmt::Result {
    let (order, details) = (seen.order(), &seen.order().details);
    write!(out, "<dl>")?;
    fact(out, lang.pick("매장", "Store"), &seen.found.context.store_name)?;
    let waits = matches!(order.phase.name(), PhaseName::Placed | PhaseName::Accepted | PhaseName::Cooking);
    if waits {
        let ahead = match (lang, seen.ahead) {
            (Lang::Ko, 0) => "바로 다음 차례".to_owned(),
            (Lang::Ko, ahead) => format!("{ahead}건"),
            (Lang::En, 0) => "you are next".to_owned(),
            (Lang::En, ahead) => ahead.to_string(),
        };
        fact(out, lang.pick("앞선 주문", "Orders ahead"), &ahead)?;
    }
    for line in &details.lines {
        fact(out, &line_name(line), &lang.won(line.amount))?;
    }
    if order.has_request {
        let told = lang.pick("매장에 전했어요", "passed on to the store");
        fact(out, lang.pick("요청사항", "Your request"), told)?;
    }
    if !details.points.is_zero() {
        let points = format!("−{}", lang.won(details.points));
        fact(out, lang.pick("포인트 사용", "Paid with points"), &points)?;
    }
    if order.refunded > Won::ZERO {
        fact(out, lang.pick("환불", "Refunded"), &lang.won(order.refunded))?;
    }
    write!(
        out,
        "<div class=\"sum\"><dt>{}</dt><dd>{}</dd></div>",
        lang.pick("합계", "Total"),
        lang.won(details.total)
    )?;
    write!(out, "</dl>")
}

fn line_name(line: &PricedLine) -> String {
    let options: Vec<String> = line
        .options
        .iter()
        .map(|option| match option.quantity {
            1 => option.name.clone(),
            more => format!("{} ×{more}", option.name),
        })
        .collect();
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(", ")) };
    format!("{}{options} × {}", line.name, line.quantity)
}

fn fact(out: &mut String, name: &str, value: &str) -> std::fmt::Result {
    write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value))
}

fn write_receipt(out: &mut String, receipt: &Receipt, lang: Lang) -> std::fmt::Result {
    write!(
        out,
        "<details id=\"receipt\" class=\"card\"><summary>{}</summary>",
        lang.pick("영수증", "Receipt")
    )?;
    if !receipt.given_back.is_empty() {
        write!(out, "<p class=\"stamp\">{}</p>", stamp(receipt, lang))?;
    }
    write!(out, "<dl>")?;
    let shop = &receipt.shop;
    fact(out, lang.pick("매장", "Store"), &shop.name)?;
    fact(out, lang.pick("상호", "Company"), &shop.business.company)?;
    fact(out, lang.pick("대표자", "Owner"), &shop.business.owner)?;
    fact(out, lang.pick("사업자등록번호", "Business no."), &shop.business.registration_no)?;
    fact(out, lang.pick("주소", "Address"), &shop.address)?;
    fact(out, lang.pick("전화", "Phone"), &shop.phone)?;
    fact(out, lang.pick("결제 일시", "Paid at"), &date_time(receipt.paid.at))?;
    fact(out, lang.pick("결제 수단", "Paid with"), &method(receipt, lang))?;
    if let Some(number) = &receipt.paid.approval_no {
        fact(out, lang.pick("승인번호", "Approval no."), number)?;
    }
    for line in &receipt.lines {
        fact(out, &line_name(line), &lang.won(line.amount))?;
    }
    if !receipt.points.is_zero() {
        fact(out, lang.pick("포인트 사용", "Paid with points"), &format!("−{}", lang.won(receipt.points)))?;
    }
    fact(out, lang.pick("공급가액", "Net of VAT"), &lang.won(receipt.supply()))?;
    fact(out, lang.pick("부가세", "VAT"), &lang.won(receipt.vat))?;
    if !receipt.tax_free.is_zero() {
        fact(out, lang.pick("면세 금액", "Free of VAT"), &lang.won(receipt.tax_free))?;
    }
    if receipt.given_back.is_empty() {
        write!(
            out,
            "<div class=\"sum\"><dt>{}</dt><dd>{}</dd></div>",
            lang.pick("결제 금액", "Paid"),
            lang.won(receipt.total)
        )?;
    } else {
        fact(out, lang.pick("결제 금액", "Paid"), &lang.won(receipt.total))?;
        fact(out, lang.pick("환불 금액", "Refunded"), &format!("−{}", lang.won(receipt.back())))?;
        fact(out, lang.pick("환불된 부가세", "VAT refunded"), &format!("−{}", lang.won(receipt.vat_back())))?;
        write!(
            out,
            "<div class=\"sum\"><dt>{}</dt><dd>{}</dd></div>",
            lang.pick("남은 금액", "Left"),
            lang.won(receipt.kept())
        )?;
    }
    write!(out, "</dl>")?;
    if !receipt.origins.is_empty() {
        write!(out, "<h2>{}</h2><ul class=\"origins\">", lang.pick("원산지", "Origin of ingredients"))?;
        for (item, origin) in &receipt.origins {
            write!(out, "<li><b>{}</b> {}</li>", escape(item), escape(origin))?;
        }
        write!(out, "</ul>")?;
    }
    write!(out, "</details>")
}

/// What of the money went back, as a stamp on the receipt.
fn stamp(receipt: &Receipt, lang: Lang) -> String {
    let back = lang.won(receipt.back());
    match (lang, receipt.back_since()) {
        (Lang::Ko, Some(at)) => format!("{} {back} 환불 완료", date_time(at)),
        (Lang::Ko, None) => format!("{back} 환불 진행 중"),
        (Lang::En, Some(at)) => format!("{back} refunded at {}", date_time(at)),
        (Lang::En, None) => format!("{back} being refunded"),
    }
}

fn method(receipt: &Receipt, lang: Lang) -> String {
    let how = match receipt.paid.method.as_deref() {
        Some("CARD") => lang.pick(" (카드)", " (card)"),
        Some("MONEY") => lang.pick(" (머니)", " (money)"),
        Some(_) | None => "",
    };
    format!("{}{how}", lang.pick("카카오페이", "KakaoPay"))
}

fn write_foot(out: &mut String, seen: &Seen, lang: Lang) -> std::fmt::Result {
    if seen.order().ticket.is_none() {
        return Ok(());
    }
    let phone = seen.phone.as_deref().map(escape).unwrap_or_default();
    let told = match (lang, phone.is_empty(), seen.is_over()) {
        (Lang::Ko, _, true) => "창을 닫고 채팅으로 돌아가도 돼요.".to_owned(),
        (Lang::Ko, true, false) => {
            "창을 닫고 채팅으로 돌아가도 돼요. 바뀌는 일은 알림톡으로 알려 드려요.".to_owned()
        }
        (Lang::Ko, false, false) => {
            format!("창을 닫고 채팅으로 돌아가도 돼요.\n바뀌는 일은 {phone} 알림톡으로 알려 드려요.")
        }
        (Lang::En, _, true) => "You can close this page and go back to the chat.".to_owned(),
        (Lang::En, true, false) => "You can close this page; changes come as KakaoTalk messages.".to_owned(),
        (Lang::En, false, false) => {
            format!("You can close this page; changes come as KakaoTalk messages to {phone}.")
        }
    };
    write!(out, "<p class=\"foot\">{told}</p>")
}
