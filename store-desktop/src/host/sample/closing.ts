import type { CertificateView } from "../../generated/CertificateView";
import type { CloseView } from "../../generated/CloseView";
import type { View } from "../../generated/View";
import { DAY_ID, sampleClosing, TOTALS, withDay } from "./day";

const MINUTE = 60_000;
const HEAD = "1bad765d926feacace97a8ddcd329a1f4254c208affc1ba86b3c7d59e8fba83e";

export type ClosingScene = "closing-orders" | "closing-payments" | "closing-differences" | "closing-totals" | "closed";
export const CLOSING_SCENES: readonly ClosingScene[] = ["closing-orders", "closing-payments", "closing-differences", "closing-totals", "closed"];

/** The wizard in front of a person, at the steps where one is needed. */
export function closingScene(scene: ClosingScene, view: View, now: number): View {
  const base = withDay(view, "closing", now);
  const quiet = { ...base, lanes: { ...base.lanes, reserved: [], fresh: [], cooking: [], ready: [] }, alarm: { ...base.alarm, sounding: false, order_ids: [] } };
  switch (scene) {
    case "closing-orders":
      return { ...base, closing: openOrders(base, now) };
    case "closing-payments":
      return { ...quiet, closing: payments(now) };
    case "closing-differences":
      return { ...quiet, closing: differences(now) };
    case "closing-totals":
      return { ...quiet, closing: { ...sampleClosing("totals", "needs_person", now), actions: ["close_finish", "close_step", "close_cancel"] } };
    case "closed":
      return { ...withDay(quiet, "closed", now), closing: sampleClosing("closed", "done", now) };
  }
}

function openOrders(view: View, now: number): CloseView {
  const cards = [...view.lanes.fresh, ...view.lanes.cooking, ...view.lanes.ready];
  return {
    ...sampleClosing("open_orders", "needs_person", now),
    open_orders: cards.map(({ order }) => ({
      order_id: order.id,
      phase: order.state,
      ...(order.ticket && { number: order.ticket.number, call_name: order.ticket.call_name }),
    })),
    unsent: 2,
  };
}

function payments(now: number): CloseView {
  return {
    ...sampleClosing("payments", "waiting", now),
    waiting: {
      code: "payment_under_way",
      korean: "결제하고 있는 손님을 기다리고 있어요. 끝나면 저절로 이어져요.",
      english: "A customer is paying. It goes on by itself.",
    },
    blockers: [
      { code: "closing_too_fresh", action: "wait", count: 0, orders: [], until: now + 11 * MINUTE + 30_000, korean: "결제하고 있는 손님이 있을 수 있어요. 결제 시간이 지날 때까지 기다려 주세요.", english: "A customer may still be paying. Wait until the time to pay is over." },
      { code: "payment_unknown", action: "wait", count: 1, orders: [], korean: "카카오페이의 결제 결과를 확인하고 있어요. 조금 기다려 주세요.", english: "The outcome of a payment is being asked for at KakaoPay. Wait a moment." },
      { code: "refund_needs_review", action: "ask_operator", count: 1, orders: [], korean: "사람이 확인해야 하는 환불이 있어요. 운영자에게 연락해 주세요.", english: "A person has to look at a refund. Call the operator." },
    ],
  };
}

function differences(now: number): CloseView {
  return {
    ...sampleClosing("books", "needs_person", now),
    actions: ["close_repair", "close_step", "close_cancel"],
    problem: {
      code: "books_differ",
      korean: "서로 다른 것이 있어요. 아래를 보고 '제안대로 고치기'를 눌러 주세요.",
      english: "Something differs. Look below and press 'Repair as suggested'.",
    },
    equalities: [
      { equality: "journal", verdict: "equal" },
      { equality: "orders", verdict: "equal" },
      { equality: "stream", verdict: "different" },
      { equality: "money", verdict: "not_known" },
    ],
    compared: { orders: 143, events: 1_204, payments: 145 },
    differences: [
      {
        difference: { equality: "stream", blamed: "stream", repair: "rebuild_stream", seq: 871, field: "body", expected: "9f2c11ab", found: "77aa0031" },
        blamed: "stream",
        repair: "rebuild_stream",
        number: 87,
        korean: "서버의 사본에서 871번 기록이 달라요. 서버의 사본을 다시 만들어요.",
        english: "Event 871 differs in the server's copy. The server builds its copy again.",
      },
      {
        difference: { equality: "money", blamed: "payments", repair: "check_again", field: "inquiry", expected: "12,500", found: "-" },
        blamed: "payments",
        repair: "check_again",
        korean: "카카오페이가 대답하지 않았어요. 조금 뒤에 다시 확인해 주세요.",
        english: "KakaoPay did not answer. Check again in a moment.",
      },
    ],
  };
}

export function sampleCertificate(now: number, day_id: string = DAY_ID): CertificateView {
  const certificate = {
    v: 1,
    store_id: "0195d000-0000-7000-8000-00000000a001",
    store_name: "골목커피 홍대점",
    day_id,
    prepared_at: now - 14 * 60 * MINUTE,
    closed_at: now - 5 * MINUTE,
    epoch: 1,
    first_seq: 12,
    upto_seq: 1_215,
    head_hash: HEAD,
    device_id: "0195d000-0000-7000-8000-00000000d001",
    totals: TOTALS,
    lost: 0,
    doubled: 0,
    payment_difference: 0,
  };
  return {
    certificate,
    signed: { text: JSON.stringify(certificate), key_id: "5f0c2f3a91d7be40", signature: "00".repeat(64) },
    public_key: "ab".repeat(32),
    verified: true,
  };
}
