import type { Dictionary } from "../ko";

export const reserved: Dictionary["reserved"] = {
  title: "Reserved",
  pickUp: (clock) => `Pick-up ${clock}`,
  days: (today, tomorrow) => (tomorrow > 0 ? `${today} today · ${tomorrow} tomorrow` : `${today} today`),
  next: (clock) => `next ${clock}`,
  tomorrow: "tomorrow",
  show: "Show reservations",
  hide: "Hide reservations",
  begins: (clock) => `Moves to New and rings at ${clock}`,
  due: "Its time has come. It moves to New once connected. You can accept it now.",
  start: (clock) => `Accept now · for ${clock}`,
  problems: {
    outside_hours: "Outside the hours as they are now. Keep it if you can make it; otherwise tell the customer and cancel it.",
    in_break: "It falls into a break. Check whether it can be made then; otherwise cancel it.",
    day_is_closing: "To close the day, make it and hand it over, or cancel it.",
  },
};
