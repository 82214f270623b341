import type { Link } from "../generated/Link";

/** The host sends a view at least every second; after this long without one the window cannot be trusted. */
const SILENT_AFTER_MS = 6_000;

export function isSilent(silence: number): boolean {
  return silence > SILENT_AFTER_MS;
}

/** Age of the last end-to-end proof, counted on since the view that brought it; absent before the first. */
export function proofAge(link: Link, silence: number): number | null {
  return link.proof_age_ms === null ? null : link.proof_age_ms + silence;
}
