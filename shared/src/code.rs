//! Stable error codes: the contract between the API, the counter and its window.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($name:ident = $text:literal, $ko:literal, $en:literal;)+) => {
        /// What went wrong, by a name that never changes. Each has a sentence that says what to do next.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        pub enum Code {
            $(#[serde(rename = $text)] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// For a person, in Korean.
            pub fn korean(self) -> &'static str {
                match self { $(Self::$name => $ko,)+ }
            }

            /// For a person, in English.
            pub fn english(self) -> &'static str {
                match self { $(Self::$name => $en,)+ }
            }
        }
    };
}

codes! {
    BadRequest = "bad_request", "요청을 읽을 수 없어요. 프로그램을 최신으로 바꿔 주세요.", "The request could not be read. Please update the program.";
    BodyTooLarge = "body_too_large", "보낸 내용이 너무 커요. 나누어 보내 주세요.", "The request is too large. Send it in parts.";
    NotFound = "not_found", "찾는 것이 없어요. 주소를 확인해 주세요.", "There is nothing here. Check the address.";
    TooManyRequests = "too_many_requests", "시도가 너무 많아요. 잠시 뒤에 다시 해 주세요.", "Too many attempts. Try again in a moment.";
    Internal = "internal", "서버에 문제가 생겼어요. 잠시 뒤에 다시 해 주세요.", "Something went wrong on the server. Try again in a moment.";
    Unavailable = "unavailable", "서버가 잠시 쉬고 있어요. 곧 다시 연결할게요.", "The server is not available right now. It will reconnect by itself.";
    ClaimCodeInvalid = "claim_code_invalid", "등록 코드가 맞지 않거나 이미 쓰였어요. 운영자에게 새 코드를 받아 주세요.", "The claim code is wrong or was used before. Ask the operator for a new one.";
    LoginIdTaken = "login_id_taken", "이미 쓰는 아이디예요. 다른 아이디를 정해 주세요.", "This id is taken. Choose another one.";
    LoginIdInvalid = "login_id_invalid", "아이디는 영문 소문자·숫자 4~32자로 정해 주세요.", "Use 4 to 32 lower-case letters or digits for the id.";
    PasswordTooWeak = "password_too_weak", "비밀번호는 8자 이상 128자 이하로, 흔하지 않게 정해 주세요.", "Use a password of 8 to 128 characters that is not a common one.";
    SignInFailed = "sign_in_failed", "아이디나 비밀번호가 맞지 않아요.", "The id or the password is wrong.";
    CounterSessionHeld = "counter_session_held", "다른 기기가 카운터를 쓰고 있어요. 넘겨받으려면 '넘겨받기'를 눌러 주세요.", "Another device holds the counter. Press 'Take over' to move it here.";
    SignedOut = "signed_out", "로그인이 끝났어요. 다시 로그인해 주세요.", "You are signed out. Sign in again.";
    SessionTakenOver = "session_taken_over", "다른 기기가 카운터를 넘겨받았어요.", "Another device took over the counter.";
    UnknownCommand = "unknown_command", "서버가 모르는 요청이에요. 프로그램을 최신으로 바꿔 주세요.", "The server does not know this command. Please update the program.";
    CommandKeyReused = "command_key_reused", "같은 번호의 다른 요청이 이미 있어요. 화면을 새로 고쳐 주세요.", "This command's key was used for another command. Refresh the screen.";
    CommandMalformed = "command_malformed", "요청의 내용이 빠졌거나 잘못되었어요.", "The command is incomplete or wrong.";
    OrderNotFound = "order_not_found", "이 매장에 없는 주문이에요.", "This store has no such order.";
    OrderNotPaid = "order_not_paid", "아직 결제되지 않은 주문이에요.", "This order is not paid yet.";
    OrderAlreadyAccepted = "order_already_accepted", "이미 접수된 주문이에요.", "This order is already accepted.";
    OrderAlreadyRejected = "order_already_rejected", "이미 거절된 주문이에요.", "This order is already rejected.";
    OrderAlreadyCancelled = "order_already_cancelled", "이미 취소된 주문이에요. 조리를 멈춰 주세요.", "This order is already cancelled. Stop preparing it.";
    OrderTooLate = "order_too_late", "지금 단계에서는 할 수 없어요.", "It is too late for this.";
    OrderChanged = "order_changed", "그사이 주문이 바뀌었어요. 바뀐 내용을 보고 다시 해 주세요.", "The order changed meanwhile. Look at it and decide again.";
    PrepTimeOutOfRange = "prep_time_out_of_range", "준비 시간은 1분에서 180분 사이로 정해 주세요.", "Choose a prep time between 1 and 180 minutes.";
    NotAllowed = "not_allowed", "이 일은 할 수 없어요.", "This is not allowed.";
    DeviceCopied = "device_copied", "이 PC의 기록은 예전 것이 복원되었거나 다른 PC에 복사된 것이에요. 여기서 계속하려면 다시 로그인해 주세요.", "This PC's data was restored from an older copy, or copied to another PC. Sign in again to go on here.";
    DeviceUnconfirmed = "device_unconfirmed", "처음 보는 기기예요. 카운터에서 같은 번호를 확인하고 허용하거나, 인증 앱의 번호를 넣어 주세요.", "This device is new here. Allow it at the counter, where the same number is shown, or type a code of the authenticator app.";
    DeviceDenied = "device_denied", "카운터에서 이 기기를 허용하지 않았어요. 매장에 확인한 뒤 다시 로그인해 주세요.", "The counter did not allow this device. Ask at the store, then sign in again.";
    ConfirmationExpired = "confirmation_expired", "확인을 기다리는 시간이 지났어요. 다시 로그인해 주세요.", "The wait for a confirmation is over. Sign in again.";
    DeviceRevoked = "device_revoked", "이 기기는 매장에서 해제되었어요. 다시 쓰려면 사장님에게 문의해 주세요.", "This device was removed from the store. Ask the owner to use it again.";
    DeviceKeyNeeded = "device_key_needed", "이 로그인은 다른 기기의 것이에요. 이 기기에서 다시 로그인해 주세요.", "This sign-in belongs to another device. Sign in on this one.";
    DeviceKeyWrong = "device_key_wrong", "이 기기의 열쇠가 등록된 것과 달라요. 다시 로그인해 주세요.", "This device's key is not the one that was enrolled. Sign in again.";
    ClockOff = "clock_off", "이 PC의 시계가 맞지 않아요. 시계를 맞춰 주세요. 그동안은 서버 시각으로 이어 갈게요.", "This PC's clock is wrong. Set it; until then it goes on by the server's time.";
    SecondFactorWrong = "second_factor_wrong", "인증 번호가 맞지 않거나 이미 쓰였어요. 새 번호를 기다려 다시 넣어 주세요.", "The code is wrong or was used before. Wait for the next one and type it.";
    SecondFactorMissing = "second_factor_missing", "먼저 인증 앱을 등록해 주세요. 카운터가 고장 나도 새 기기로 들어올 수 있어야 해요.", "Set up an authenticator app first, so that a broken counter can be replaced.";
    ReadOnlySession = "read_only_session", "보기 전용 화면이에요. 카운터에서 처리해 주세요.", "This screen only looks on. Do it at the counter.";
    CounterNotConnected = "counter_not_connected", "카운터가 연결되어 있지 않아 보기 화면이 쉬고 있어요. 카운터를 먼저 켜 주세요.", "No counter is connected, so viewers rest. Start the counter first.";
    TooManyViewers = "too_many_viewers", "보기 전용 기기가 너무 많아요. 쓰지 않는 기기를 카운터에서 해제해 주세요.", "There are too many viewers. Remove one that is not used at the counter.";
    ChooseStore = "choose_store", "여러 매장에 속한 아이디예요. 들어갈 매장을 골라 주세요.", "This id belongs to several stores. Choose one.";
    OwnerOnly = "owner_only", "사장님만 할 수 있는 일이에요. 사장님 아이디로 로그인해 주세요.", "Only an owner may do this. Sign in as the owner.";
    OwnPasswordWrong = "own_password_wrong", "본인 비밀번호가 맞지 않아요. 다시 넣어 주세요.", "Your own password is wrong. Type it again.";
    LastOwner = "last_owner", "매장에는 사장님이 한 명은 있어야 해요. 다른 사장님을 먼저 정해 주세요.", "A store needs an owner. Make somebody else one first.";
    StaffNameInvalid = "staff_name_invalid", "이름은 1~40자로 정해 주세요.", "Use a name of 1 to 40 characters.";
    SignInAgain = "sign_in_again", "이 로그인은 더 이어 갈 수 없어요. 한가할 때 다시 로그인해 주세요.", "This sign-in cannot go on for longer. Sign in again when it is quiet.";
    DeviceNumberReused = "device_number_reused", "이 PC의 처리 번호가 이미 쓰였어요. 새 번호로 다시 보낼게요.", "This PC's command number was used before. It is sent again with a new one.";
    PositionUnknown = "position_unknown", "서버가 이 위치를 몰라요. 처음부터 다시 맞출게요.", "The server does not know this position. It will start over.";
    PaymentTokenUnknown = "payment_token_unknown", "없는 결제 주소예요. 채팅에서 다시 눌러 주세요.", "There is no such payment. Press the button in the chat again.";
    PaymentAlreadyDone = "payment_already_done", "이미 결제된 주문이에요.", "This order is already paid.";
    PaymentExpired = "payment_expired", "결제 시간이 지났어요. 채팅에서 다시 주문해 주세요.", "The payment expired. Order again in the chat.";
    PaymentUnavailable = "payment_unavailable", "카카오페이가 잠시 응답하지 않아요. 조금 뒤에 다시 결제해 주세요. 결제된 금액은 없어요.", "KakaoPay does not answer right now. Pay again a little later. Nothing was charged.";
    PaymentChecking = "payment_checking", "결제 결과를 확인하고 있어요. 다시 결제하지 마세요.", "We are checking the payment. Do not pay again.";
    DayNotRunning = "day_not_running", "영업일이 시작되지 않았어요. 먼저 영업을 준비해 주세요.", "No business day is running. Prepare the day first.";
    DayNotOpen = "day_not_open", "영업 중이 아니에요. 먼저 영업을 시작해 주세요.", "The store is not open. Open it first.";
    DayAlreadyRunning = "day_already_running", "영업일이 이미 시작되었어요. 화면의 상태를 확인해 주세요.", "A business day is running already. Look at its state on the screen.";
    DayIsClosing = "day_is_closing", "마감하고 있어요. 다시 주문을 받으려면 '영업 재개'를 눌러 주세요.", "The day is closing. Press 'Resume' to take orders again.";
    DayNotClosing = "day_not_closing", "마감을 시작하지 않았어요. 먼저 마감을 시작해 주세요.", "The day is not closing. Start closing first.";
    DayNotCut = "day_not_cut", "장부가 아직 고정되지 않았거나 그 뒤에 바뀌었어요. 마감 확인을 다시 해 주세요.", "The books are not frozen, or changed since. Check the closing again.";
    TimeOutOfRange = "time_out_of_range", "정할 수 없는 시각이나 시간이에요. 앞으로 12시간 안에서 다시 골라 주세요.", "This time is not possible. Choose one within the next 12 hours.";
    MenuEntryUnknown = "menu_entry_unknown", "메뉴에 없는 항목이에요. 메뉴를 새로 고쳐 주세요.", "The menu has no such entry. Refresh the menu.";
    MenuKeyTaken = "menu_key_taken", "이미 있는 항목이에요. 다시 추가해 주세요.", "There is such an entry already. Add it again.";
    MenuOptionLeftOut = "menu_option_left_out", "옵션은 지울 수 없어요. 대신 숨겨 주세요.", "An option cannot be deleted. Hide it instead.";
    MenuSenseless = "menu_senseless", "이대로는 팔 수 없는 메뉴예요. 표시된 곳을 고쳐 주세요.", "A menu like this cannot be sold from. Mend what is marked.";
    PhoneMalformed = "phone_malformed", "휴대전화 번호가 아니에요. 010-0000-0000처럼 적어 주세요.", "This is not a Korean mobile number. Write it like 010-0000-0000.";
    ReviewGone = "review_gone", "이 리뷰는 고객이 지웠거나 없는 리뷰예요. 목록을 새로 고쳐 주세요.", "The customer removed this review, or there is none. Refresh the list.";
    ReviewTextMissing = "review_text_missing", "내용을 적어 주세요.", "Write something first.";
    ReviewTextTooLong = "review_text_too_long", "300자까지 쓸 수 있어요. 조금 줄여 주세요.", "Use at most 300 characters. Make it shorter.";
    ScheduleSenseless = "schedule_senseless", "영업시간이 서로 겹치거나 맞지 않아요. 표시된 곳을 고쳐 주세요.", "The hours overlap or make no sense. Mend what is marked.";
    RefundTooLarge = "refund_too_large", "돌려줄 수 있는 금액보다 커요. 남은 금액을 확인해 주세요.", "This is more than can be given back. Look at what is left.";
    StoreClosed = "store_closed", "지금은 주문을 받지 않는 매장이에요.", "This store is not taking orders now.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_sentences_and_reads_back() {
        for code in Code::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(json, format!("{:?}", code.as_str()));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), *code);
            assert!(code.korean().ends_with('.') && code.english().ends_with('.'), "{code:?}");
        }
    }
}
