export const fix = {
  soldOutTitle: "무엇이 떨어졌나요?",
  soldOutHint: "고른 것은 바로 품절이 되어 다음 손님이 주문할 수 없어요.",
  rejectAndGone: (n: number) => `거절하고 ${n}가지 품절`,
  cancelAndGone: (n: number) => `취소하고 ${n}가지 품절`,
  busyTitle: "앞으로 한 시간, 준비 시간을 늘릴까요?",
  busyNot: "그대로",
  busyMore: (minutes: number) => `+${minutes}분`,
  busyHint: "늘리면 거절하지 않고도 주문을 받을 수 있어요. 손님에게는 늘어난 시간이 보여요.",
  closingTitle: "지금부터 새 주문 받지 않기",
  closingHint: "마감을 시작해요. 받은 주문은 끝까지 처리하고, 다시 열 수도 있어요.",
};

export const undo = {
  order: (order: string, action: string) => `${order} · ${action}`,
  button: "되돌리기",
  left: (seconds: number) => `${seconds}초 안에`,
  recall: (action: string) => `'${action}' 되돌리기`,
  recallHint: "잘못 눌렀을 때만 쓰세요. 이력에는 남아요.",
  nothing: "되돌릴 것이 없어요.",
};

export const stopOverlay = {
  title: "조리를 멈춰 주세요",
  several: (n: number) => `취소된 주문 ${n}건`,
  press: "확인했어요 · 조리 멈춤",
  refund: "돈은 자동으로 환불돼요.",
};

export const parked = {
  mark: "자리를 비운 동안 들어온 주문",
  until: (clock: string) => `${clock}까지 접수하지 않으면 자동으로 취소되고 환불돼요.`,
};

export const busy = {
  added: (minutes: number) => `바쁨 +${minutes}분 더함`,
};

export const keyMap = {
  title: "단축키",
  lead: "입력 칸에 쓰고 있을 때는 F 단축키와 Esc만 움직여요.",
  note: "거절과 주문 취소에는 단축키가 없어요. 이유를 고르고 한 번 더 눌러야 해요.",
  open: "단축키 보기",
  groups: {
    orders: "주문",
    moving: "고르기",
    store: "매장",
  },
  rows: {
    orders: [
      ["F1", "가장 오래된 새 주문 접수"],
      ["1–9", "준비 시간 고르기 (숫자 × 5분)"],
      ["Enter", "고른 준비 시간으로 접수"],
      ["F2", "고른 주문 조리 시작"],
      ["F3", "고른 주문 준비완료"],
      ["F4", "고른 주문 건네기"],
      ["F5", "고른 주문 주방 주문서 다시 출력"],
      ["Ctrl Z", "방금 누른 것 되돌리기"],
      ["Esc", "고른 주문의 알림만 멈추기 · 닫기"],
    ],
    moving: [
      ["← ↑ ↓ →", "주문 고르기"],
      ["Space", "상세 열기와 닫기"],
      ["/", "찾기"],
      ["Tab", "다음 단추로"],
    ],
    store: [
      ["F8", "품절 고르기"],
      ["F9", "주문 잠시 멈추기"],
      ["Ctrl + · Ctrl −", "화면 크게 · 작게 (Ctrl 0 처음대로)"],
      ["?", "단축키 보기"],
    ],
  } satisfies Record<string, [string, string][]>,
};

export const theme = {
  label: "화면 밝기",
  system: "PC 설정대로",
  light: "밝게",
  dark: "어둡게",
};

export const zoom = {
  label: "화면 크기",
  percent: (zoom: number) => `${zoom}%`,
};

export const trouble = {
  title: "장애 알림이 울려요",
  seen: "소리 끄기",
};

export const part = {
  open: "일부 환불",
  title: (order: string) => `${order} 일부 환불`,
  lead: (left: string) => `주문은 그대로 두고 돈의 일부만 돌려드려요. 지금 ${left}까지 돌려드릴 수 있어요.`,
  fewer: (name: string) => `${name} 하나 덜 돌려주기`,
  more: (name: string) => `${name} 하나 더 돌려주기`,
  reason: "왜 돌려드리나요?",
  amount: (amount: string) => `돌려드릴 돈 ${amount}`,
  withPoints: (amount: string, points: string) => `${amount} + 포인트 ${points}`,
  confirm: "일부 환불",
  again: (amount: string) => `한 번 더 누르면 ${amount} 환불`,
};
