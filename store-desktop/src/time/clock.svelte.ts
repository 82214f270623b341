import type { View } from "../generated/View";

/** How often everything that shows a running time is drawn again, in milliseconds. */
const TICK_MS = 500;

/**
 * The one clock of the window. It starts from what the last view says and runs on the PC's monotonic clock, so that a
 * wrong or changed wall clock moves no countdown.
 */
export class Clock {
  #base = $state.raw({ counter: Date.now(), offset: 0, at: performance.now() });
  #beat = $state(performance.now());

  /** Starts the shared ticker, and returns how to stop it. */
  start(): () => void {
    const timer = setInterval(() => (this.#beat = performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }

  follow(view: Pick<View, "now" | "server_offset_ms">): void {
    const at = performance.now();
    this.#base = { counter: view.now, offset: view.server_offset_ms, at };
    this.#beat = at;
  }

  /** Milliseconds since the last view. */
  get silence(): number {
    return Math.max(0, this.#beat - this.#base.at);
  }

  /** The counter PC's clock. */
  get counter(): number {
    return this.#base.counter + this.silence;
  }

  /** The server's clock, which decides when an order is cancelled or late. */
  get server(): number {
    return this.counter + this.#base.offset;
  }
}
