import type { BreakCause } from "../../generated/BreakCause";
import type { Day } from "../../generated/Day";

export const pages = {
  home: "주문 화면",
  fresh: (n: number) => `신규 ${n}`,
  more: "더 보기",
  moreTitle: "무엇을 할까요?",
  opening: "개점 점검",
  closing: "영업 마감",
  certificate: "마감 증명서",
  schedule: "영업시간",
  people: "직원과 기기",
};

export const day = {
  label: "영업 상태",
  state: {
    preparing: "준비 중",
    open: "영업 중",
    on_break: "휴식 중",
    closing: "마감 중",
    closed: "마감됨",
  } satisfies Record<Day["state"], string>,
  none: "영업 전",
  since: (clock: string) => `${clock}부터`,
  at: (clock: string) => `${clock}에`,
  until: (clock: string) => `${clock}까지`,
  left: (time: string) => `${time} 남음`,
  over: "시간이 다 됐어요",
  byHand: "직접 켤 때까지",
  busy: (minutes: number) => `바쁨 +${minutes}분`,

  prepare: "영업 준비",
  check: "개점 점검",
  open: "영업 시작",
  break: "휴식",
  changeBreak: "휴식 변경",
  endBreak: "영업 재개",
  busyButton: "바쁨",
  closing: "마감",
  closingAgain: "한 번 더 누르면 마감 시작",
  goOnClosing: "마감 계속",
  resume: "마감 취소",
  resumeAgain: "한 번 더 누르면 다시 주문 받기",

  breakTitle: "얼마나 쉴까요?",
  breakLead: "까닭과 시간을 한 번에 골라 주세요. 쉬는 동안 새 주문은 받지 않고, 받은 주문은 계속 처리해요.",
  customerReads: "손님이 읽는 말",
  breakMinutes: (minutes: number) => (minutes % 60 === 0 ? `${minutes / 60}시간` : `${minutes}분`),
  breakCell: (cause: string, time: string) => `${cause}, ${time} 휴식`,
  cause: {
    rest: "잠시 쉼",
    too_busy: "주문이 몰림",
    ingredients: "재료 준비",
    equipment: "장비 고장",
    schedule: "정해진 휴식",
    other: "그 밖의 사정",
  } satisfies Record<BreakCause, string>,

  noBreakNow: "지금은 휴식을 시작할 수 없어요. 영업 중일 때 눌러 주세요.",

  busyTitle: "준비 시간을 얼마나 더할까요?",
  busyLead: "새 주문이 약속하는 시간에 더해져요. 이미 접수한 주문은 그대로예요.",
  busyFor: "언제까지",
  busyMinutes: (minutes: number) => `+${minutes}분`,
  busyCell: (extra: string, time: string) => `${extra}, ${time}`,
  busyEnd: "바쁨 끄기",
  busyNow: (minutes: number) => `지금 약속 시간에 ${minutes}분을 더하고 있어요.`,
};
