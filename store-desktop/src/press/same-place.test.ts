import { expect, it } from "vitest";

import { PressGuard, SAME_PRESS_MS } from "./same-place";

const click = (timeStamp: number, clientX = 100, detail = 1) =>
  ({ timeStamp, clientX, clientY: 300, detail }) as MouseEvent;

it("takes the second tap of a double tap for no decision about the next order", () => {
  const guard = new PressGuard();
  expect(guard.allows(click(1_000), "21")).toBe(true);
  expect(guard.allows(click(1_000 + SAME_PRESS_MS - 1), "22")).toBe(false);
  expect(guard.allows(click(1_000 + SAME_PRESS_MS), "22")).toBe(true);
});

it("takes it for no next step of the same order either, and lets it do the same once more", () => {
  const guard = new PressGuard();
  expect(guard.allows(click(1_000), "21 cooking")).toBe(true);
  expect(guard.allows(click(1_100), "21 ready")).toBe(false);
  expect(guard.allows(click(1_100), "21 cooking")).toBe(true);
});

it("lets quick presses at different places and by keyboard through", () => {
  const guard = new PressGuard();
  expect(guard.allows(click(1_000), "21")).toBe(true);
  expect(guard.allows(click(1_050, 600), "15")).toBe(true);
  expect(guard.allows(click(1_060, 0, 0), "22")).toBe(true);
});
