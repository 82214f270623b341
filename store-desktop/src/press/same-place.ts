/** A press this soon after another, at the same place, was the same press, in milliseconds. */
export const SAME_PRESS_MS = 350;
/** How far a finger moves between two taps of a double tap, in CSS pixels. */
const SAME_PLACE_PX = 24;

type Press = { x: number; y: number; at: number; subject: string };

/**
 * Tells a second tap from a decision. When an order leaves its lane the next one moves under the finger, and when one
 * stays its next step does: a double tap would do both.
 */
export class PressGuard {
  #last: Press | null = null;

  /** Whether a press may count; `subject` is what it would do, and to what. */
  allows(event: MouseEvent, subject: string): boolean {
    const press = { x: event.clientX, y: event.clientY, at: event.timeStamp, subject };
    const last = this.#last;
    // A key press on a focused button arrives as a click at no place.
    if (event.detail === 0) return true;
    if (last && last.subject !== subject && press.at - last.at < SAME_PRESS_MS && near(last, press)) return false;
    this.#last = press;
    return true;
  }
}

function near(a: Press, b: Press): boolean {
  return Math.abs(a.x - b.x) <= SAME_PLACE_PX && Math.abs(a.y - b.y) <= SAME_PLACE_PX;
}
