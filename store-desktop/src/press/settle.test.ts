import { expect, it } from "vitest";

import { Settling, SETTLE_MS } from "./settle";

const press = (timeStamp: number, detail = 1) => ({ timeStamp, detail }) as MouseEvent;

it("takes no press that was meant for what lay below, and every key", () => {
  const settling = new Settling();
  settling.appeared(1_000);
  // Made before it appeared, and answered after.
  expect(settling.allows(press(990))).toBe(false);
  expect(settling.allows(press(1_000 + SETTLE_MS - 1))).toBe(false);
  expect(settling.allows(press(1_000 + SETTLE_MS))).toBe(true);
  expect(settling.allows(press(1_001, 0))).toBe(true);
});
