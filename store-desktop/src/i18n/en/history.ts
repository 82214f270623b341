import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const history: Dictionary["history"] = {
  title: "Orders",
  lead: "Every order that is recorded on this PC. Works without the internet.",
  search: "Find past orders",
  searchHint: "Number · name · item · phone",
  allDays: "All days",
  none: "No matching order",
  count: (n) => plural(n, "order", "orders"),
  countMore: (n) => `The latest ${n}; there are more.`,
  more: "Show more",
  story: "Story of the order",
  prints: "Prints",
  noPrints: "Nothing was printed",
};
