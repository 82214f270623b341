import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const fix: Dictionary["fix"] = {
  soldOutTitle: "What has run out?",
  soldOutHint: "What you choose is sold out at once, so that the next customer cannot order it.",
  rejectAndGone: (n) => `Reject, mark ${n} sold out`,
  cancelAndGone: (n) => `Cancel, mark ${n} sold out`,
  busyTitle: "Promise more time for the next hour?",
  busyNot: "As it is",
  busyMore: (minutes) => `+${minutes} min`,
  busyHint: "With more time you can take orders instead of rejecting them. Customers see the longer time.",
  closingTitle: "Take no new orders from now on",
  closingHint: "Starts the closing. Orders you have are finished, and you can open again.",
};

export const undo: Dictionary["undo"] = {
  order: (order, action) => `${order} · ${action}`,
  button: "Undo",
  left: (seconds) => `within ${seconds} s`,
  recall: (action) => `Undo '${action}'`,
  recallHint: "Only for a wrong press. It stays in the history.",
  nothing: "There is nothing to undo.",
};

export const stopOverlay: Dictionary["stopOverlay"] = {
  title: "Stop preparing",
  several: (n) => plural(n, "cancelled order", "cancelled orders"),
  press: "Seen · we stopped",
  refund: "The money goes back automatically.",
};

export const parked: Dictionary["parked"] = {
  mark: "Came while nobody was here",
  until: (clock) => `Cancelled and refunded if not accepted by ${clock}.`,
};

export const busy: Dictionary["busy"] = {
  added: (minutes) => `Busy: +${minutes} min included`,
};

export const keyMap: Dictionary["keyMap"] = {
  title: "Keys",
  lead: "While you write into a field, only the F keys and Esc act.",
  note: "No key rejects or cancels an order: choose a reason and press once more.",
  open: "Show the keys",
  groups: {
    orders: "Orders",
    moving: "Choosing",
    store: "Store",
  },
  rows: {
    orders: [
      ["F1", "Accept the oldest new order"],
      ["1–9", "Choose the prep time (digit × 5 min)"],
      ["Enter", "Accept with the chosen time"],
      ["F2", "Start cooking the chosen order"],
      ["F3", "Chosen order is ready"],
      ["F4", "Hand over the chosen order"],
      ["F5", "Print its kitchen ticket again"],
      ["Ctrl Z", "Undo the last press"],
      ["Esc", "Stop the chosen order's sound only · close"],
    ],
    moving: [
      ["← ↑ ↓ →", "Choose an order"],
      ["Space", "Open and close the details"],
      ["/", "Search"],
      ["Tab", "Next button"],
    ],
    store: [
      ["F8", "Sold-out picker"],
      ["F9", "Pause orders"],
      ["Ctrl + · Ctrl −", "Larger · smaller (Ctrl 0 as it was)"],
      ["?", "Show the keys"],
    ],
  },
};

export const theme: Dictionary["theme"] = {
  label: "Brightness",
  system: "As the PC",
  light: "Light",
  dark: "Dark",
};

export const zoom: Dictionary["zoom"] = {
  label: "Size",
  percent: (zoom) => `${zoom}%`,
};

export const trouble: Dictionary["trouble"] = {
  title: "The trouble sound rings",
  seen: "Stop the sound",
};

export const part: Dictionary["part"] = {
  open: "Partial refund",
  title: (order) => `Partial refund of ${order}`,
  lead: (left) => `The order goes on and a part of the money goes back. Up to ${left} is possible now.`,
  fewer: (name) => `One ${name} less`,
  more: (name) => `One ${name} more`,
  reason: "Why?",
  amount: (amount) => `To give back: ${amount}`,
  withPoints: (amount, points) => `${amount} + points ${points}`,
  confirm: "Give back",
  again: (amount) => `Press again to give back ${amount}`,
};
