import type { ReservationRules } from "../generated/ReservationRules";

/** The rules as they stand in the form; the capacity is what the person typed. */
export type ReservationForm = Omit<ReservationRules, "capacity"> & { capacity: string };

/** Lengths of a slot in minutes: `SLOT_MINUTES` of the domain. */
export const SLOT_MINUTES = [10, 15] as const;
/** Most orders of one slot: `MAX_CAPACITY` of the domain. */
export const MOST_ORDERS = 500;

export function reservationFormOf(rules: ReservationRules): ReservationForm {
  return { ...rules, capacity: String(rules.capacity) };
}

/** `null` while the capacity is no number that the server takes. */
export function reservationRulesOf(form: ReservationForm): ReservationRules | null {
  const text = form.capacity.trim();
  const capacity = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return capacity >= 1 && capacity <= MOST_ORDERS ? { ...form, capacity } : null;
}
