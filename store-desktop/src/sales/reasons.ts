import type { CancelReason } from "../generated/CancelReason";
import type { RejectReason } from "../generated/RejectReason";
import type { Sales } from "../generated/Sales";
import type { Dictionary } from "../i18n/dictionary";

type EndedEarly = Sales["ended_early"][number];

/** Why orders ended early, in words; a reason that a newer server knows stays as it is. */
export function reasonText({ kind, reason }: EndedEarly, words: Dictionary): string {
  const { reject, cancel } = words.reasons;
  const text = kind === "reject" ? reject[reason as RejectReason] : cancel[reason as CancelReason];
  return words.sales.endedBy(kind === "reject", text ?? reason);
}
