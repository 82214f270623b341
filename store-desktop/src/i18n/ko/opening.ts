import type { CheckState } from "../../generated/CheckState";
import type { CheckWhat } from "../../generated/CheckWhat";

export const opening = {
  title: "개점 점검",
  lead: "하나씩 확인하고 영업을 시작하세요. 점검을 다 하지 않아도 시작할 수 있어요.",
  what: {
    clock: "PC 시계",
    link: "서버 연결",
    sound: "새 주문 소리",
    printer: "프린터",
    sold_out: "어제부터 품절",
    parked: "꺼져 있던 동안 온 주문",
    journal: "이 PC의 기록",
  } satisfies Record<CheckWhat, string>,
  state: {
    good: "좋아요",
    look: "확인 필요",
    untried: "아직 안 함",
  } satisfies Record<CheckState, string>,
  testSound: "소리 내기",
  heard: "들렸어요",
  notHeard: "안 들려요",
  testPrint: "시험 인쇄",
  printed: "시험 인쇄를 보냈어요. 한글이 제대로 나왔는지 확인해 주세요.",
  toOrders: "주문 보기",
  goods: (good: number, all: number) => `${all}가지 중 ${good}가지 좋음`,
  open: "영업 시작",
  openAnyway: "그래도 영업 시작",
  finish: "점검 마침",
  last: (date: string, clock: string) => `지난 점검 ${date} ${clock}`,
  prepareFirst: "영업 준비",
  prepareLead: "영업일을 시작하려면 먼저 눌러 주세요. 손님 주문은 '영업 시작'을 누른 뒤부터 받아요.",
  isOpen: "지금 영업 중이에요.",
};
