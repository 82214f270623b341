import type { Lanes } from "../generated/Lanes";
import type { OrderCard } from "../generated/OrderCard";

/** Whether an order answers a search by number, call name, item or option. An empty search matches everything. */
export function matches(card: OrderCard, query: string): boolean {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return true;
  const { ticket, details } = card.order;
  const number = wanted.replace(/^#|번$/g, "");
  if (ticket && String(ticket.number) === number) return true;
  const names = details.lines.flatMap((line) => [line.name, ...line.options.map((option) => option.name)]);
  const texts = ticket ? [ticket.call_name, ...names] : names;
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** The lanes a search leaves. New orders are never hidden. */
export function searchLanes(lanes: Lanes, query: string): Lanes {
  if (query.trim() === "") return lanes;
  const found = (cards: OrderCard[]) => cards.filter((card) => matches(card, query));
  return {
    reserved: found(lanes.reserved),
    fresh: lanes.fresh,
    cooking: found(lanes.cooking),
    ready: found(lanes.ready),
    done: found(lanes.done),
  };
}
