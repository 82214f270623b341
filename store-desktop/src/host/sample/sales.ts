import type { DayRow } from "../../generated/DayRow";
import type { Sales } from "../../generated/Sales";
import { kstDate, kstMidnightOf } from "../../time/kst";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A good Saturday of the sample café, seen at `now`. */
export function sampleSales(now: number, daysAgo = 0): Sales {
  const opened = midnight(now) - daysAgo * DAY + 10 * HOUR + 4 * 60_000;
  const shape: [number, number][] = [[6, 48], [9, 71], [17, 148], [21, 176], [12, 97], [7, 55], [0, 0], [9, 83], [14, 121], [11, 92], [4, 37]];
  const hours = shape
    .map(([orders, thousands], index) => ({ from: midnight(opened) + (10 + index) * HOUR, orders, amount: thousands * 1_000 + index * 300 }))
    .filter((hour) => hour.orders > 0 && (daysAgo > 0 || hour.from <= Math.max(now, opened + 9 * HOUR)));
  const captured = hours.reduce((sum, hour) => sum + hour.amount, 0);
  const orders = hours.reduce((sum, hour) => sum + hour.orders, 0);
  const refunded = 38_400;
  return {
    day_id: dayId(daysAgo),
    opened_at: opened,
    closed_at: daysAgo > 0 ? opened + 12 * HOUR : null,
    orders,
    completed: orders - 5,
    rejected: 2,
    cancelled: 3,
    captured,
    refunded,
    points: 3_200,
    vat: Math.round((captured - refunded) / 11),
    tax_free: 0,
    hours,
    items: [
      { item: "아메리카노", name: "아메리카노", quantity: 61, amount: 231_700 },
      { item: "카페라떼", name: "카페라떼", quantity: 42, amount: 197_400 },
      { item: "소금빵", name: "소금빵", quantity: 38, amount: 125_400 },
      { item: "바스크 치즈케이크", name: "바스크 치즈케이크", quantity: 15, amount: 97_500 },
      { item: "레몬에이드", name: "레몬에이드", quantity: 13, amount: 84_500 },
      { item: "자몽 허니 블랙티", name: "자몽 허니 블랙티", quantity: 11, amount: 57_200 },
      { item: "아인슈페너", name: "아인슈페너", quantity: 8, amount: 38_400 },
    ],
    accept: { p50: 14_000, p90: 71_000, slowest: 214_000 },
    on_time: 0.93,
    ended_early: [
      { kind: "reject", reason: "sold_out", orders: 2, amount: 13_000 },
      { kind: "cancel", reason: "customer_changed_mind", orders: 2, amount: 17_100 },
      { kind: "cancel", reason: "not_accepted", orders: 1, amount: 8_300 },
    ],
  };
}

function midnight(time: number): number {
  return kstMidnightOf(kstDate(time).text);
}

export function sampleDays(now: number): DayRow[] {
  return [0, 1, 2, 3, 5, 6].map((daysAgo) => {
    const { day_id, opened_at, closed_at, orders, captured, refunded } = sampleSales(now, daysAgo);
    return { day_id, opened_at, closed_at, orders, captured, refunded };
  });
}

export function dayId(daysAgo: number): string {
  return `0195d000-0000-7000-8000-00000000b0${String(daysAgo + 1).padStart(2, "0")}`;
}
