import { describe, expect, it } from "vitest";

import { ageing, minutesSince } from "./ageing";

const MINUTE = 60_000;
/** A promise of twenty minutes. */
const at = (minutes: number) => ageing(0, 20 * MINUTE, minutes * MINUTE);

describe("ageing against the promise", () => {
  it.each([
    [0, "calm", 20],
    [13.9, "calm", 7],
    [14, "soon", 6],
    [19.5, "soon", 1],
    [20, "soon", 0],
    [20.01, "late", 1],
    [21.99, "late", 1],
    [23, "late", 3],
  ])("after %d minutes of twenty it is %s with %d", (minutes, tone, shown) => {
    expect(at(minutes)).toMatchObject({ tone, minutes: shown });
  });

  it("depends on the promise, not on the minutes", () => {
    expect(ageing(0, 60 * MINUTE, 20 * MINUTE).tone).toBe("calm");
    expect(ageing(0, 5 * MINUTE, 4 * MINUTE).tone).toBe("soon");
  });

  it("keeps the bar within its bounds", () => {
    expect(at(-5).share).toBe(0);
    expect(at(10).share).toBe(0.5);
    expect(at(500).share).toBe(1);
    expect(ageing(10, 10, 5).share).toBe(1);
  });

  it("counts waiting in whole minutes, never below zero", () => {
    expect(minutesSince(0, 119_000)).toBe(1);
    expect(minutesSince(60_000, 0)).toBe(0);
  });
});
