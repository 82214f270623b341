import type { Dictionary } from "../ko";

export const lanes: Dictionary["lanes"] = {
  fresh: "New",
  freshHint: "until cancelled",
  freshEmpty: "Waiting for new orders",
  cooking: "Cooking",
  cookingHint: "until promised",
  cookingEmpty: "Nothing to cook",
  ready: "Ready",
  readyHint: "waiting",
  readyEmpty: "Nothing to hand over",
  done: "Done today",
  doneEmpty: "No finished orders yet",
  doneSummary: (completed, cancelled) => `${completed} done · ${cancelled} cancelled`,
  noMatch: "No matching order",
  search: "Find an order",
  searchHint: "Number · name · item",
  clearSearch: "Clear",
  searching: "Showing matching orders only. New orders are all shown.",
};

export const card: Dictionary["card"] = {
  label: (number, callName) => `No. ${number} ${callName}`,
  open: (number, callName) => `Details of no. ${number} ${callName}`,
  left: (minutes) => `${minutes} min left`,
  late: (minutes) => `+${minutes} min`,
  lateWord: "late",
  waited: (minutes) => (minutes < 1 ? "just now" : `${minutes} min`),
  autoCancel: "Cancelled in",
  overdue: "Overdue · cancelled soon",
  pending: "Waiting to send",
  pendingHint: "Recorded on this PC, not yet confirmed by the server.",
  unreadable: "Unknown change",
  unreadableHint: "Something happened to this order that this program does not know. Please update the program.",
  phone: (last4) => `Phone …${last4}`,
  ringing: "Ringing",
  acknowledge: "Stop the sound for this order",
  request: "Request",
  requestMissing: "There is a request, but its text is not on this PC. Ask the customer.",
  moreLines: (n) => `${n} more`,
};

export const keys: Dictionary["keys"] = {
  label: "Keys",
  hints: [
    ["F1", "accept oldest"],
    ["1–9", "prep time"],
    ["Enter", "accept"],
    ["F2", "cook"],
    ["F3", "ready"],
    ["F4", "hand over"],
    ["Space", "details"],
    ["Esc", "stop sound"],
  ],
};
