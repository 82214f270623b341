import type { Sales } from "../generated/Sales";

export type Hour = Sales["hours"][number];

const HOUR_MS = 3_600_000;
/** Most bars: a day that nobody closed must not make a chart of a week. */
export const MOST_HOURS = 36;

/** The hours from the first to the last with a sale, those without one included. */
export function allHours(hours: Hour[]): Hour[] {
  const sorted = [...hours].sort((a, b) => a.from - b.from);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (!first || !last) return [];
  const count = Math.min(MOST_HOURS, Math.floor((last.from - first.from) / HOUR_MS) + 1);
  return Array.from({ length: count }, (_, index) => {
    const from = first.from + index * HOUR_MS;
    return sorted.find((hour) => hour.from === from) ?? { from, orders: 0, amount: 0 };
  });
}

/** A round number at or above the greatest, for the top of a chart. */
export function roundTop(greatest: number): number {
  if (greatest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= greatest) ?? 10;
  return step * power;
}

/** The hour that sold most, if any did. */
export function busiest(hours: Hour[]): Hour | null {
  return hours.reduce<Hour | null>((best, hour) => (hour.amount > (best?.amount ?? 0) ? hour : best), null);
}
