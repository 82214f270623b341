import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const topBar: Dictionary["topBar"] = {
  label: "Store status",
  waiting: (n) => `${n} waiting to send`,
  waitingSince: (minutes) => `for ${minutes} min`,
  allSent: "All sent",
  counts: (fresh, cooking, ready) => `New ${fresh} · Cooking ${cooking} · Ready ${ready}`,
  readOnly: "Read-only",
  readOnlyHint: "You can only look. Orders are worked at the counter.",
  signedInAs: (login) => `Signed in as ${login}`,
  language: "Language",
  signOut: "Sign out",
  signOutAgain: "Press again to sign out",
  signOutRefused: (n) =>
    `${plural(n, "change has", "changes have")} not reached the server yet. Sign out when everything has been sent.`,
  titleRinging: (n) => plural(n, "new order", "new orders"),
};
