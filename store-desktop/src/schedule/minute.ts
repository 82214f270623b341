/** Latest minute that a business day may end at: 36:00, as in `shared/src/schedule.rs`. */
export const LAST_MINUTE = 36 * 60;
export const MINUTES_OF_DAY = 24 * 60;

/** Reads `9`, `930`, `9:30`, `09:30` and `25:00` as minutes of the business day; nothing when it is no such time. */
export function readMinute(text: string): number | null {
  const parts = /^\s*(\d{1,2})(?:\s*[:시.]?\s*(\d{2})\s*분?)?\s*시?\s*$/.exec(text);
  if (!parts) return null;
  const minutes = Number(parts[2] ?? 0);
  const all = Number(parts[1]) * 60 + minutes;
  return minutes < 60 && all <= LAST_MINUTE ? all : null;
}

/** `09:30`, or `25:00` for one o'clock the next morning. */
export function writeMinute(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The wall clock of a minute past 24:00, or nothing for one before. */
export function nextMorning(minute: number): string | null {
  return minute >= MINUTES_OF_DAY ? writeMinute(minute - MINUTES_OF_DAY) : null;
}
