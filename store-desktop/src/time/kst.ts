/** Korea has had one offset, UTC+9, since 1988. */
const KST_OFFSET_MS = 9 * 60 * 60 * 1000;

function parts(time: number): string {
  return new Date(time + KST_OFFSET_MS).toISOString();
}

/** Korean wall clock as `HH:MM`, whatever zone the PC is set to. */
export function kstClock(time: number): string {
  return parts(time).slice(11, 16);
}

/** Korean wall clock as `HH:MM:SS`. */
export function kstSeconds(time: number): string {
  return parts(time).slice(11, 19);
}

/** Month and day in Korea, both from 1. */
export function kstDay(time: number): { month: number; day: number; weekday: number } {
  const shifted = new Date(time + KST_OFFSET_MS);
  return { month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(), weekday: shifted.getUTCDay() };
}

/** The date in Korea as `2026-11-21`, with its weekday from Sunday. */
export function kstDate(time: number): { text: string; weekday: number } {
  return { text: parts(time).slice(0, 10), weekday: kstDay(time).weekday };
}

/** The midnight in Korea that the date, such as `2026-11-21`, begins with. */
export function kstMidnightOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) - KST_OFFSET_MS;
}
