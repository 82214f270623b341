import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const refusals: Dictionary["refusals"] = {
  title: (n) => `The server refused ${plural(n, "change", "changes")}`,
  line: (order, action) => `${order}: ${action}`,
  unknownOrder: "Unknown order",
};

export const stop: Dictionary["stop"] = {
  text: "This order is already cancelled. Stop preparing it.",
};

export const announce: Dictionary["announce"] = {
  fresh: (order, amount) => `New order ${order}, ${amount}`,
};
