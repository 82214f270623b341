import { fireEvent, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press, tap } from "../host/sample/open-window";
import { SAME_PRESS_MS } from "./same-place";
import { SecondPress } from "./second-press.svelte";

describe("what has to be pressed twice", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("is not done by a double tap, and forgets the first press after a while", () => {
    const second = new SecondPress();
    expect(second.press()).toBe(false);
    expect(second.press()).toBe(false);
    vi.advanceTimersByTime(SAME_PRESS_MS);
    expect(second.press()).toBe(true);
    expect(second.asked).toBe(false);
    expect(second.press()).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(second.asked).toBe(false);
    expect(second.press(true)).toBe(false);
    expect(second.press(true)).toBe(true);
  });

  it("waits in the window too", async () => {
    vi.useRealTimers();
    const host = await openWindow("busy");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const button = screen.getByTestId("day-closing_start");
    await tap(button);
    await tap(button);
    expect(asked(host, "close_start")).toEqual([]);
    expect(button.dataset.armed).toBe("false");
    await vi.advanceTimersByTimeAsync(SAME_PRESS_MS);
    expect(button.dataset.armed).toBe("true");
    await tap(button);
    expect(asked(host, "close_start")).toEqual([{}]);
  });
});

describe("leaving a form in which something was written", () => {
  const escape = () => fireEvent.keyDown(screen.getByTestId("item-form"), { key: "Escape" });

  async function openForm() {
    await openWindow("busy");
    await goTo("menu");
    await press(await screen.findByTestId("add-item"));
  }

  it("asks again, and not at all while it is untouched", async () => {
    await openForm();
    await escape();
    expect(screen.queryByTestId("item-form")).toBeNull();
    await press(screen.getByTestId("add-item"));
    await fireEvent.input(screen.getByTestId("item-name"), { target: { value: "유자차" } });
    await escape();
    await escape();
    expect(screen.getByTestId("dialog-unsaved").textContent).toContain("한 번 더");
    expect((screen.getByTestId("item-name") as HTMLInputElement).value).toBe("유자차");
    // A key on the cross can be no double tap.
    await press(screen.getByTestId("item-form-close"));
    expect(screen.queryByTestId("item-form")).toBeNull();
  });

  it("counts what was chosen as written", async () => {
    await openForm();
    await press(screen.getByTestId("item-tax-free"));
    await escape();
    expect(screen.getByTestId("dialog-unsaved")).toBeTruthy();
  });
});
