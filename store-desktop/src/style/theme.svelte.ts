/** How bright the window is; `system` follows the PC. */
export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** Where the choice is kept: a matter of taste of this PC, lost without harm. */
const PLACE = "theme";

/** The brightness that this PC's people chose. */
export class ThemeChoice {
  chosen = $state<Theme>(kept());

  choose(theme: Theme): void {
    this.chosen = theme;
    try {
      localStorage.setItem(PLACE, theme);
    } catch {
      // It holds until the window is closed.
    }
    this.show();
  }

  /** Makes the page look so. */
  show(): void {
    const { dataset } = document.documentElement;
    if (this.chosen === "system") delete dataset.theme;
    else dataset.theme = this.chosen;
  }
}

function kept(): Theme {
  try {
    const asked = import.meta.env.DEV ? new URLSearchParams(location.search).get("theme") : null;
    const kept = asked ?? localStorage.getItem(PLACE);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}
