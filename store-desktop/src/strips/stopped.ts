import type { OrderCard } from "../generated/OrderCard";
import type { View } from "../generated/View";

/**
 * Orders that were taken from the kitchen: the host rings for them until somebody has seen it. A contradiction stays on
 * the order itself.
 */
export function stopped(view: View): OrderCard[] {
  return view.lanes.done.filter(
    ({ order }) => order.state === "cancelled" && view.alarm.order_ids.includes(order.id),
  );
}
