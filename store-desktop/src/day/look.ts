import type { Busy } from "../generated/Busy";
import type { Day } from "../generated/Day";
import type { Dictionary } from "../i18n/dictionary";
import type { IconName } from "../icons/paths";
import { minutesAndSeconds } from "../time/countdown";
import { kstClock } from "../time/kst";

export type DayName = Day["state"] | "none";

/** How the running day is shown: never by colour alone. */
export type DayLook = { name: DayName; icon: IconName; tone: "calm" | "open" | "held" | "closing"; title: string; detail: string };

const ICONS: Record<DayName, IconName> = {
  none: "moon",
  preparing: "checkCircle",
  open: "store",
  on_break: "pause",
  closing: "lock",
  closed: "moon",
};

const TONES: Record<DayName, DayLook["tone"]> = {
  none: "calm",
  preparing: "held",
  open: "open",
  on_break: "held",
  closing: "closing",
  closed: "calm",
};

/** The state of the day in words and time. `now` is the server's clock. */
export function dayLook(day: Day | null, now: number, words: Dictionary): DayLook {
  const name = day?.state ?? "none";
  const title = day === null ? words.day.none : words.day.state[day.state];
  return { name, icon: ICONS[name], tone: TONES[name], title, detail: day === null ? "" : detail(day, now, words) };
}

function detail(day: Day, now: number, words: Dictionary): string {
  switch (day.state) {
    case "preparing":
      return words.day.since(kstClock(day.prepared_at));
    case "open":
    case "closing":
      return words.day.since(kstClock(day.since));
    case "on_break":
      return day.until === undefined ? words.day.byHand : remaining(day.until, now, words);
    case "closed":
      return words.day.at(kstClock(day.at));
  }
}

/** `12:04 left`, or that the time is up while the server has not said so yet. */
export function remaining(until: number, now: number, words: Dictionary): string {
  const seconds = Math.ceil((until - now) / 1000);
  return seconds > 0 ? words.day.left(minutesAndSeconds(seconds)) : words.day.over;
}

/** Busy mode, while it lasts. */
export function busyNow(day: Day | null, now: number): Busy | null {
  const busy = day?.busy ?? null;
  // Nothing is promised any more.
  if (busy === null || day?.state === "closing" || day?.state === "closed") return null;
  return busy.until === undefined || now < busy.until ? busy : null;
}

/** Whether a business day is going on. */
export function isRunning(day: Day | null): day is Day {
  return day !== null && day.state !== "closed";
}
