import type { Story } from "../../host/expected-workplace";

type MessageState = NonNullable<Story["messages"]>[number]["state"];

/** Names of the messages that customers get, by their template. */
const TEMPLATES: Record<string, string> = {
  order_placed: "주문 접수 대기 알림",
  order_accepted: "접수 알림",
  order_ready: "준비완료 알림",
  order_rejected: "거절 알림",
  order_cancelled: "취소 알림",
  refund_completed: "환불 알림",
};

export const history = {
  title: "주문 내역",
  lead: "이 PC에 기록된 모든 영업일의 주문이에요. 인터넷이 없어도 찾을 수 있어요.",
  search: "지난 주문 찾기",
  searchHint: "번호 · 호출명 · 메뉴 · 전화 끝번호",
  allDays: "모든 날",
  none: "찾는 주문이 없어요",
  count: (n: number) => `${n}건`,
  countMore: (n: number) => `${n}건 넘게 있어요. 처음 ${n}건이에요.`,
  more: "더 보기",
  story: "주문 이야기",
  prints: "출력",
  noPrints: "출력한 것이 없어요",
  messages: "손님에게 보낸 알림",
  noMessages: "보낸 알림이 없어요",
  messagesUnknown: "알림은 서버에 연결되면 볼 수 있어요",
  template: (name: string) => TEMPLATES[name] ?? `알림 ${name}`,
  messageState: { sent: "보냄", waiting: "보내는 중", failed: "보내지 못함", skipped: "보내지 않음" } satisfies Record<MessageState, string>,
};
