//! The short message (문자) that goes out when Kakao could not deliver: at most 90 bytes of what carriers have, which is EUC-KR (KS X 1001).

use encoding_rs::EUC_KR;
use serde_json::{Map, Value};

use crate::orders::Template;

/// Of one SMS.
const MAX_BYTES: usize = 90;
/// Bytes of the plane that carriers have; lower ones belong to Microsoft's extension.
const PLANE_FROM: u8 = 0xA1;

/// What goes out instead of an AlimTalk; `None` where nothing does.
pub fn short_message(template: Template, variables: &Map<String, Value>) -> Option<String> {
    let value = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or_default();
    let (number, until) = (value("주문번호"), value("자동취소시각"));
    let says = match template {
        Template::Placed => {
            format!("{number} 결제완료 {}. {until}까지 미확인시 자동환불", value("결제금액"))
        }
        Template::Reserved => format!("{number} {} 예약완료. {} 결제", value("예약시각"), value("결제금액")),
        Template::ReservationFired => format!("{number} 예약주문 매장전달. {until}까지 미확인시 자동환불"),
        Template::Accepted => format!("{number} 주문접수. {} 준비예정", value("예상시각")),
        Template::Rejected => format!("{number} 매장이 받지 못했어요. {} 환불", value("환불금액")),
        Template::Cancelled => format!("{number} 주문이 취소됐어요. {} 환불", value("환불금액")),
        Template::Ready => format!("{number} 준비됐어요. 매장에서 받아가세요"),
        Template::Parked => format!("{number} 매장 확인 대기. {until}까지 미확인시 자동환불"),
        Template::PayAgain => "카카오페이 결제가 다시 돼요. 카톡 채팅에서 주문을 마쳐 주세요".to_owned(),
        Template::OwnerCallAgain => {
            return Some(fit("간편주문", &format!("{number} 미확인 주문. {until} 자동취소")));
        }
        Template::OwnerCall | Template::Forgotten | Template::DayClosed => return None,
    };
    Some(fit(value("매장명"), &says))
}

/// `[name] says`; the name gives way.
fn fit(name: &str, says: &str) -> String {
    let says = cut(&plain(says), MAX_BYTES);
    let left = MAX_BYTES - length(&says);
    let name = cut(&plain(name), left.saturating_sub("[] ".len()));
    let name = name.trim();
    if name.is_empty() { says } else { format!("[{name}] {says}") }
}

/// Without what carriers do not have: a rare syllable becomes a question mark, anything else goes.
fn plain(text: &str) -> String {
    let known = text.chars().filter_map(|character| match bytes_of(character) {
        Some(_) if !character.is_control() => Some(character),
        Some(_) => Some(' '),
        None if ('가'..='힣').contains(&character) => Some('?'),
        None => None,
    });
    known.collect()
}

fn cut(text: &str, most: usize) -> String {
    let mut length = 0;
    let fitting = text.chars().take_while(|character| {
        length += bytes_of(*character).unwrap_or(0);
        length <= most
    });
    fitting.collect()
}

fn length(text: &str) -> usize {
    text.chars().filter_map(bytes_of).sum()
}

/// How many bytes carriers write it with, if they can.
fn bytes_of(character: char) -> Option<usize> {
    let mut buffer = [0_u8; 4];
    let (encoded, _, unmappable) = EUC_KR.encode(character.encode_utf8(&mut buffer));
    let in_plane = encoded.len() == 1 || encoded.iter().all(|byte| *byte >= PLANE_FROM);
    (!unmappable && in_plane).then_some(encoded.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::orders::Recipient;

    fn variables(store: &str, number: &str, money: &str) -> Map<String, Value> {
        let texts = [
            ("매장명", store),
            ("주문번호", number),
            ("결제금액", money),
            ("환불금액", money),
            ("자동취소시각", "18:40"),
            ("예상시각", "18:40"),
            ("예약시각", "18:40"),
        ];
        texts.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value.to_owned()))).collect()
    }

    #[test]
    fn every_message_about_an_order_has_one_for_its_customer() {
        for template in Template::ALL {
            let short = short_message(template, &variables("골목커피 홍대점", "12번 (사과)", "5,500원"));
            let expected =
                template.recipient() == Recipient::Customer || template == Template::OwnerCallAgain;
            assert_eq!(short.is_some(), expected, "{template:?}");
        }
        let placed = short_message(Template::Placed, &variables("골목커피 홍대점", "12번 (사과)", "5,500원"));
        assert_eq!(
            placed.as_deref(),
            Some("[골목커피 홍대점] 12번 (사과) 결제완료 5,500원. 18:40까지 미확인시 자동환불")
        );
    }

    #[test]
    fn rare_syllables_and_emoji_do_not_spoil_it() {
        let short = short_message(Template::Ready, &variables("똠방각하 ☕😀 카페", "3번 (배)", ""));
        assert_eq!(short.as_deref(), Some("[?방각하  카페] 3번 (배) 준비됐어요. 매장에서 받아가세요"));
    }

    proptest! {
        #[test]
        fn it_fits_whatever_the_store_is_called(
            store in "\\PC{0,60}",
            number in 1..=99_999_u32,
            call in "[가-힣]{1,5}",
            won in 0..=9_999_999_i64,
        ) {
            let number = format!("{number}번 ({call})");
            let money = shared::Won::new(won).unwrap().to_string();
            for template in Template::ALL {
                let Some(short) = short_message(template, &variables(&store, &number, &money)) else { continue };
                prop_assert!(short.chars().all(|character| bytes_of(character).is_some()), "{short}");
                prop_assert!(length(&short) <= MAX_BYTES, "{short}");
                let told = plain(&number);
                let names_it = template != Template::PayAgain;
                prop_assert!(!names_it || short.contains(&told), "{short} lacks {told}");
                let refunds = matches!(template, Template::Rejected | Template::Cancelled);
                prop_assert!(!refunds || short.contains(&format!("{money} 환불")), "{short}");
            }
        }
    }
}
