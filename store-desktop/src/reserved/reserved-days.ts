import type { OrderCard } from "../generated/OrderCard";
import { kstDate } from "../time/kst";

/** When the customer comes. */
export function pickUpAt(card: OrderCard): number {
  return card.order.pick_up_at ?? card.order.ticket?.placed_at ?? 0;
}

/** Whether it is picked up after the midnight that ends the day of `now`. */
export function isTomorrow(card: OrderCard, now: number): boolean {
  return kstDate(pickUpAt(card)).text > kstDate(now).text;
}

/** How many are picked up today and later. */
export function countDays(cards: OrderCard[], now: number): { today: number; tomorrow: number } {
  const tomorrow = cards.filter((card) => isTomorrow(card, now)).length;
  return { today: cards.length - tomorrow, tomorrow };
}

/** Whether it should have begun: the server says so as soon as it is heard again. */
export function isDue(card: OrderCard, now: number): boolean {
  return card.order.state === "reserved" && card.order.fires_at <= now;
}
