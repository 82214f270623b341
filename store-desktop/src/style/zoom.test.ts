import { fireEvent, screen } from "@testing-library/svelte";
import { beforeEach, describe, expect, it } from "vitest";

import type { Key } from "../counter/keyboard";
import { openWindow, press as click } from "../host/sample/open-window";
import { zoomAfter, ZoomChoice } from "./zoom.svelte";

const press = (key: string, more: Partial<Key> = {}): Key => {
  return { key, ctrlKey: true, altKey: false, metaKey: false, repeat: false, ...more };
};

describe("zoom", () => {
  beforeEach(() => localStorage.clear());

  it("grows and shrinks step by step, and ends at both ends", () => {
    expect(zoomAfter(press("+"), 100)).toBe(125);
    expect(zoomAfter(press("="), 150)).toBe(200);
    expect(zoomAfter(press("+"), 200)).toBe(200);
    expect(zoomAfter(press("-"), 200)).toBe(150);
    expect(zoomAfter(press("-"), 100)).toBe(100);
    expect(zoomAfter(press("0"), 200)).toBe(100);
  });

  it("leaves everything else alone", () => {
    expect(zoomAfter(press("+", { ctrlKey: false }), 100)).toBeNull();
    expect(zoomAfter(press("z"), 100)).toBeNull();
    expect(new ZoomChoice(undefined).press(press("+"))).toBe(false);
  });

  it("is kept on this PC", () => {
    const factors: number[] = [];
    const set = async (factor: number): Promise<void> => void factors.push(factor);
    expect(new ZoomChoice(set).press(press("+"))).toBe(true);
    const next = new ZoomChoice(set);
    expect(next.chosen).toBe(125);
    next.show();
    expect(factors).toEqual([1.25, 1.25]);
  });

  it("is chosen from the menu, and by key while the menu lies over everything", async () => {
    const host = await openWindow("busy");
    await click(screen.getByTestId("menu"));
    await click(screen.getByTestId("zoom-200"));
    expect(host.factor).toBe(2);
    await fireEvent.keyDown(screen.getByTestId("menu-panel"), press("-"));
    expect(host.factor).toBe(1.5);
    expect(screen.getByTestId("zoom-150").getAttribute("aria-pressed")).toBe("true");
  });
});
