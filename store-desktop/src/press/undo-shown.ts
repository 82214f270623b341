import type { Undo } from "../generated/Undo";

/** A toast that stays longer than this stands in the way; what can be taken back later has its button in the details. */
const TOAST_MS = 10_000;

/** What the toast offers at `now`, the counter's clock, and for how many more seconds. */
export function undoShown(undo: Undo | null, now: number): { undo: Undo; seconds: number } | null {
  if (!undo) return null;
  const left = undo.until - now;
  return left > 0 && left <= TOAST_MS ? { undo, seconds: Math.ceil(left / 1000) } : null;
}
