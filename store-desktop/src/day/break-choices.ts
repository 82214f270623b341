import type { BreakCause } from "../generated/BreakCause";

/** Lengths that the window offers for a break, in minutes; `null` lasts until somebody ends it. */
export const BREAK_MINUTES: readonly (number | null)[] = [10, 20, 30, 60, null];

/** Causes that a person may choose, with what the customer reads; the words are those of `shared/src/day/event.rs`. */
export const BREAK_CAUSES: readonly { cause: Exclude<BreakCause, "schedule">; customerText: string }[] = [
  { cause: "rest", customerText: "잠시 쉬는 시간이에요" },
  { cause: "too_busy", customerText: "주문이 몰려 잠시 주문을 멈췄어요" },
  { cause: "ingredients", customerText: "재료를 준비하고 있어요" },
  { cause: "equipment", customerText: "매장 장비를 손보고 있어요" },
  { cause: "other", customerText: "매장 사정으로 잠시 주문을 멈췄어요" },
];

/** Minutes that busy mode may add, and how long it may last; `null` lasts until somebody ends it. */
export const BUSY_EXTRA_MINUTES: readonly number[] = [5, 10, 15, 20, 30];
export const BUSY_FOR_MINUTES: readonly (number | null)[] = [30, 60, 120, null];

const MINUTE_MS = 60_000;

/** When something that lasts `minutes` from now ends, to be sent; without an end nothing is sent. */
export function endsAt(now: number, minutes: number | null): { until?: number } {
  // The clock of the window has fractions; the program takes whole milliseconds.
  return minutes === null ? {} : { until: Math.floor(now) + minutes * MINUTE_MS };
}
