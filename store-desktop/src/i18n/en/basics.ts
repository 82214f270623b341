import type { Dictionary } from "../ko";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

export const product: Dictionary["product"] = "Simple Order";
export const won: Dictionary["won"] = (amount) => `₩${amount.toLocaleString("en-US")}`;
export const minutes: Dictionary["minutes"] = (n) => `${n} min`;
export const seconds: Dictionary["seconds"] = (n) => `${n} s`;
export const date: Dictionary["date"] = (month, day, weekday) =>
  `${WEEKDAYS[weekday] ?? ""} ${day} ${MONTHS[month - 1] ?? ""}`;
export const confirm: Dictionary["confirm"] = "OK";
export const close: Dictionary["close"] = "Close";
export const back: Dictionary["back"] = "Back";
export const unsaved: Dictionary["unsaved"] = {
  dialog: "What you wrote is not saved. Press once more to close.",
  page: "There are changes that are not saved. Press Esc once more to leave. What you wrote is kept.",
};
