/** How far ahead the window offers to stop taking orders, in minutes. */
export const PLAN_MINUTES: readonly number[] = [15, 30, 60, 120];

const MINUTE_MS = 60_000;
/** People think of the hour in steps of five minutes. */
const STEP_MS = 5 * MINUTE_MS;

/** The next round time that is at least `minutes` ahead. */
export function plannedAt(now: number, minutes: number): number {
  return Math.ceil((now + minutes * MINUTE_MS) / STEP_MS) * STEP_MS;
}
