import type { OrderCard } from "../generated/OrderCard";

/** When the store promised the food, and when it gave that promise; absent before acceptance and after cooking. */
export function promise(card: OrderCard): { from: number; until: number } | null {
  const { order } = card;
  switch (order.state) {
    case "accepted":
      return { from: order.ready_by - order.prep_minutes * 60_000, until: order.ready_by };
    case "cooking": {
      const accepted = card.events.find((event) => event.kind === "order_accepted");
      return { from: accepted?.at ?? order.ticket?.placed_at ?? order.since, until: order.ready_by };
    }
    case "pending_payment":
    case "reserved":
    case "placed":
    case "ready":
    case "handed_over":
    case "completed":
    case "rejected":
    case "cancelled":
      return null;
  }
}
