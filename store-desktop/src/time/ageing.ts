/** How much attention a running time wants. Never shown by colour alone. */
export type Tone = "calm" | "soon" | "late";

/** Share of the promised time from which an order counts as nearly due. */
export const SOON_SHARE = 0.7;

const MINUTE_MS = 60_000;

export type Ageing = {
  tone: Tone;
  /** Whole minutes left, or minutes late when the tone is `late`; at least 1 then. */
  minutes: number;
  /** How much of the promised time is used, from 0 to 1. */
  share: number;
};

/** How an order promised at `from` for `until` stands now. */
export function ageing(from: number, until: number, now: number): Ageing {
  const share = until > from ? (now - from) / (until - from) : 1;
  const bounded = Math.min(1, Math.max(0, share));
  if (now > until) {
    return { tone: "late", minutes: Math.max(1, Math.floor((now - until) / MINUTE_MS)), share: 1 };
  }
  const minutes = Math.ceil((until - now) / MINUTE_MS);
  return { tone: share < SOON_SHARE ? "calm" : "soon", minutes, share: bounded };
}

/** Whole minutes since `from`, never negative. */
export function minutesSince(from: number, now: number): number {
  return Math.max(0, Math.floor((now - from) / MINUTE_MS));
}
