import type { ScheduleDocument } from "../generated/ScheduleDocument";
import type { SchedulePolicy } from "../generated/SchedulePolicy";
import { reservationFormOf, reservationRulesOf, type ReservationForm } from "./reservations";
import { formOf, weekOf, type WeekForm } from "./week";

/** The schedule as somebody left it unsaved, and the one that it began with. */
export type ScheduleDraft = {
  saved: ScheduleDocument;
  form: WeekForm;
  holidays: string[];
  policy: SchedulePolicy;
  reservations: ReservationForm;
};

/** The form of a schedule in which nothing was written yet. */
export function draftOf(saved: ScheduleDocument): ScheduleDraft {
  const { holidays, policy } = saved;
  return { saved, form: formOf(saved.schedule), holidays, policy, reservations: reservationFormOf(saved.reservations) };
}

/** The same text for the same schedule, whatever its version. */
export function contentOf(saved: ScheduleDocument): string {
  const { form, holidays, policy, reservations } = draftOf(saved);
  return JSON.stringify([weekOf(form), holidays, policy, reservationRulesOf(reservations)]);
}
