import type { Rating } from "../generated/Rating";

/** Longest text that the server takes, in characters. */
export const MAX_TEXT = 300;
/** With fewer reviews customers see no average. */
const LEAST_SHOWN = 3;

/** `★★★★☆`. */
export function drawn(stars: number): string {
  return "★".repeat(stars) + "☆".repeat(5 - stars);
}

/** The mean to one decimal as customers read it; `null` with too few reviews. */
export function mean({ ratings, stars }: Rating): string | null {
  if (ratings < LEAST_SHOWN) return null;
  const tenths = Math.floor((20 * stars + ratings) / (2 * ratings));
  return `${Math.floor(tenths / 10)}.${tenths % 10}`;
}

/** Characters of a text on one line, as the server counts them. */
export function lengthOf(text: string): number {
  return [...text.trim().replace(/\s+/gu, " ").normalize("NFC")].length;
}
