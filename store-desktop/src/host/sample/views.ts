import type { Lanes } from "../../generated/Lanes";
import type { Phase } from "../../generated/Phase";
import type { View } from "../../generated/View";
import { endedEarly } from "../../order/ended";
import { CLOSING_SCENES, closingScene, type ClosingScene } from "./closing";
import { sampleDay, sampleDayView, sampleOpening, withDay } from "./day";
import { sampleLines as menu } from "./menu";
import { sampleCard } from "./orders";
import { troubledPrinting } from "./paper";
import { sampleDesk } from "./people";
import { pendingSignIn } from "./sign-in";
import { sampleWorkplace } from "./workplace";

const MINUTE = 60_000;

/** Ready-made situations: `?sample=<scene>` on a development server. */
export type Scene = ClosingScene | DayScene | "busy" | "offline" | "quiet" | "trouble" | "sign-in" | "taken-over" | "choose-store" | "new-device";
type DayScene = "preparing" | "on-break" | "closed-day" | "viewer";

export const SCENES: readonly Scene[] = [
  ...["busy", "offline", "quiet", "trouble", "sign-in", "taken-over", "choose-store", "new-device"] as const,
  ...["preparing", "on-break", "closed-day", "viewer"] as const,
  ...CLOSING_SCENES,
];

/** What the host would show at `now`. */
export function sampleView(scene: Scene, now: number): View {
  const view = busy(now);
  switch (scene) {
    case "busy":
      return view;
    case "quiet":
      return { ...view, lanes: { reserved: [], fresh: [], cooking: [], ready: [], done: [] }, alarm: { ...view.alarm, sounding: false, order_ids: [] } };
    case "offline":
      return offline(view, now);
    case "trouble":
      return trouble(view, now);
    case "sign-in":
    case "choose-store":
      return { ...view, screen: "sign_in", store: null, day: null, login_id: null, server_url: "" };
    case "taken-over":
      return { ...view, screen: "sign_in", sign_in_problem: TAKEN_OVER };
    case "new-device":
      return { ...sampleView("sign-in", now), pending_sign_in: pendingSignIn(now) };
    case "preparing":
      return preparing(view, now);
    case "on-break":
      return { ...withDay(view, "on_break", now), day_view: { ...sampleDayView("on_break"), provisional: true } };
    case "closed-day":
      return { ...withDay(sampleView("quiet", now), "closed", now) };
    case "viewer":
      return { ...view, read_only: true, day_view: { ...view.day_view, actions: [] } };
    case "closing-orders":
    case "closing-payments":
    case "closing-differences":
    case "closing-totals":
    case "closed":
      return closingScene(scene, view, now);
  }
}

const TAKEN_OVER: View["sign_in_problem"] = {
  type: "about:blank",
  title: "Another device took over the counter.",
  status: 409,
  code: "session_taken_over",
  detail: "다른 기기가 카운터를 넘겨받았어요.",
};

function busy(now: number): View {
  const lanes = busyLanes(now);
  return {
    now,
    server_offset_ms: 0,
    screen: "counter",
    store: { store_id: "0195d000-0000-7000-8000-00000000a001", name: "골목커피", branch: "홍대점", prep_minutes_default: 20 },
    login_id: "hongdae",
    day: sampleDay("open", now),
    day_view: sampleDayView("open"),
    clock: { skew_ms: 200, noticeable: false, korean: "", english: "" },
    read_only: false,
    opening: sampleOpening(),
    closing: null,
    desk: sampleDesk(now),
    account: {
      kind: "counter",
      staff_id: "0195d000-0000-7000-8000-00000000e001",
      name: "김정아",
      role: "owner",
      device_id: "0195d000-0000-7000-8000-00000000d001",
      expires_at: now + 20 * 60 * MINUTE,
      leased: false,
      failed_renewals: 0,
    },
    pending_sign_in: null,
    ...sampleWorkplace(now),
    server_url: "https://order.example",
    link: { light: "green", proof_age_ms: 3_000, last_proof_at: now - 3_000, cause: "ok", since: now - 60 * MINUTE },
    lanes,
    counts: countsOf(lanes),
    alarm: { sounding: true, order_ids: lanes.fresh.slice(1).map((card) => card.order.id), output: "native", problem: null, rings: [] },
    outbox: { waiting: 0, oldest_made_at: null },
    refusals: [],
    journal: { healthy: true, problem: null, position: "1.482.9f2c11ab00d0e4c7", events: 482, notes: [], commands_lost: 0 },
    sign_in_problem: null,
    language: "ko",
  };
}

function countsOf({ reserved, fresh, cooking, ready, done }: Lanes): View["counts"] {
  const parked = fresh.filter((card) => card.parked).length;
  const ended_early = done.filter(endedEarly).length;
  return { reserved: reserved.length, fresh: fresh.length, cooking: cooking.length, ready: ready.length, done: done.length, parked, ended_early };
}

function busyLanes(now: number): Lanes {
  const ago = (minutes: number) => now - minutes * MINUTE;
  const placed = (minutes: number) => ({ state: "placed" as const, accept_by: ago(minutes) + 7 * MINUTE });
  const reserved = (minutes: number) => ({ pickUpAt: now + minutes * MINUTE, phase: { state: "reserved" as const, fires_at: now + (minutes - 20) * MINUTE } });
  return {
    reserved: [
      sampleCard({ number: 24, lines: [menu.latte(2)], ...reserved(15), placedAt: ago(50), phone: "0024" }),
      sampleCard({ number: 25, lines: [menu.cake()], ...reserved(90), placedAt: ago(40), phone: "0025", problem: "outside_hours" }),
    ],
    fresh: [
      sampleCard({ number: 21, lines: [menu.americano(2), menu.croissant()], phase: placed(5.4), placedAt: ago(5.4), request: "얼음 적게, 빨대는 빼 주세요.", phone: "0021" }),
      sampleCard({ number: 22, lines: [menu.latte()], phase: placed(0.9), placedAt: ago(0.9), phone: "0022" }),
      sampleCard({ number: 23, lines: [menu.ade(3), menu.cake()], phase: placed(0.1), placedAt: ago(0.1), request: null, phone: "0023", parked: true }),
    ],
    cooking: [
      sampleCard({ number: 15, lines: [menu.einspanner(), menu.hotAmericano()], phase: { state: "cooking", ready_by: ago(3.2), since: ago(14) }, placedAt: ago(18.6), phone: "0015" }),
      sampleCard({ number: 17, lines: [menu.latte(2)], phase: { state: "cooking", ready_by: now + 3 * MINUTE, since: ago(8) }, placedAt: ago(17), request: "하나는 많이 뜨겁게 부탁드려요. 아이가 먹을 거라 시럽은 따로 주세요!", phone: "0017" }),
      sampleCard({ number: 20, lines: [menu.tea(), menu.cake()], phase: { state: "accepted", prep_minutes: 20, ready_by: now + 16 * MINUTE }, placedAt: ago(4), phone: "0020" }),
    ],
    ready: [
      sampleCard({ number: 14, lines: [menu.americano(), menu.croissant(2)], phase: { state: "ready", since: ago(6) }, placedAt: ago(22), phone: "0014" }),
      sampleCard({ number: 16, lines: [menu.hotAmericano()], phase: { state: "ready", since: ago(0.6) }, placedAt: ago(15), phone: "0016" }),
    ],
    done: [19, 18, 13, 12, 11, 10, 9, 8].map((number, index) => {
      const at = ago(4 + index * 9);
      const early = number === 18 || number === 11;
      const phase: Phase =
        number === 18
          ? { state: "rejected", at, reason: "sold_out" }
          : number === 11
            ? { state: "cancelled", at, reason: "customer_changed_mind" }
            : { state: number === 19 ? "handed_over" : "completed", at };
      const lines = index % 2 === 0 ? [menu.americano(), menu.cake()] : [menu.latte()];
      const refunded = early && number === 11 ? lines.reduce((sum, line) => sum + line.amount, 0) : 0;
      return sampleCard({ number, lines, phase, placedAt: at - 18 * MINUTE, refunded, by: { who: "customer" } });
    }),
  };
}

/** Somebody is at the counter before opening time, and opening time is over. */
function preparing(view: View, now: number): View {
  return {
    ...withDay(view, "preparing", now),
    day_view: {
      ...sampleDayView("preparing"),
      reminder: {
        kind: "open_late",
        at: now - 6 * MINUTE,
        action: "open",
        korean: "영업 시작 시간(10:00)이 지났어요. 준비되면 '영업 시작'을 눌러 주세요.",
        english: "Opening time (10:00) is over. Press 'Open' when you are ready.",
      },
    },
    lanes: { reserved: [], fresh: view.lanes.fresh.slice(0, 2), cooking: [], ready: [], done: [] },
  };
}

function offline(view: View, now: number): View {
  const provisional = new Set([17, 20, 16]);
  const predict = (cards: View["lanes"]["cooking"]) =>
    cards.map((card) =>
      provisional.has(card.order.ticket?.number ?? 0)
        ? { ...card, provisional: true, events: card.events.map((event, i, all) => ({ ...event, provisional: i === all.length - 1 })) }
        : card,
    );
  return {
    ...view,
    lanes: { ...view.lanes, cooking: predict(view.lanes.cooking), ready: predict(view.lanes.ready) },
    link: { light: "red", proof_age_ms: 134_000, last_proof_at: now - 134_000, cause: "server_unreachable", since: now - 130_000 },
    alarm: { ...view.alarm, output: "none", problem: "재생 장치를 찾지 못했어요" },
    outbox: { waiting: 3, oldest_made_at: now - 2 * MINUTE },
  };
}

function trouble(view: View, now: number): View {
  const [first, second] = view.lanes.cooking;
  const stopped = sampleCard({
    number: 24,
    lines: [menu.latte()],
    phase: { state: "cancelled", at: now - 20_000, reason: "customer_changed_mind" },
    placedAt: now - 5 * MINUTE,
    conflict: "cooked_after_cancel",
    by: { who: "customer" },
  });
  const refusal = (key: string, number: number) => ({ key, order_id: key, refused_at: now - 15_000, number, call_name: "하늘" });
  return {
    ...view,
    lanes: { ...view.lanes, cooking: [first, second].filter((card) => card !== undefined), done: [stopped, ...view.lanes.done] },
    link: { ...view.link, light: "amber", cause: "catching_up", since: now - 4_000, proof_age_ms: 18_000 },
    alarm: {
      ...view.alarm,
      order_ids: [stopped.order.id],
      rings: [{ sound: "trouble", order_id: null, since: now - 40_000, urgent: false, korean: "주방 프린터에 용지가 없어서 울려요. 새 용지를 넣어 주세요.", english: "The kitchen printer is out of paper. Put in a new roll." }],
    },
    journal: { ...view.journal, notes: ["disk_full", "commands_lost"], commands_lost: 2 },
    print: troubledPrinting(now),
    conflicts: [
      {
        order_id: stopped.order.id,
        number: 24,
        call_name: "구름",
        conflict: "cooked_after_cancel",
        since: now - 18_000,
        suggestion: "accept_the_loss",
        korean: "취소된 뒤에 조리를 시작했어요. 음식을 버렸거나 직원이 먹었으면 정리해 주세요.",
        english: "Cooking began after the order was cancelled. Say that the food is gone once it is.",
        settle: { kind: "settle_conflict", settlement: "discarded" },
        provisional: false,
      },
    ],
    refusals: [
      { ...refusal("0195d000-0000-7000-8000-00000000c001", 24), action: { kind: "accept", prep_minutes: 20 }, code: "order_already_cancelled", suggestion: "stop_preparing", korean: "이미 취소된 주문이에요. 조리를 멈춰 주세요.", english: "This order is already cancelled. Stop preparing it." },
      { ...refusal("0195d000-0000-7000-8000-00000000c002", 11), action: { kind: "cancel", reason: "store_trouble" }, code: "order_too_late", suggestion: "look_again", korean: "지금 단계에서는 할 수 없어요.", english: "It is too late for this." },
    ],
  };
}
