import type { CommandAction } from "../generated/CommandAction";
import type { Dictionary } from "../i18n/dictionary";
import { CANCEL_CUSTOMER_TEXT, REJECT_CUSTOMER_TEXT, REJECT_REASONS, STORE_CANCEL_REASONS } from "./reasons";

/** One reason as it is offered: its name for the staff, the exact words for the customer, and what it sends. */
export type ReasonChoice = { reason: string; label: string; customerText: string; action: CommandAction };

export function reasonChoices(question: "reject" | "cancel", words: Dictionary): ReasonChoice[] {
  if (question === "reject") {
    return REJECT_REASONS.map((reason) => ({
      reason,
      label: words.reasons.reject[reason],
      customerText: REJECT_CUSTOMER_TEXT[reason],
      action: { kind: "reject", reason },
    }));
  }
  return STORE_CANCEL_REASONS.map((reason) => ({
    reason,
    label: words.reasons.cancel[reason],
    customerText: CANCEL_CUSTOMER_TEXT[reason],
    action: { kind: "cancel", reason },
  }));
}
