import { expect, it } from "vitest";

import { kstClock, kstDay, kstSeconds } from "./kst";

it("shows Korean time on a PC in another zone", () => {
  const noonInSeoul = Date.UTC(2026, 10, 21, 3, 4, 5);
  expect(new Date(noonInSeoul).getHours()).not.toBe(12);
  expect(kstClock(noonInSeoul)).toBe("12:04");
  expect(kstSeconds(noonInSeoul)).toBe("12:04:05");
  expect(kstDay(noonInSeoul)).toEqual({ month: 11, day: 21, weekday: 6 });
  expect(kstDay(Date.UTC(2026, 11, 31, 15, 0))).toEqual({ month: 1, day: 1, weekday: 5 });
});
