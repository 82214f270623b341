import type { Tone } from "./ageing";

/** From here on a deadline is shown as near, in milliseconds. */
export const SOON_MS = 2 * 60_000;
/** From here on it is shown as nearly gone. */
export const LAST_MS = 60_000;

export type Countdown = {
  tone: Tone;
  /** Milliseconds left, never negative. */
  left: number;
  /** `4:12`; `0:00` only when nothing is left. */
  text: string;
  /** How much of the time is left, from 1 to 0. */
  share: number;
};

/** What is left until `until` of the time that began at `from`. */
export function countdown(from: number, until: number, now: number): Countdown {
  const left = Math.max(0, until - now);
  const tone = left <= LAST_MS ? "late" : left <= SOON_MS ? "soon" : "calm";
  const share = until > from ? Math.min(1, left / (until - from)) : 0;
  return { tone, left, text: minutesAndSeconds(Math.ceil(left / 1000)), share };
}

/** `4:12` or, above an hour, `1:04:12`. */
export function minutesAndSeconds(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
