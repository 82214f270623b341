import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { asked, inCard, openWindow, press, tap } from "../host/sample/open-window";
import { SETTLE_MS } from "./settle";
import { undoShown } from "./undo-shown";

const undo = (until: number) => ({ key: "k", order_id: null, action: { kind: "ready" } as const, until });

describe("taking a press back", () => {
  it("is offered while there is time, and not for what stays possible much longer", () => {
    expect(undoShown(null, 0)).toBeNull();
    expect(undoShown(undo(5_000), 1)).toMatchObject({ seconds: 5 });
    expect(undoShown(undo(5_000), 5_000)).toBeNull();
    expect(undoShown(undo(600_000), 0)).toBeNull();
  });

  it("names what was pressed and takes exactly that back, by button or Ctrl Z", async () => {
    const host = await openWindow("busy");
    await press(inCard(20).getByTestId("ready"));
    expect(screen.getByTestId("undo").textContent).toContain("20번 앵두 · 준비완료");
    const { key } = host.current.undo ?? {};
    await press(screen.getByTestId("undo-press"));
    expect(asked(host, "undo")).toEqual([{ key }]);
    expect(screen.queryByTestId("undo")).toBeNull();
    await press(inCard(15).getByTestId("ready"));
    await fireEvent.keyDown(document.body, { key: "z", ctrlKey: true });
    expect(asked(host, "undo")).toHaveLength(2);
  });

  it("names what was marked as sold out", async () => {
    await openWindow("busy");
    await fireEvent.keyDown(document.body, { key: "F8" });
    const row = await screen.findByTestId("subject-item:카페라떼");
    await press(within(row).getByTestId("toggle"));
    await waitFor(() => expect(screen.getByTestId("undo").textContent).toContain("카페라떼 · 품절"));
  });

  it("takes no tap that was meant for the button below it", async () => {
    const host = await openWindow("busy");
    await press(inCard(20).getByTestId("ready"));
    await tap(screen.getByTestId("undo-press"));
    expect(asked(host, "undo")).toEqual([]);
    vi.spyOn(Event.prototype, "timeStamp", "get").mockReturnValue(performance.now() + SETTLE_MS);
    await tap(screen.getByTestId("undo-press"));
    vi.restoreAllMocks();
    expect(asked(host, "undo")).toHaveLength(1);
  });

  it("gives the room that it kept free back to the lanes when it goes", async () => {
    vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(70);
    await openWindow("busy");
    await press(inCard(20).getByTestId("ready"));
    const kept = (): string => document.documentElement.style.getPropertyValue("--toast");
    await waitFor(() => expect(kept()).toBe("90px"));
    await press(screen.getByTestId("undo-press"));
    await waitFor(() => expect(kept()).toBe(""));
    vi.restoreAllMocks();
  });

  it("says so when there is nothing to take back", async () => {
    const host = await openWindow("busy");
    await fireEvent.keyDown(document.body, { key: "z", ctrlKey: true });
    expect(asked(host, "undo")).toEqual([]);
    expect(screen.getByTestId("notice").textContent).toContain("되돌릴 것이 없어요");
  });
});
