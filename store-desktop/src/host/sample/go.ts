import { screen } from "@testing-library/svelte";

import type { Page } from "../../pages/pages.svelte";
import { press } from "./open-window";

/** Opens a page as a person does: by the menu of the bar. */
export async function goTo(page: Page): Promise<void> {
  await press(screen.getByTestId("menu"));
  await press(screen.getByTestId(`go-${page}`));
  await screen.findByTestId(`page-${page}`);
}
