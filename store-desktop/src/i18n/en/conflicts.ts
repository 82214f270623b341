import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const conflicts: Dictionary["conflicts"] = {
  title: (n) => `${plural(n, "order", "orders")} to settle`,
  strip: "Kitchen and server have different records. Decide one by one.",
  open: "Show",
  lead: "These orders were worked after they had been cancelled. The money is on its way back.",
  look: "See the order",
  suggestion: {
    accept_the_loss: "The food was thrown away",
    ask_the_customer: "The customer has it",
    stop_preparing: "We stopped",
    look_again: "I will look again",
    dismiss: "Seen",
    call_for_help: "Seen",
  },
};
