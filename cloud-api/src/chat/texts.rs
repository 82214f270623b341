//! Sentences that several operations say. Each says what to do next.

/// The label of the way home.
pub const HOME: &str = "처음으로";

/// Something failed, or took too long.
pub const TROUBLE: &str = "지금은 답을 드리기 어려워요. 잠시 뒤에 아래 ‘처음으로’를 눌러 다시 해 주세요.\n\
    주문과 결제는 그대로 안전해요. ‘주문 상태’라고 보내면 확인할 수 있어요.";

/// An answer that Kakao would not take.
pub const TOO_LONG_TO_SHOW: &str =
    "내용이 너무 길어 다 보여 드리지 못해요. 찾는 메뉴나 매장의 이름을 보내 주세요.";

/// A button nobody knows any more.
pub const OLD_BUTTON: &str =
    "지난 메시지의 버튼이에요. 지금은 쓸 수 없어요.\n아래에서 새로 골라 주시면 바로 이어서 도와드릴게요.";

/// A button of a session that ended.
pub const SESSION_GONE: &str = "주문서가 만료되었어요. 메뉴를 다시 담아 주세요.";

/// A button of an older version of the session.
pub const SESSION_CHANGED: &str = "그사이 주문서가 바뀌었어요. 지금 주문서를 보여 드릴게요.";

/// A store that is not there.
pub const NO_STORE: &str = "이 매장은 지금 찾을 수 없어요. 다른 매장을 골라 주세요.";

/// An item that is not there.
pub const NO_ITEM: &str = "이 메뉴는 지금 없어요. 다른 메뉴를 골라 주세요.";

/// An item whose options are not what they were.
pub const ITEM_CHANGED: &str = "그사이 메뉴의 옵션이 바뀌었어요. 처음부터 다시 골라 주세요.";

/// Money may be moving.
pub const PAYMENT_CHECKING: &str =
    "결제 결과를 확인하고 있어요. 다시 결제하지 마세요.\n잠시 뒤에 ‘주문 상태’를 눌러 확인해 주세요.";
