import { expect, it } from "vitest";

import { neighbour } from "./neighbour";

const lanes = [["a", "b", "c"], [], ["d"], ["e", "f"]];

it("walks along a lane and stops at its ends", () => {
  expect(neighbour(lanes, "a", "down")).toBe("b");
  expect(neighbour(lanes, "a", "up")).toBe("a");
  expect(neighbour(lanes, "c", "down")).toBe("c");
});

it("jumps over empty lanes to the same height, or the last order there", () => {
  expect(neighbour(lanes, "c", "right")).toBe("d");
  expect(neighbour(lanes, "d", "right")).toBe("e");
  expect(neighbour(lanes, "f", "left")).toBe("d");
  expect(neighbour(lanes, "a", "left")).toBe("a");
});

it("begins with the oldest new order", () => {
  expect(neighbour(lanes, null, "down")).toBe("a");
  expect(neighbour(lanes, "gone", "left")).toBe("a");
  expect(neighbour([[], []], null, "up")).toBeNull();
});
