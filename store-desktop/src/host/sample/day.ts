import type { CloseView } from "../../generated/CloseView";
import type { Day } from "../../generated/Day";
import type { DayAction } from "../../generated/DayAction";
import type { DayView } from "../../generated/DayView";
import type { OpeningView } from "../../generated/OpeningView";
import type { StepState } from "../../generated/StepState";
import type { View } from "../../generated/View";

const MINUTE = 60_000;
export const DAY_ID = "0195d000-0000-7000-8000-00000000b001";

/** A day that stands where `state` says. */
export function sampleDay(state: Day["state"], now: number): Day {
  const begun = { day_id: DAY_ID, prepared_at: now - 200 * MINUTE };
  const opened = { ...begun, opened_at: now - 190 * MINUTE };
  switch (state) {
    case "preparing":
      return { day_id: DAY_ID, prepared_at: now - 4 * MINUTE, state };
    case "open":
      return { ...opened, state, since: now - 190 * MINUTE };
    case "on_break":
      return { ...opened, state, since: now - 18 * MINUTE, until: now + 12 * MINUTE + 4_000, cause: "rest" };
    case "closing":
      return { ...opened, state, since: now - 3 * MINUTE };
    case "closed":
      return { ...opened, state, at: now - 9 * 60 * MINUTE };
  }
}

const ACTIONS: Record<Day["state"], DayAction[]> = {
  preparing: ["open"],
  open: ["break_start", "busy", "closing_start"],
  on_break: ["break_end", "break_start", "busy", "closing_start"],
  closing: ["closing_resume"],
  closed: ["prepare"],
};

export function sampleDayView(state: Day["state"]): DayView {
  return { provisional: false, actions: ACTIONS[state], next: null, reminder: null, undo: null };
}

/** The view with another state of the day. */
export function withDay(view: View, state: Day["state"], now: number): View {
  return { ...view, day: sampleDay(state, now), day_view: sampleDayView(state) };
}

export function sampleOpening(): OpeningView {
  return {
    items: [
      { what: "clock", state: "good", korean: "서버 시계와 0.2초 차이예요.", english: "0.2 s off the server's clock." },
      { what: "link", state: "good", korean: "3초 전에 서버까지 확인했어요.", english: "Checked all the way to the server 3 s ago." },
      { what: "sound", state: "untried", korean: "소리를 내 보고 들리는지 알려 주세요.", english: "Play the sound and say whether you heard it." },
      { what: "printer", state: "look", korean: "프린터에 용지가 없어요. 용지를 넣고 시험 인쇄를 해 주세요.", english: "The printer is out of paper. Put some in and try a test print." },
      { what: "sold_out", state: "look", korean: "바스크 치즈케이크, 귀리우유가 어제부터 품절이에요. 오늘 파는지 확인해 주세요.", english: "Basque cheesecake and oat milk are sold out since before. See whether they are sold today." },
      { what: "parked", state: "look", korean: "꺼져 있던 동안 온 주문 2건이 기다리고 있어요. 먼저 접수하거나 거절해 주세요.", english: "2 orders came while nobody was here. Accept or reject them first." },
      { what: "journal", state: "good", korean: "기록 482개를 모두 확인했어요.", english: "All 482 records were verified." },
    ],
    last: { at: Date.UTC(2026, 10, 20, 0, 52), day_id: null, items: [] },
    due: true,
  };
}

const STEPS = ["stop_orders", "open_orders", "commands", "payments", "cut", "journal", "books", "totals", "certificate", "closed"] as const;

/** The wizard at one of its steps. */
export function sampleClosing(step: CloseView["step"], state: StepState, now: number): CloseView {
  const at = STEPS.indexOf(step);
  const compared = at >= STEPS.indexOf("totals");
  return {
    day_id: DAY_ID,
    started_at: now - 3 * MINUTE,
    step,
    steps: STEPS.map((one, index) => ({ step: one, state: index < at || step === "closed" ? "done" : index === at ? state : "ahead" })),
    actions: step === "closed" ? ["close_finish"] : ["close_step", "close_cancel"],
    open_orders: [],
    unsent: 0,
    refused: 0,
    blockers: [],
    equalities: (["journal", "orders", "stream", "money"] as const).map((equality) => ({ equality, verdict: compared ? "equal" : "not_known" })),
    differences: [],
    more_differences: 0,
    compared: compared ? { orders: 143, events: 1_204, payments: 145 } : { orders: 0, events: 0, payments: 0 },
    ...(compared && { totals: TOTALS }),
    certified: step === "closed",
  };
}

export const TOTALS = { orders: 143, completed: 140, rejected: 1, cancelled: 2, captured: 2_184_500, refunded: 31_000 };
