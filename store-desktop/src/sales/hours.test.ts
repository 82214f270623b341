import { describe, expect, it } from "vitest";

import { allHours, busiest, MOST_HOURS, roundTop } from "./hours";

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 10, 21, 3);

describe("the hours of a day", () => {
  it("include those without a sale, past midnight too", () => {
    const hours = allHours([
      { from: NOON + 13 * HOUR, orders: 1, amount: 5_000 },
      { from: NOON, orders: 2, amount: 9_000 },
    ]);
    expect(hours).toHaveLength(14);
    expect(hours[0]).toEqual({ from: NOON, orders: 2, amount: 9_000 });
    expect(hours[1]).toEqual({ from: NOON + HOUR, orders: 0, amount: 0 });
    expect(hours.at(-1)?.amount).toBe(5_000);
  });

  it("are bounded when nobody closed the day", () => {
    const hours = [0, 24 * 30].map((at) => ({ from: NOON + at * HOUR, orders: 1, amount: 1 }));
    expect(allHours(hours)).toHaveLength(MOST_HOURS);
    expect(allHours([])).toEqual([]);
  });

  it("know the busiest and a round top", () => {
    expect(busiest(allHours([{ from: NOON, orders: 0, amount: 0 }]))).toBeNull();
    expect(roundTop(0)).toBe(1);
    for (const greatest of [1, 7, 99, 101, 148_000, 1_000_000]) {
      expect(roundTop(greatest)).toBeGreaterThanOrEqual(greatest);
      expect(roundTop(greatest)).toBeLessThanOrEqual(greatest * 2);
    }
  });
});
