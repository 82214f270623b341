import type { Order } from "../generated/Order";
import type { PricedLine } from "../generated/PricedLine";

/** An order with what the store already gave back of it while it went on. */
export type Refundable = Pick<Order, "details" | "refund_promised">;

/** Won that can still be given back. */
export function refundable({ details, refund_promised = 0 }: Refundable): number {
  return Math.max(0, details.total - refund_promised);
}

/** Won of the payment for so many pieces of each line, and never more than can be given back; points come back beside it. */
export function partOf(order: Refundable, pieces: readonly number[]): number {
  const { lines, total, points = 0 } = order.details;
  const price = lines.reduce((sum, line, index) => sum + line.unit_price * bounded(pieces[index] ?? 0, line), 0);
  // Each piece was paid in the shares of the whole order.
  return Math.min(Math.ceil((price * total) / (total + points)), refundable(order));
}

/** What an order's early end gives back: won, the points beside them, and whether that is everything that was paid. */
export function comesBack(order: Refundable): { amount: number; points: number; all: boolean } {
  const amount = refundable(order);
  return { amount, points: pointsBeside(order, amount), all: amount === order.details.total };
}

/** Points that come back beside so many won: the shares of the whole order, as the server counts them. */
export function pointsBeside({ details, refund_promised = 0 }: Refundable, amount: number): number {
  const { total, points = 0 } = details;
  const returned = (back: number): number => (back >= total ? points : Math.floor((points * back) / total));
  return returned(refund_promised + amount) - returned(refund_promised);
}

function bounded(pieces: number, line: PricedLine): number {
  return Math.max(0, Math.min(line.quantity, Math.trunc(pieces)));
}

/** Whether a part can be given back while the order goes on: it is paid and has not ended early. */
export function mayRefundPart(order: Order): boolean {
  return ["placed", "accepted", "cooking", "ready", "handed_over", "completed"].includes(order.state) && refundable(order) > 0;
}
