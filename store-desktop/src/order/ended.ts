import type { OrderCard } from "../generated/OrderCard";

/** Whether the order ended without food: refused or cancelled. */
export function endedEarly(card: OrderCard): boolean {
  return card.order.state === "rejected" || card.order.state === "cancelled";
}

/** When the order ended, for the list of the day. */
export function endedAt(card: OrderCard): number | null {
  const { order } = card;
  switch (order.state) {
    case "handed_over":
    case "completed":
    case "rejected":
    case "cancelled":
      return order.at;
    case "pending_payment":
    case "reserved":
    case "placed":
    case "accepted":
    case "cooking":
    case "ready":
      return null;
  }
}
