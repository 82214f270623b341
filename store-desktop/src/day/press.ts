import type { Counter } from "../counter/counter.svelte";
import type { DayAction } from "../generated/DayAction";
import type { Dictionary } from "../i18n/dictionary";

/** Does what a button of the day says, or asks for the one thing that it has to know. Both are two presses at most. */
export async function pressDay(counter: Counter, action: DayAction): Promise<void> {
  switch (action) {
    case "prepare":
      if (await counter.does("day_prepare", {})) counter.pages.go("opening");
      return;
    case "open":
      if ((await counter.does("day_open", {})) && counter.pages.current === "opening") counter.pages.home();
      return;
    case "break_start":
    case "busy":
      counter.dayPanel = action;
      return;
    case "break_end":
      await counter.does("day_break_end", {});
      return;
    case "closing_start":
      if (await counter.does("close_start", {})) counter.pages.go("closing");
      return;
    case "closing_resume":
      // A wizard that is under way is put away with it.
      await counter.does(counter.view?.closing ? "close_cancel" : "day_closing_resume", {});
      return;
  }
}

export function dayActionLabel(action: DayAction, words: Dictionary["day"]): string {
  switch (action) {
    case "prepare":
      return words.prepare;
    case "open":
      return words.open;
    case "break_start":
      return words.break;
    case "break_end":
      return words.endBreak;
    case "busy":
      return words.busyButton;
    case "closing_start":
      return words.closing;
    case "closing_resume":
      return words.resume;
  }
}
