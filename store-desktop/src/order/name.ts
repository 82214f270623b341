import type { Order } from "../generated/Order";
import type { Dictionary } from "../i18n/dictionary";

/** The daily number as people say it; a dash before it has one. */
export function orderNumber(order: Order): string {
  return order.ticket ? String(order.ticket.number) : "–";
}

/** `17번 사과`. */
export function orderName(order: Order, words: Dictionary): string {
  return words.card.label(orderNumber(order), order.ticket?.call_name ?? "");
}
