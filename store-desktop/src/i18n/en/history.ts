import type { Dictionary } from "../ko";
import { plural } from "./plural";

const TEMPLATES: Record<string, string> = {
  order_placed: "Order received",
  order_accepted: "Accepted",
  order_ready: "Ready",
  order_rejected: "Rejected",
  order_cancelled: "Cancelled",
  refund_completed: "Refunded",
};

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
  messages: "Messages to the customer",
  noMessages: "No messages were sent",
  messagesUnknown: "Messages can be seen once the server is connected",
  template: (name) => TEMPLATES[name] ?? `Message ${name}`,
  messageState: { sent: "Sent", waiting: "Being sent", failed: "Not sent", skipped: "Left out" },
};
