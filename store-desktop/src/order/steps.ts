import type { CommandAction } from "../generated/CommandAction";
import type { Order } from "../generated/Order";

type Kind = CommandAction["kind"];

/** What a store may do with an order now, the likely step first. The server has the last word. */
export function steps(order: Order): Kind[] {
  switch (order.state) {
    case "reserved":
      return ["accept", "cancel"];
    case "placed":
      return ["accept", "reject"];
    case "accepted":
      return ["cooking", "ready", "cancel"];
    case "cooking":
      return ["ready", "cancel"];
    case "ready":
      return ["handed_over"];
    case "pending_payment":
    case "handed_over":
    case "completed":
    case "rejected":
    case "cancelled":
      return [];
  }
}
