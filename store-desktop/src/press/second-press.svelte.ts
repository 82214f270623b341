import { SAME_PRESS_MS } from "./same-place";

/** How long the second press is awaited, in milliseconds. */
const ARMED_MS = 6_000;

/** What has to be pressed twice. The second tap of a double tap is no second press. */
export class SecondPress {
  /** It was pressed once. */
  asked = $state(false);
  /** A press counts as the second one by now. */
  awaited = $state(false);
  #timers: ReturnType<typeof setTimeout>[] = [];

  /** Whether this press was the second one. `sure`: it cannot be half of a double tap. */
  press(sure = false): boolean {
    if (!this.asked) {
      this.#ask();
      return false;
    }
    if (!this.awaited && !sure) return false;
    this.forget();
    return true;
  }

  forget(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.asked = false;
    this.awaited = false;
  }

  #ask(): void {
    this.asked = true;
    this.#timers = [setTimeout(() => (this.awaited = true), SAME_PRESS_MS), setTimeout(() => this.forget(), ARMED_MS)];
  }
}
