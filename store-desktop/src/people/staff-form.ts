import type { HostError as HostProblem } from "../generated/HostError";
import type { StaffCard } from "../generated/StaffCard";
import type { StaffRole } from "../generated/StaffRole";
import { hostError, type Host } from "../host/Host";

export type StaffFields = { name: string; login_id: string; password: string; role: StaffRole; own_password: string };

export type Saved = { done: true; name: string } | { done: false; problem: HostProblem };

/** The first field that has to be filled in. Somebody who is only disabled needs nothing but the owner's password. */
export function missingOf(
  fields: StaffFields,
  person: StaffCard | null,
  onlyState: boolean,
): "name" | "loginId" | "password" | "ownPassword" | null {
  if (!onlyState && fields.name.trim() === "") return "name";
  if (person === null && fields.login_id.trim() === "") return "loginId";
  if (person === null && fields.password === "") return "password";
  return fields.own_password === "" ? "ownPassword" : null;
}

/** Adds somebody, or changes what is different; what is the same is not sent. */
export async function saveStaff(host: Host, person: StaffCard | null, fields: StaffFields, disabled?: boolean): Promise<Saved> {
  const { own_password, password, role } = fields;
  const name = fields.name.trim();
  try {
    const card =
      person === null
        ? await host.call("add_staff", { own_password, login_id: fields.login_id.trim(), password, name, role })
        : await host.call("change_staff", {
            staff_id: person.staff_id,
            own_password,
            ...(disabled !== undefined ? { disabled } : changes(person, { name, role, password })),
          });
    return { done: true, name: card.name };
  } catch (thrown) {
    return { done: false, problem: hostError(thrown).problem };
  }
}

function changes(person: StaffCard, to: { name: string; role: StaffRole; password: string }) {
  return {
    ...(to.name !== person.name && { name: to.name }),
    ...(to.role !== person.role && { role: to.role }),
    ...(to.password !== "" && { password: to.password }),
  };
}
