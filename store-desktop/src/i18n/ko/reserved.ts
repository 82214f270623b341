import type { ReservationProblem } from "../../generated/ReservationProblem";

export const reserved = {
  title: "예약",
  pickUp: (clock: string) => `${clock} 찾아감`,
  days: (today: number, tomorrow: number) => (tomorrow > 0 ? `오늘 ${today} · 내일 ${tomorrow}` : `오늘 ${today}`),
  next: (clock: string) => `다음 ${clock}`,
  tomorrow: "내일",
  show: "예약 보기",
  hide: "예약 접기",
  begins: (clock: string) => `${clock}에 신규로 옮겨지고 알림이 울려요`,
  due: "만들 시간이 됐어요. 연결되면 신규로 옮겨져요. 지금 접수할 수도 있어요.",
  start: (clock: string) => `지금 접수 · ${clock} 준비`,
  problems: {
    outside_hours: "바뀐 영업시간 밖이에요. 만들 수 있으면 그대로 두고, 아니면 손님에게 알리고 취소해 주세요.",
    in_break: "쉬는 시간과 겹쳐요. 그때 만들 수 있는지 확인하고, 아니면 취소해 주세요.",
    day_is_closing: "마감하려면 먼저 만들어 건네거나 취소해 주세요.",
  } satisfies Record<ReservationProblem, string>,
};
