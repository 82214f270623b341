import type { HistoryRow } from "../generated/HistoryRow";
import type { Lanes } from "../generated/Lanes";
import type { OrderCard } from "../generated/OrderCard";

/** Another text than before whenever one of the orders came, went or moved on. */
export function standingOf(lanes: Lanes): string {
  return Object.values(lanes).flat().map(standOf).join();
}

/** The same for one order. */
export function standOf({ order, events }: OrderCard): string {
  return `${order.id} ${order.version} ${order.state} ${events.length}`;
}

/** What was shown below the rows that were asked for anew. */
export function olderThan(fresh: HistoryRow[], shown: HistoryRow[]): HistoryRow[] {
  const last = fresh.at(-1)?.card.order.ticket?.placed_at;
  if (last === undefined) return [];
  const ids = new Set(fresh.map((row) => row.card.order.id));
  return shown.filter(({ card: { order } }) => !ids.has(order.id) && (order.ticket?.placed_at ?? last) < last);
}
