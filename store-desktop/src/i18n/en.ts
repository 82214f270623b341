import type { Dictionary } from "./ko";

const plural = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Every sentence of the window, in English. */
export const en: Dictionary = {
  product: "Simple Order",
  won: (amount) => `₩${amount.toLocaleString("en-US")}`,
  minutes: (n) => `${n} min`,
  seconds: (n) => `${n} s`,
  date: (month, day, weekday) => `${WEEKDAYS[weekday] ?? ""} ${day} ${MONTHS[month - 1] ?? ""}`,
  confirm: "OK",
  close: "Close",
  back: "Back",

  signIn: {
    title: "Sign in to the counter",
    lead: "Sign in on the PC that takes the orders. A store has one counter at a time.",
    claimTitle: "Register the store",
    claimLead: "Register with the claim code from the operator, and choose an id and a password.",
    modes: "Way to sign in",
    modeSignIn: "Sign in",
    modeClaim: "First time",
    claimCode: "Claim code",
    loginId: "Id",
    password: "Password",
    passwordHint: "Use 8 characters or more.",
    serverSettings: "Server settings",
    server: "Server address",
    serverHint: "The address from your operator. This PC remembers it.",
    submit: "Sign in",
    submitClaim: "Register and start",
    working: "Checking…",
    missing: (field) => `Fill in: ${field}.`,
    heldTitle: "Another device holds the counter",
    heldDevice: "Device",
    heldSince: "Signed in",
    heldLastSeen: "Last seen",
    heldNever: "never connected",
    heldWhat: "If you take over, that device is signed out at once and orders ring on this PC.",
    takeOver: "Take over",
    takeOverAgain: "Press again to take over",
    problem: {
      session_taken_over: "Another device took over the counter and this PC was signed out. Sign in again to take orders here.",
      signed_out: "You are signed out. Sign in again to keep taking orders.",
      device_copied:
        "This PC's journal was restored from an older copy, or copied to another PC. See whether another PC runs with the same data, and sign in again to go on here.",
    },
  },

  topBar: {
    label: "Store status",
    open: "Open",
    notOpen: "Not open",
    openedAt: (clock) => `since ${clock}`,
    waiting: (n) => `${n} waiting to send`,
    waitingSince: (minutes) => `for ${minutes} min`,
    allSent: "All sent",
    counts: (fresh, cooking, ready) => `New ${fresh} · Cooking ${cooking} · Ready ${ready}`,
    language: "Language",
    signOut: "Sign out",
    signOutAgain: "Press again to sign out",
    signOutRefused: (n) =>
      `${plural(n, "change has", "changes have")} not reached the server yet. Sign out when everything has been sent.`,
    titleRinging: (n) => plural(n, "new order", "new orders"),
  },

  sound: {
    native: "Sound on",
    none: "No sound",
    test: "Test sound",
    tested: "A test sound was played. If you did not hear it, check the volume and the speaker of this PC.",
    testedNone: "This PC has no sound device. Connect a speaker. Until then the window flashes for new orders.",
    flashing: "New order waiting",
  },

  link: {
    label: "Connection",
    green: "Connected",
    amber: "Caution",
    red: "Offline",
    lastProof: (age) => `checked ${age} ago`,
    noProof: "not checked yet",
    since: (clock) => `since ${clock}`,
    silentTitle: "The window lost its program",
    silentText: (seconds) =>
      `No news for ${seconds} s. The program still rings by itself. If this goes on, close the window and start it again.`,
    cause: {
      ok: { title: "Connected", text: "The check all the way to the server is late. You can keep working on orders." },
      connecting: {
        title: "Connecting",
        text: "You can keep accepting, cooking and finishing; it is sent once connected.",
      },
      catching_up: {
        title: "Receiving missed orders",
        text: "This will be up to date in a moment. You can keep working on orders.",
      },
      server_unreachable: {
        title: "The internet is cut",
        text: "You can keep accepting, cooking and finishing; it is sent once connected. New orders appear after that. If the internet works, the server is the problem.",
      },
      degraded: {
        title: "The server is not answering properly",
        text: "What you see may be old. You can keep accepting, cooking and finishing; it is sent later.",
      },
      signed_out: { title: "You are signed out", text: "Sign in again to receive new orders." },
      taken_over: {
        title: "Another device took over the counter",
        text: "New orders do not come to this PC. Sign in again to continue here.",
      },
      clock_skew: {
        title: "The clock of this PC is wrong",
        text: "Remaining times follow the server's clock. Set date and time of this PC to automatic.",
      },
    },
  },

  journal: {
    title: "This PC cannot record",
    text: "What you press may not be kept. Check the free disk space and tell the operator.",
    note: {
      disk_full: {
        title: "The disk is full",
        text: "This PC cannot record, so new orders do not appear, and what you press is shown as done only when the server has confirmed it. Delete files now; the orders that wait appear as soon as there is room.",
      },
      write_through: {
        title: "This PC's disk cannot be relied on",
        text: "It failed twice within an hour. What you press is shown as done only when the server has confirmed it. Have the disk checked and tell the operator.",
      },
      commands_lost: {
        title: "The journal was damaged and begun anew",
        text: "Some changes that were not sent yet cannot be read. Look at each order and press again what is missing. The damaged file is kept in the data folder.",
      },
      set_aside: {
        title: "The journal was damaged and begun anew",
        text: "The orders came from the server again, and every change that was not sent yet was carried over. The damaged file is kept in the data folder. Have the disk checked.",
      },
      restored: {
        title: "This PC's journal was replaced by an older one",
        text: "It seems to have been restored from a backup, or copied to another PC. The orders came from the server again. Check that everything you pressed since then is there.",
      },
      space_low: {
        title: "There is little room on the disk",
        text: "Less than 500 MB are left. Delete files that you do not need.",
      },
      space_critical: {
        title: "There is almost no room on the disk",
        text: "Less than 100 MB are left. Delete files now, or this PC cannot record soon.",
      },
    },
    lost: (n) => `${plural(n, "change", "changes")} to check`,
  },

  refusals: {
    title: (n) => `The server refused ${plural(n, "change", "changes")}`,
    line: (order, action) => `${order}: ${action}`,
    unknownOrder: "Unknown order",
  },

  stop: {
    text: "This order is already cancelled. Stop preparing it.",
  },

  lanes: {
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
  },

  card: {
    label: (number, callName) => `No. ${number} ${callName}`,
    open: (number, callName) => `Details of no. ${number} ${callName}`,
    left: (minutes) => `${minutes} min left`,
    late: (minutes) => `+${minutes} min`,
    lateWord: "late",
    waited: (minutes) => (minutes < 1 ? "just now" : `${minutes} min`),
    autoCancel: "Cancelled in",
    autoCancelling: "Being cancelled",
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
  },

  mode: { takeout: "Takeout", delivery: "Delivery" },

  phase: {
    pending_payment: "Awaiting payment",
    placed: "New",
    accepted: "Accepted",
    cooking: "Cooking",
    ready: "Ready",
    handed_over: "Handed over",
    completed: "Completed",
    rejected: "Rejected",
    cancelled: "Cancelled",
  },

  action: {
    accept: "Accept",
    reject: "Reject",
    cooking: "Start cooking",
    ready: "Ready",
    handed_over: "Hand over",
    cancel: "Cancel order",
  },

  actions: {
    accept: (minutes) => `Accept · ${minutes} min`,
    prepTime: "Prep time",
    prep: (minutes) => `${minutes}`,
    choosePrep: (minutes) => `Prep time ${minutes} minutes`,
    nothing: "Nothing more to do for this order.",
    chooseFirst: "Choose an order first.",
    notNow: (action) => `'${action}' is not the next step of this order.`,
    noneToAccept: "There is no new order to accept.",
  },

  reasons: {
    rejectTitle: "Why do you reject it?",
    cancelTitle: "Why do you cancel it?",
    customerReads: "The customer reads",
    refund: (amount) => `${amount} is refunded in full automatically.`,
    rejectConfirm: "Reject and refund",
    cancelConfirm: "Cancel and refund",
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
  },

  detail: {
    title: "Order details",
    placedAt: (clock) => `ordered ${clock}`,
    lines: "Items",
    supply: "Net",
    vat: "VAT",
    taxFree: "Tax free",
    total: "Total",
    history: "History",
    noHistory: "No history yet",
    predicted: "waiting to send",
    reason: "Reason",
    refund: "Refund",
    refundDone: (amount) => `${amount} refunded`,
    refundRunning: (amount) => `${amount} being refunded`,
    refundPartly: (done, all) => `${done} of ${all} refunded, the rest is on its way`,
  },

  event: {
    order_placed: "Ordered and paid",
    order_accepted: "Accepted",
    cooking_started: "Cooking started",
    order_ready: "Ready",
    order_handed_over: "Handed over",
    order_completed: "Completed",
    order_rejected: "Rejected",
    order_cancelled: "Cancelled",
    refund_completed: "Refund completed",
    conflict_raised: "Needs a look",
  },

  actor: {
    counter: "Counter",
    customer: "Customer",
    timer: "Automatic",
    payment: "Payment",
    operator: "Operator",
  },

  conflict: {
    title: "Work went on after the order had ended",
    cooked_after_cancel: "Cooking started after it was cancelled or rejected. Stop, and check with the customer.",
    ready_after_cancel: "It was made after it was cancelled or rejected. Do not hand it over; check with the customer.",
    handed_over_after_cancel:
      "It was handed over after it was cancelled or rejected. The money goes back; check with the customer and the operator.",
  },

  announce: {
    fresh: (order, amount) => `New order ${order}, ${amount}`,
  },

  keys: {
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
  },
};
