import type { Direction } from "../lanes/neighbour";
import { MINUTES_PER_DIGIT } from "../order/prep";

/** What a key means. No single key rejects or cancels. */
export type KeyMeaning =
  | { does: "accept_oldest" }
  | { does: "choose_prep"; minutes: number }
  | { does: "confirm_prep" }
  | { does: "cooking" }
  | { does: "ready" }
  | { does: "handed_over" }
  | { does: "break" }
  | { does: "print_again" }
  | { does: "sold_out" }
  | { does: "undo" }
  | { does: "keys" }
  | { does: "escape" }
  | { does: "details" }
  | { does: "search" }
  | { does: "move"; direction: Direction };

export type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "repeat">;

export type Focus = {
  /** Where the keyboard is. Controls and cards answer Enter and Space by themselves. */
  on: "page" | "card" | "control" | "field";
  /** A prep time was chosen and waits for Enter. */
  prepChosen: boolean;
};

const ARROWS: Record<string, Direction> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
};

/** Reads one key press, or nothing when it is not for the window. */
export function keyMeaning(key: Key, focus: Focus): KeyMeaning | null {
  if (isUndo(key) && focus.on !== "field") return key.repeat ? null : { does: "undo" };
  if (key.ctrlKey || key.altKey || key.metaKey) return null;
  const functionKey = functionKeyMeaning(key);
  if (functionKey) return key.repeat ? null : functionKey;
  if (key.key === "Escape") return { does: "escape" };
  if (focus.on === "field") return null;
  const direction = ARROWS[key.key];
  if (direction) return { does: "move", direction };
  if (key.repeat) return null;
  if (/^[1-9]$/.test(key.key)) return { does: "choose_prep", minutes: Number(key.key) * MINUTES_PER_DIGIT };
  if (key.key === "/") return { does: "search" };
  if (key.key === "?") return { does: "keys" };
  if (key.key === "Enter" && focus.prepChosen && focus.on !== "control") return { does: "confirm_prep" };
  if (key.key === " " && focus.on === "page") return { does: "details" };
  return null;
}

/** Where the keyboard is, by the element that has the focus. */
export function focusOn(element: Element | null): Focus["on"] {
  if (!element) return "page";
  if (element.closest("input, textarea, select, [contenteditable]")) return "field";
  if (element.closest("[data-open-order]")) return "card";
  return element.closest("button, a, summary, [role=radio]") ? "control" : "page";
}

/** The letter's place on the keyboard: with the Korean layout `Z` types `ㅋ`. */
function isUndo(key: Key): boolean {
  return (key.ctrlKey || key.metaKey) && !key.altKey && (key.key.toLowerCase() === "z" || key.key === "ㅋ");
}

function functionKeyMeaning(key: Key): KeyMeaning | null {
  switch (key.key) {
    case "F1":
      return { does: "accept_oldest" };
    case "F2":
      return { does: "cooking" };
    case "F3":
      return { does: "ready" };
    case "F4":
      return { does: "handed_over" };
    case "F5":
      return { does: "print_again" };
    case "F8":
      return { does: "sold_out" };
    case "F9":
      return { does: "break" };
    default:
      return null;
  }
}
