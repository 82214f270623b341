import { fireEvent, render, screen, within } from "@testing-library/svelte";

import App from "../../App.svelte";
import type { View } from "../../generated/View";
import { SampleHost } from "./SampleHost";
import { sampleView, type Scene } from "./views";

/** The whole window on a sample host, once its first view is shown. */
export async function openWindow(scene: Scene, change: Partial<View> = {}): Promise<SampleHost> {
  const host = new SampleHost({ ...sampleView(scene, Date.now()), ...change });
  render(App, { host });
  const { screen: shown, pending_sign_in } = host.current;
  await screen.findByTestId(shown === "counter" ? "lane-fresh" : pending_sign_in ? "sign-in-confirming" : "sign-in-submit");
  return host;
}

/** What the host was asked, by name. */
export function asked(host: SampleHost, name: string): unknown[] {
  return host.calls.filter((call) => call.name === name).map((call) => call.args);
}

/** One order's card, and something in it. */
export function inCard(number: number): ReturnType<typeof within> {
  return within(screen.getByTestId(`card-${number}`));
}

export async function press(element: HTMLElement): Promise<void> {
  await fireEvent.click(element);
}

/** Taps with a finger, which has a place; `press` is what a key on a focused button does too. */
export async function tap(element: HTMLElement, { x = 300, y = 300 } = {}): Promise<void> {
  await fireEvent.click(element, { detail: 1, clientX: x, clientY: y });
}

/** Presses a key where the keyboard is. */
export async function key(name: string): Promise<void> {
  await fireEvent.keyDown(document.activeElement ?? document.body, { key: name });
}
