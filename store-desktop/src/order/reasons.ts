import type { CancelReason } from "../generated/CancelReason";
import type { RejectReason } from "../generated/RejectReason";

/** Reject reasons in the order the counter offers them. */
export const REJECT_REASONS: readonly RejectReason[] = [
  "sold_out",
  "too_busy",
  "closing_soon",
  "request_impossible",
  "equipment_trouble",
  "customer_asked",
  "duplicate_order",
  "other",
];

/** The cancel reasons that a store may choose. */
export const STORE_CANCEL_REASONS: readonly CancelReason[] = ["sold_out", "store_trouble", "customer_asked"];

/** What the customer reads, word for word as the server sends it; a test compares it with the Rust source. */
export const REJECT_CUSTOMER_TEXT: Record<RejectReason, string> = {
  sold_out: "재료가 소진되었어요",
  too_busy: "주문이 몰려 지금은 준비가 어려워요",
  closing_soon: "곧 영업을 마감해요",
  request_impossible: "요청하신 내용을 맞춰 드리기 어려워요",
  equipment_trouble: "매장 장비에 문제가 생겼어요",
  customer_asked: "고객님의 요청으로 취소했어요",
  duplicate_order: "같은 주문이 두 번 들어왔어요",
  other: "매장 사정으로 주문을 받지 못했어요",
};

/** What the customer reads about an order that ended. */
export const CANCEL_CUSTOMER_TEXT: Record<CancelReason, string> = {
  not_accepted: "매장이 제시간에 확인하지 못했어요",
  customer_changed_mind: "고객님이 취소하셨어요",
  sold_out: "재료가 소진되었어요",
  store_trouble: "매장 사정으로 준비하지 못하게 되었어요",
  customer_asked: "고객님의 요청으로 취소했어요",
  operator: "고객센터에서 취소했어요",
  payment_expired: "결제 시간이 지났어요",
  payment_failed: "결제가 완료되지 않았어요",
  replaced: "새 주문서로 바뀌었어요",
  not_orderable: "그사이 품절되었거나 가격이 바뀌었어요",
};
