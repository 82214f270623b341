/** A press this soon after something appeared was meant for what lay below, in milliseconds. */
export const SETTLE_MS = 400;

/** Tells a press on something that has just come to lie there from one that was meant for what lay below. */
export class Settling {
  #since = 0;

  appeared(at = performance.now()): void {
    this.#since = at;
  }

  /** Whether a press on it may count. */
  allows(event: MouseEvent): boolean {
    // A key on a focused button arrives as a click at no place: nobody hits that by chance.
    return event.detail === 0 || event.timeStamp - this.#since >= SETTLE_MS;
  }
}
