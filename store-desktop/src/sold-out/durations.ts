import type { SoldOutUntil } from "../generated/SoldOutUntil";

/** How long something is gone, as the counter offers it. */
export type Duration = "today" | "hours" | "manual";
export const DURATIONS: readonly Duration[] = ["today", "hours", "manual"];
/** Hours of the middle choice: a delivery of goods, or a new batch. */
export const SOLD_OUT_HOURS = 4;

/** The end of a duration that begins at `now`, the server's clock. */
export function untilOf(duration: Duration, now: number): SoldOutUntil {
  switch (duration) {
    case "today":
      return "end_of_day";
    case "hours":
      return { at: Math.floor(now) + SOLD_OUT_HOURS * 3_600_000 };
    case "manual":
      return "manual";
  }
}
