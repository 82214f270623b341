//! ready: a tid and the addresses to send the payer to. Nothing is charged yet.

use reqwest::Url;
use serde_json::{Value, json};

use super::amount::{Amount, default_vat};
use super::payment::{Method, Payment, Status};
use super::payments::{number, page_hash};
use super::refusal::Refusal;
use super::request::Body;
use crate::clock::naive_kst;
use crate::lock;
use crate::world::World;

const MAX_TEXT: usize = 100;
const MAX_URL: usize = 255;

pub fn run(world: &World, body: &Body) -> Result<Value, Refusal> {
    let payment = read(world, body)?;
    let answer = answer(world, &payment);
    let mut payments = lock(&world.payments);
    if payments.is_full() {
        return Err(Refusal::with_status(500, -500, "the sandbox is full; POST /control/reset starts over"));
    }
    payments.put(payment);
    Ok(answer)
}

fn read(world: &World, body: &Body) -> Result<Payment, Refusal> {
    let now = world.clock.now();
    let quantity = body.won("quantity")?;
    if quantity < 1 {
        return Err(Refusal::invalid("quantity must be positive"));
    }
    let amount = amount(world, body)?;
    let urls =
        (url(world, body, "approval_url")?, url(world, body, "cancel_url")?, url(world, body, "fail_url")?);
    let only_method = match body.optional_text("payment_method_type", 10)?.as_deref() {
        None => None,
        Some("CARD") => Some(Method::Card),
        Some("MONEY") => Some(Method::Money),
        Some(_) => return Err(Refusal::new(-705, "unsupported payment method type")),
    };
    let install_month = body.optional_won("install_month")?.unwrap_or(0);
    if !(0..=12).contains(&install_month) {
        return Err(Refusal::invalid("install_month must be 0 to 12"));
    }
    Ok(Payment {
        tid: number('T', now),
        cid: world.config.pay_cid.clone(),
        hash: page_hash(),
        partner_order_id: body.text("partner_order_id", MAX_TEXT)?,
        partner_user_id: body.text("partner_user_id", MAX_TEXT)?,
        item_name: body.text("item_name", MAX_TEXT)?,
        item_code: body.optional_text("item_code", MAX_TEXT)?,
        quantity,
        amount,
        canceled: Amount::default(),
        approval_url: urls.0,
        cancel_url: urls.1,
        fail_url: urls.2,
        only_method,
        method: None,
        install_month,
        pg_token: None,
        status: Status::Ready,
        created_at: now,
        approved_at: None,
        canceled_at: None,
        actions: Vec::new(),
        in_flight: false,
    })
}

fn amount(world: &World, body: &Body) -> Result<Amount, Refusal> {
    let total = body.won("total_amount")?;
    let tax_free = body.won("tax_free_amount")?;
    if total <= 0 || tax_free < 0 {
        return Err(Refusal::invalid("total_amount must be positive and tax_free_amount not negative"));
    }
    if total > lock(&world.live).per_payment_limit {
        return Err(Refusal::new(-797, "limit exceeded"));
    }
    let wrong = || Refusal::new(-722, "invalid amount");
    if tax_free > total {
        return Err(wrong());
    }
    let vat = body.optional_won("vat_amount")?.unwrap_or_else(|| default_vat(total, tax_free));
    let green_deposit = body.optional_won("green_deposit")?.unwrap_or(0);
    if vat < 0 || vat > total - tax_free || green_deposit < 0 || green_deposit > total {
        return Err(wrong());
    }
    Ok(Amount { total, tax_free, vat, green_deposit, ..Amount::default() })
}

fn url(world: &World, body: &Body, key: &str) -> Result<String, Refusal> {
    let text = body.text(key, MAX_URL)?;
    let parsed = Url::parse(&text).map_err(|_| Refusal::invalid(format!("{key} is not a URL")))?;
    if registered(&lock(&world.live).site_domains, &parsed) {
        Ok(text)
    } else {
        Err(Refusal::new(-799, "domain mismatch"))
    }
}

/// Scheme, host and port as registered; `*.` stands for any subdomain. With nothing registered, loopback only.
fn registered(domains: &[String], url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    if !matches!(url.scheme(), "http" | "https") {
        return false;
    }
    if domains.is_empty() {
        return matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    }
    domains.iter().any(|domain| {
        let (scheme, rest) =
            domain.trim_end_matches('/').split_once("://").unwrap_or(("https", domain.as_str()));
        let (wild, rest) = match rest.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let Ok(known) = Url::parse(&format!("{scheme}://{rest}")) else { return false };
        let known_host = known.host_str().unwrap_or_default();
        let same_host = host == known_host || (wild && host.ends_with(&format!(".{known_host}")));
        same_host && url.scheme() == scheme && url.port_or_known_default() == known.port_or_known_default()
    })
}

fn answer(world: &World, payment: &Payment) -> Value {
    let page =
        |kind: &str| format!("{}/mockup/bridge/{kind}/pg/one-time/payment/{}", world.base_url, payment.hash);
    let scheme = format!("kakaotalk://kakaopay/pg?url={}/pay/mockup/{}", world.base_url, payment.hash);
    json!({
        "tid": payment.tid,
        "tms_result": false,
        "next_redirect_app_url": page("mobile-app"),
        "next_redirect_mobile_url": page("mobile-web"),
        "next_redirect_pc_url": page("pc"),
        "android_app_scheme": scheme,
        "ios_app_scheme": scheme,
        "created_at": naive_kst(payment.created_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(domains: &[&str], url: &str) -> bool {
        let domains: Vec<String> = domains.iter().map(|&domain| domain.to_owned()).collect();
        registered(&domains, &Url::parse(url).unwrap())
    }

    #[test]
    fn domains_match_scheme_host_and_port() {
        assert!(allowed(&["http://localhost:8080"], "http://localhost:8080/pay/x"));
        assert!(!allowed(&["http://localhost:8080"], "http://localhost:8081/pay/x"));
        assert!(!allowed(&["https://shop.example"], "http://shop.example/pay"));
        assert!(allowed(&["https://*.shop.example"], "https://a.shop.example/pay"));
        assert!(!allowed(&["https://*.shop.example"], "https://evilshop.example/pay"));
        assert!(allowed(&[], "http://127.0.0.1:4000/x"));
        assert!(!allowed(&[], "https://evil.example/x"));
    }
}
