import type { Dictionary } from "../ko";

export const mode: Dictionary["mode"] = { takeout: "Takeout", delivery: "Delivery" };

export const phase: Dictionary["phase"] = {
  pending_payment: "Awaiting payment",
  reserved: "Reserved",
  placed: "New",
  accepted: "Accepted",
  cooking: "Cooking",
  ready: "Ready",
  handed_over: "Handed over",
  completed: "Completed",
  rejected: "Rejected",
  cancelled: "Cancelled",
};

export const action: Dictionary["action"] = {
  accept: "Accept",
  reject: "Reject",
  cooking: "Start cooking",
  ready: "Ready",
  handed_over: "Hand over",
  cancel: "Cancel order",
  settle_conflict: "Settle",
  refund_part: "Partial refund",
  day_prepare: "Prepare",
  day_open: "Open",
  break_start: "Pause orders",
  break_end: "Take orders again",
  busy_set: "Busy mode",
  closing_start: "Start closing",
  closing_resume: "Go on selling",
  sold_out: "Sold out",
  back_on_sale: "Back on sale",
  stock_set: "Set stock",
  menu_edit: "Edit the menu",
  schedule_set: "Change the hours",
};

export const actions: Dictionary["actions"] = {
  accept: (minutes) => `Accept · ${minutes} min`,
  prepTime: "Prep time",
  prep: (minutes) => `${minutes}`,
  choosePrep: (minutes) => `Prep time ${minutes} minutes`,
  nothing: "Nothing more to do for this order.",
  chooseFirst: "Choose an order first.",
  notNow: (action) => `'${action}' is not the next step of this order.`,
  noneToAccept: "There is no new order to accept.",
};

export const reasons: Dictionary["reasons"] = {
  rejectTitle: "Why do you reject it?",
  cancelTitle: "Why do you cancel it?",
  customerReads: "The customer reads",
  refund: {
    all: (amount) => `${amount} is refunded in full automatically.`,
    rest: (amount) => `What is left of the payment, ${amount}, is refunded automatically.`,
    nothing: "The payment was refunded before. Nothing is left to refund.",
    points: (points) => `Points worth ${points} come back, too.`,
  },
  confirm: {
    reject: (refunds) => (refunds ? "Reject and refund" : "Reject"),
    cancel: (refunds) => (refunds ? "Cancel and refund" : "Cancel the order"),
  },
  pickFirst: "Choose a reason first",
  hint: "Rejected customers order again less often. See first whether a longer prep time would do.",
  reject: {
    sold_out: "Sold out",
    too_busy: "Too busy",
    closing_soon: "Closing soon",
    request_impossible: "Request impossible",
    equipment_trouble: "Equipment trouble",
    customer_asked: "Customer asked",
    duplicate_order: "Duplicate order",
    other: "Other",
  },
  cancel: {
    not_accepted: "Not accepted in time",
    customer_changed_mind: "Cancelled by customer",
    sold_out: "Sold out",
    store_trouble: "Store trouble",
    customer_asked: "Customer asked",
    operator: "Customer service",
    payment_expired: "Payment expired",
    payment_failed: "Payment failed",
    replaced: "Replaced",
    not_orderable: "No longer orderable",
  },
};

export const detail: Dictionary["detail"] = {
  title: "Order details",
  placedAt: (clock) => `ordered ${clock}`,
  lines: "Items",
  supply: "Net",
  vat: "VAT",
  taxFree: "Tax free",
  menuPrice: "Menu price",
  points: "Points",
  total: "Total",
  history: "History",
  noHistory: "No history yet",
  predicted: "waiting to send",
  reason: "Reason",
  refund: "Refund",
  refundDone: (amount) => `${amount} refunded`,
  refundRunning: (amount) => `${amount} being refunded`,
  refundPartly: (done, all) => `${done} of ${all} refunded, the rest is on its way`,
};

export const event: Dictionary["event"] = {
  order_placed: "Ordered and paid",
  order_reserved: "Reserved and paid",
  reservation_fired: "Its time has come",
  order_accepted: "Accepted",
  cooking_started: "Cooking started",
  order_ready: "Ready",
  order_handed_over: "Handed over",
  order_completed: "Completed",
  order_rejected: "Rejected",
  order_cancelled: "Cancelled",
  refund_completed: "Refund completed",
  refund_promised: "Partial refund promised",
  conflict_settled: "Settled",
  conflict_raised: "Needs a look",
};

export const actor: Dictionary["actor"] = {
  counter: "Counter",
  customer: "Customer",
  timer: "Automatic",
  payment: "Payment",
  operator: "Operator",
};

export const conflict: Dictionary["conflict"] = {
  title: "Work went on after the order had ended",
  cooked_after_cancel: "Cooking started after it was cancelled or rejected. Stop, and check with the customer.",
  ready_after_cancel: "It was made after it was cancelled or rejected. Do not hand it over; check with the customer.",
  handed_over_after_cancel:
    "It was handed over after it was cancelled or rejected. The money goes back; check with the customer and the operator.",
};
