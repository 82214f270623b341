import type { PhaseName } from "../generated/PhaseName";
import type { IconName } from "../icons/paths";

/** How a past order is marked: never by colour alone, and nothing that is still to come as finished. */
export function markOf(state: PhaseName): { icon: IconName; tone: "open" | "good" | "early" } {
  switch (state) {
    case "reserved":
      return { icon: "hourglass", tone: "open" };
    case "pending_payment":
    case "placed":
    case "accepted":
    case "cooking":
    case "ready":
      return { icon: "clock", tone: "open" };
    case "handed_over":
    case "completed":
      return { icon: "check", tone: "good" };
    case "rejected":
    case "cancelled":
      return { icon: "closeCircle", tone: "early" };
  }
}
