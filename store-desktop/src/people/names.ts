import type { Desk } from "../generated/Desk";
import type { StaffId } from "../generated/StaffId";

/** What the store's people call somebody. */
export function nameOf(desk: Desk, staff_id: StaffId): string {
  const card = desk.staff.find((one) => one.staff_id === staff_id);
  return card?.name ?? desk.me.name;
}
