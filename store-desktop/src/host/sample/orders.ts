import type { Actor } from "../../generated/Actor";
import type { CardEvent } from "../../generated/CardEvent";
import type { Order } from "../../generated/Order";
import type { OrderCard } from "../../generated/OrderCard";
import type { OrderMode } from "../../generated/OrderMode";
import type { Phase } from "../../generated/Phase";
import type { PricedLine } from "../../generated/PricedLine";

const CALL_NAMES = ["사과", "포도", "딸기", "수박", "참외", "자두", "살구", "앵두", "매실", "바다", "하늘", "구름"];
const COUNTER: Actor = {
  who: "counter",
  device_id: "0195d000-0000-7000-8000-00000000d001",
  staff_id: "0195d000-0000-7000-8000-00000000e001",
};

/** `[group, name, price, quantity]` */
type OptionShort = [string, string, number?, number?];

/** One line of a sample order; the price is that of one piece without options. */
export function line(name: string, price: number, quantity = 1, options: OptionShort[] = []): PricedLine {
  const priced = options.map(([group_name, name, price = 0, quantity = 1]) => {
    return { group: group_name, group_name, option: name, name, quantity, price };
  });
  const unit_price = price + priced.reduce((sum, option) => sum + option.price * option.quantity, 0);
  return { item: name, name, quantity, options: priced, unit_price, amount: unit_price * quantity, tax_free: false };
}

export type SampleOrder = {
  number: number;
  lines: PricedLine[];
  phase: Phase;
  placedAt: number;
  mode?: OrderMode;
  request?: string | null;
  phone?: string;
  refunded?: number;
  conflict?: Order["conflict"];
  provisional?: boolean;
  by?: Actor;
  parked?: boolean;
  pickUpAt?: number;
  problem?: OrderCard["reservation_problem"];
};

/** A card as the host would show it. A `request` of `null` is one whose text is not on this PC. */
export function sampleCard(sample: SampleOrder): OrderCard {
  const total = sample.lines.reduce((sum, line) => sum + line.amount, 0);
  const order = {
    id: `0195d000-0000-7000-8000-${String(sample.number).padStart(12, "0")}`,
    version: 1,
    details: {
      mode: sample.mode ?? "takeout",
      lines: sample.lines,
      total,
      tax_free: 0,
      vat: Math.floor((2 * total + 11) / 22),
    },
    ticket: {
      number: sample.number,
      call_name: CALL_NAMES[(sample.number - 1) % CALL_NAMES.length] ?? "사과",
      placed_at: sample.placedAt,
    },
    ...(sample.pickUpAt === undefined ? {} : { pick_up_at: sample.pickUpAt }),
    ...sample.phase,
    has_request: sample.request !== undefined,
    refunded: sample.refunded ?? 0,
    conflict: sample.conflict ?? null,
  } satisfies Order;
  return {
    order,
    private: { request: sample.request ?? null, phone_last4: sample.phone ?? "0000" },
    provisional: sample.provisional ?? false,
    pending: [],
    acknowledged: sample.phase.state !== "placed",
    parked: sample.parked ?? false,
    ...(sample.problem === undefined ? {} : { reservation_problem: sample.problem }),
    undo: null,
    events: eventsOf(sample),
  };
}

function eventsOf({ phase, placedAt, provisional = false, by = COUNTER }: SampleOrder): CardEvent[] {
  const event = (kind: string, at: number, by: Actor, last = false): CardEvent => {
    return { kind, at, by, provisional: last && provisional };
  };
  const placed = event("order_placed", placedAt, { who: "payment" });
  const accepted = (last = false) => event("order_accepted", placedAt + 25_000, COUNTER, last);
  switch (phase.state) {
    case "pending_payment":
      return [];
    case "reserved":
      return [event("order_reserved", placedAt, { who: "payment" })];
    case "placed":
      return [placed];
    case "accepted":
      return [placed, accepted(true)];
    case "cooking":
      return [placed, accepted(), event("cooking_started", phase.since, COUNTER, true)];
    case "ready":
      return [placed, accepted(), event("order_ready", phase.since, COUNTER, true)];
    case "handed_over":
    case "completed":
      return [placed, accepted(), event("order_handed_over", phase.at, COUNTER, true)];
    case "rejected":
      return [placed, event("order_rejected", phase.at, by, true)];
    case "cancelled":
      return [placed, accepted(), event("order_cancelled", phase.at, by, true)];
  }
}
