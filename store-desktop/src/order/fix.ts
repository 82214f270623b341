import type { CommandAction } from "../generated/CommandAction";
import type { OrderDetails } from "../generated/OrderDetails";
import type { Sellable } from "../generated/Sellable";
import { untilOf, type Duration } from "../sold-out/durations";
import { idOf } from "../sold-out/subjects";

/** What a reason leads to, so that the next customer does not meet the same trouble. */
export type FixKind = "sold_out" | "busy" | "closing";

/** The fix that belongs to a reason for rejecting or cancelling, if any. */
export function fixOf(reason: string): FixKind | null {
  switch (reason) {
    case "sold_out":
      return "sold_out";
    case "too_busy":
      return "busy";
    case "closing_soon":
      return "closing";
    default:
      return null;
  }
}

/** Something of an order that may have run out. */
export type Suspect = { id: string; what: Sellable; name: string; kind: "item" | "option" };

/** The items of an order and then the options of it, each once. */
export function suspects(details: OrderDetails): Suspect[] {
  const items = details.lines.map((line): Suspect => suspect({ item: line.item }, line.name, "item"));
  const options = details.lines.flatMap((line) =>
    line.options.map((option) =>
      suspect({ option: { group: option.group, option: option.option } }, `${option.group_name} ${option.name}`, "option"),
    ),
  );
  const all = [...items, ...options];
  return all.filter((one, index) => all.findIndex((other) => other.id === one.id) === index);
}

function suspect(what: Sellable, name: string, kind: Suspect["kind"]): Suspect {
  return { id: idOf(what), what, name, kind };
}

/** What a person chose of the offered fixes. */
export type Fix = { gone: ReadonlySet<string>; duration: Duration; busyMinutes: number; stopOrders: boolean };

/** The order's items are chosen, because one of them is what ran out; its options are not. */
export function firstFix(details: OrderDetails): Fix {
  const items = suspects(details).filter((one) => one.kind === "item");
  return { gone: new Set(items.map((one) => one.id)), duration: "today", busyMinutes: 0, stopOrders: false };
}

/** The commands that a fix means; they go out before the order ends, so that nobody orders the same meanwhile. */
export function fixActions(kind: FixKind | null, fix: Fix, details: OrderDetails, now: number): CommandAction[] {
  switch (kind) {
    case "sold_out": {
      const until = untilOf(fix.duration, now);
      return suspects(details)
        .filter((one) => fix.gone.has(one.id))
        .map((one) => ({ kind: "sold_out", what: one.what, until }));
    }
    case "busy":
      return fix.busyMinutes > 0 ? [{ kind: "busy_set", extra_minutes: fix.busyMinutes, until: Math.floor(now) + BUSY_MS }] : [];
    case "closing":
      return fix.stopOrders ? [{ kind: "closing_start" }] : [];
    case null:
      return [];
  }
}

/** Busy mode that comes from a rejection ends by itself after this long, in milliseconds. */
const BUSY_MS = 60 * 60_000;
/** Minutes of busy mode that a rejection offers. */
export const BUSY_CHOICES: readonly number[] = [10, 20, 30];
