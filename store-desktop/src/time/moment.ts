import type { Dictionary } from "../i18n/dictionary";
import { kstClock, kstDay } from "./kst";

/** `11월 21일 (토)`. */
export function dateText(time: number, words: Dictionary): string {
  const { month, day, weekday } = kstDay(time);
  return words.date(month, day, weekday);
}

/** `11월 21일 (토) 18:05`. */
export function momentText(time: number, words: Dictionary): string {
  return `${dateText(time, words)} ${kstClock(time)}`;
}

/** Minutes and seconds as people say them: `48초`, `3분 20초`. */
export function spanText(milliseconds: number, words: Dictionary): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return words.seconds(seconds);
  const rest = seconds % 60;
  const minutes = words.minutes(Math.floor(seconds / 60));
  return rest === 0 ? minutes : `${minutes} ${words.seconds(rest)}`;
}
