import type { OrderCard, View } from "../host/view";

const KITCHEN = new Set(["order_accepted", "cooking_started", "order_ready"]);

/**
 * Orders that the kitchen must stop: somebody else ended them after the store took them on. Shown until their sound is
 * acknowledged; a contradiction stays on the card itself.
 */
export function stopped(view: View): OrderCard[] {
  return view.lanes.done.filter((card) => {
    if (card.order.state !== "cancelled" || !view.alarm.order_ids.includes(card.order.id)) return false;
    const cancelled = card.events.find((event) => event.kind === "order_cancelled");
    return cancelled?.by.who !== "counter" && card.events.some((event) => KITCHEN.has(event.kind));
  });
}
