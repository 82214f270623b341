import type { Actor } from "../../generated/Actor";
import type { CancelReason } from "../../generated/CancelReason";
import type { CommandAction } from "../../generated/CommandAction";
import type { Conflict } from "../../generated/Conflict";
import type { OrderEvent } from "../../generated/OrderEvent";
import type { OrderMode } from "../../generated/OrderMode";
import type { PhaseName } from "../../generated/PhaseName";
import type { RejectReason } from "../../generated/RejectReason";

export const mode = { takeout: "포장", delivery: "배달" } satisfies Record<OrderMode, string>;

export const phase = {
  pending_payment: "결제 대기",
  reserved: "예약",
  placed: "접수 대기",
  accepted: "접수됨",
  cooking: "조리 중",
  ready: "준비완료",
  handed_over: "전달됨",
  completed: "완료",
  rejected: "거절됨",
  cancelled: "취소됨",
} satisfies Record<PhaseName, string>;

export const action = {
  accept: "접수",
  reject: "거절",
  cooking: "조리 시작",
  ready: "준비완료",
  handed_over: "전달 완료",
  cancel: "주문 취소",
  settle_conflict: "확인할 일 정리",
  refund_part: "일부 환불",
  day_prepare: "영업 준비",
  day_open: "영업 시작",
  break_start: "주문 멈춤",
  break_end: "주문 다시 받기",
  busy_set: "바쁨 설정",
  closing_start: "마감 시작",
  closing_resume: "영업 계속",
  sold_out: "품절",
  back_on_sale: "다시 판매",
  stock_set: "수량 바꾸기",
  menu_edit: "메뉴 고치기",
  schedule_set: "영업시간 바꾸기",
} satisfies Record<CommandAction["kind"], string>;

export const actions = {
  accept: (minutes: number) => `접수 · ${minutes}분`,
  prepTime: "준비 시간",
  prep: (minutes: number) => `${minutes}분`,
  choosePrep: (minutes: number) => `준비 시간 ${minutes}분`,
  nothing: "이 주문에서 더 할 일은 없어요.",
  chooseFirst: "먼저 주문을 골라 주세요.",
  notNow: (action: string) => `이 주문은 지금 '${action}' 단계가 아니에요.`,
  noneToAccept: "접수할 새 주문이 없어요.",
};

export const reasons = {
  rejectTitle: "왜 거절하나요?",
  cancelTitle: "왜 취소하나요?",
  customerReads: "손님이 읽는 말",
  refund: {
    all: (amount: string) => `${amount}은 자동으로 전액 환불돼요.`,
    rest: (amount: string) => `먼저 환불한 금액을 뺀 ${amount}이 자동으로 환불돼요.`,
    nothing: "결제한 금액은 먼저 모두 환불했어요. 더 환불할 금액이 없어요.",
    points: (points: string) => `포인트 ${points}도 돌려드려요.`,
  },
  confirm: {
    reject: (refunds: boolean): string => (refunds ? "거절하고 환불" : "거절하기"),
    cancel: (refunds: boolean): string => (refunds ? "취소하고 환불" : "취소하기"),
  },
  pickFirst: "이유를 먼저 골라 주세요",
  hint: "거절된 손님은 다시 주문하는 일이 줄어요. 시간을 늘려 접수할 수 있는지 먼저 살펴보세요.",
  reject: {
    sold_out: "재료 소진",
    too_busy: "주문이 몰림",
    closing_soon: "곧 마감",
    request_impossible: "요청 수행 불가",
    equipment_trouble: "장비 고장",
    customer_asked: "손님 요청",
    duplicate_order: "중복 주문",
    other: "그 밖의 사정",
  } satisfies Record<RejectReason, string>,
  cancel: {
    not_accepted: "접수 시간 지남",
    customer_changed_mind: "손님이 취소",
    sold_out: "재료 소진",
    store_trouble: "매장 사정",
    customer_asked: "손님 요청",
    operator: "고객센터 취소",
    payment_expired: "결제 시간 지남",
    payment_failed: "결제 실패",
    replaced: "새 주문서로 바뀜",
    not_orderable: "주문할 수 없게 됨",
  } satisfies Record<CancelReason, string>,
};

export const detail = {
  title: "주문 상세",
  placedAt: (clock: string) => `${clock} 주문`,
  lines: "메뉴",
  supply: "공급가액",
  vat: "부가세",
  taxFree: "면세",
  menuPrice: "메뉴 금액",
  points: "포인트",
  total: "합계",
  history: "이력",
  noHistory: "아직 이력이 없어요",
  predicted: "전송 대기",
  reason: "이유",
  refund: "환불",
  refundDone: (amount: string) => `${amount} 환불 완료`,
  refundRunning: (amount: string) => `${amount} 환불 진행 중`,
  refundPartly: (done: string, all: string) => `${all} 중 ${done} 환불됨, 나머지 진행 중`,
};

export const event = {
  order_placed: "주문 · 결제 완료",
  order_reserved: "예약 · 결제 완료",
  reservation_fired: "예약 시간이 됨",
  order_accepted: "접수",
  cooking_started: "조리 시작",
  order_ready: "준비완료",
  order_handed_over: "전달",
  order_completed: "완료",
  order_rejected: "거절",
  order_cancelled: "취소",
  refund_completed: "환불 완료",
  refund_promised: "일부 환불 약속",
  conflict_settled: "정리함",
  conflict_raised: "확인 필요",
} satisfies Record<OrderEvent["kind"], string>;

export const actor = {
  counter: "카운터",
  customer: "손님",
  timer: "자동",
  payment: "결제",
  operator: "운영자",
} satisfies Record<Actor["who"], string>;

export const conflict = {
  title: "끝난 주문인데 조리가 이어졌어요",
  cooked_after_cancel: "취소되거나 거절된 뒤에 조리를 시작했어요. 조리를 멈추고 손님에게 확인해 주세요.",
  ready_after_cancel: "취소되거나 거절된 뒤에 음식이 준비되었어요. 건네지 말고 손님에게 확인해 주세요.",
  handed_over_after_cancel: "취소되거나 거절된 주문을 건넸어요. 돈은 환불되니 손님과 운영자에게 확인해 주세요.",
} satisfies Record<Conflict | "title", string>;
