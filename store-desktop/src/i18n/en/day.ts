import type { Dictionary } from "../ko";

export const pages: Dictionary["pages"] = {
  home: "Orders",
  fresh: (n) => `New ${n}`,
  more: "More",
  moreTitle: "What would you like to do?",
  opening: "Opening check",
  closing: "Close the day",
  certificate: "Closing certificate",
  schedule: "Opening hours",
  people: "Staff and devices",
};

export const day: Dictionary["day"] = {
  label: "Business day",
  state: { preparing: "Preparing", open: "Open", on_break: "On a break", closing: "Closing", closed: "Closed" },
  none: "Not open",
  since: (clock) => `since ${clock}`,
  at: (clock) => `at ${clock}`,
  until: (clock) => `until ${clock}`,
  left: (time) => `${time} left`,
  over: "time is up",
  byHand: "until you end it",
  busy: (minutes) => `Busy +${minutes} min`,

  prepare: "Prepare",
  check: "Opening check",
  open: "Open",
  break: "Break",
  changeBreak: "Change",
  endBreak: "Resume",
  busyButton: "Busy",
  closing: "Close",
  closingAgain: "Press again to start closing",
  goOnClosing: "Go on closing",
  resume: "Undo closing",
  resumeAgain: "Press again to take orders",

  breakTitle: "How long is the break?",
  breakLead: "Choose cause and time with one press. No new orders during the break; those that exist go on.",
  customerReads: "The customer reads",
  breakMinutes: (minutes) => (minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`),
  breakCell: (cause, time) => `Break: ${cause}, ${time}`,
  cause: {
    rest: "Short rest",
    too_busy: "Too busy",
    ingredients: "Ingredients",
    equipment: "Equipment",
    schedule: "Scheduled break",
    other: "Other",
  },

  noBreakNow: "A break can only begin while the store is open.",

  busyTitle: "How many minutes to add?",
  busyLead: "Added to what new orders are promised. Orders that were accepted stay as they are.",
  busyFor: "For how long",
  busyMinutes: (minutes) => `+${minutes} min`,
  busyCell: (extra, time) => `${extra}, ${time}`,
  busyEnd: "End busy mode",
  busyNow: (minutes) => `${minutes} min are added to each promise now.`,
};
