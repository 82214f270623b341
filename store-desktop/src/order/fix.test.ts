import { describe, expect, it } from "vitest";

import { line } from "../host/sample/orders";
import { firstFix, fixActions, fixOf, suspects } from "./fix";

const details = {
  mode: "takeout" as const,
  lines: [
    line("아메리카노", 3_200, 1, [["온도", "ICE"], ["사이즈", "라지", 700]]),
    line("아메리카노", 3_200, 2, [["온도", "ICE"]]),
    line("소금빵", 3_300),
  ],
  total: 0,
  tax_free: 0,
  vat: 0,
};
const NOON = 1_763_694_000_000;

describe("what a reason leads to", () => {
  it("lists each item and option of the order once, items first", () => {
    expect(suspects(details).map((one) => one.name)).toEqual(["아메리카노", "소금빵", "온도 ICE", "사이즈 라지"]);
  });

  it("begins with the items and none of the options", () => {
    expect([...firstFix(details).gone]).toEqual(["item:아메리카노", "item:소금빵"]);
  });

  it("marks as sold out what is chosen, for as long as is chosen", () => {
    const fix = { ...firstFix(details), gone: new Set(["item:소금빵", "option:사이즈/라지"]), duration: "hours" as const };
    const until = { at: NOON + 4 * 3_600_000 };
    expect(fixActions("sold_out", fix, details, NOON)).toEqual([
      { kind: "sold_out", what: { item: "소금빵" }, until },
      { kind: "sold_out", what: { option: { group: "사이즈", option: "라지" } }, until },
    ]);
  });

  it("offers busy mode and closing, and does neither unasked", () => {
    const fix = firstFix(details);
    expect(fixActions("busy", fix, details, NOON)).toEqual([]);
    expect(fixActions("busy", { ...fix, busyMinutes: 20 }, details, NOON + 0.7)).toEqual([
      { kind: "busy_set", extra_minutes: 20, until: NOON + 3_600_000 },
    ]);
    expect(fixActions("closing", fix, details, NOON)).toEqual([]);
    expect(fixActions("closing", { ...fix, stopOrders: true }, details, NOON)).toEqual([{ kind: "closing_start" }]);
  });

  it("belongs to three reasons", () => {
    expect(["sold_out", "too_busy", "closing_soon", "other", "store_trouble"].map(fixOf)).toEqual(["sold_out", "busy", "closing", null, null]);
    expect(fixActions(null, firstFix(details), details, NOON)).toEqual([]);
  });
});
