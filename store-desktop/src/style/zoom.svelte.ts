import type { Key } from "../counter/keyboard";

/** How large everything may be shown, in per cent. */
export const ZOOMS = [100, 125, 150, 200] as const;
export type Zoom = (typeof ZOOMS)[number];

/** Where the choice is kept: a matter of this PC's people and screen, lost without harm. */
const PLACE = "zoom";

/** How large this PC's people want everything. Where there is no `set` the browser has its own way. */
export class ZoomChoice {
  chosen = $state<Zoom>(kept());

  constructor(private readonly set: ((factor: number) => Promise<void>) | undefined) {}

  get possible(): boolean {
    return this.set !== undefined;
  }

  choose(zoom: Zoom): void {
    this.chosen = zoom;
    try {
      localStorage.setItem(PLACE, String(zoom));
    } catch {
      // It holds until the window is closed.
    }
    this.show();
  }

  /** Makes the window so large. A window that cannot shows everything as it was. */
  show(): void {
    void this.set?.(this.chosen / 100).catch(() => undefined);
  }

  /** Does what a key asks for; whether it asked for anything. */
  press(key: Key): boolean {
    const next = this.possible ? zoomAfter(key, this.chosen) : null;
    if (next !== null && next !== this.chosen) this.choose(next);
    return next !== null;
  }
}

/** The size that Ctrl with `+`, `-` or `0` leads to; nothing for other keys. */
export function zoomAfter(key: Key, now: Zoom): Zoom | null {
  if (!(key.ctrlKey || key.metaKey) || key.altKey) return null;
  const at = ZOOMS.indexOf(now);
  switch (key.key) {
    case "+":
    case "=":
      return ZOOMS[at + 1] ?? now;
    case "-":
      return ZOOMS[at - 1] ?? now;
    case "0":
      return 100;
    default:
      return null;
  }
}

function kept(): Zoom {
  try {
    const kept = Number(localStorage.getItem(PLACE));
    return ZOOMS.find((zoom) => zoom === kept) ?? 100;
  } catch {
    return 100;
  }
}
