import type { Dictionary } from "../i18n/dictionary";
import type { IconName } from "../icons/paths";
import type { Page } from "./pages.svelte";

/** Whether somebody who may only look has something to see there. */
export function isForViewers(page: Page): boolean {
  return ENTRIES.find((entry) => entry.page === page)?.readOnly ?? true;
}

/** What the menu of the bar leads to, in its order. */
export const ENTRIES: readonly { page: Page; icon: IconName; name: (words: Dictionary) => string; readOnly: boolean }[] = [
  { page: "sold-out", icon: "closeCircle", name: (words) => words.soldOut.title, readOnly: true },
  { page: "menu", icon: "pen", name: (words) => words.menu.title, readOnly: false },
  { page: "history", icon: "list", name: (words) => words.history.title, readOnly: true },
  { page: "sales", icon: "chart", name: (words) => words.sales.title, readOnly: true },
  { page: "reviews", icon: "note", name: (words) => words.reviews.title, readOnly: true },
  { page: "printing", icon: "printer", name: (words) => words.printing.title, readOnly: false },
  { page: "sounds", icon: "volume", name: (words) => words.sounds.title, readOnly: false },
  { page: "opening", icon: "checkCircle", name: (words) => words.pages.opening, readOnly: false },
  { page: "closing", icon: "lock", name: (words) => words.pages.closing, readOnly: false },
  { page: "schedule", icon: "clock", name: (words) => words.pages.schedule, readOnly: false },
  { page: "people", icon: "device", name: (words) => words.pages.people, readOnly: true },
  { page: "certificate", icon: "seal", name: (words) => words.pages.certificate, readOnly: true },
];
