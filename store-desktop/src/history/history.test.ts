import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";
import type { HistoryRow } from "../generated/HistoryRow";
import { markOf } from "./mark";
import { olderThan } from "./rows";

describe("past orders", () => {
  it("are found, and one tells its story with names, prints and the request", async () => {
    const host = await openWindow("busy");
    await goTo("history");
    await press(await screen.findByTestId("history-17"));
    const story = await screen.findByTestId("story");
    expect(story.textContent).toContain("김지은");
    expect(story.textContent).toContain("많이 뜨겁게");
    expect(screen.getByTestId("story-prints").textContent).toContain("주방 주문서 · 재출력 1회");
    expect(screen.getByTestId("story-prints").textContent).toContain("사람이 정할 것");
    await press(screen.getByTestId("reprint-kitchen"));
    expect(asked(host, "reprint")).toMatchObject([{ kind: "kitchen" }]);
  });

  it("asks once for what was typed, not for every letter", async () => {
    const host = await openWindow("busy");
    await goTo("history");
    await screen.findByTestId("history-17");
    const before = asked(host, "history").length;
    for (const value of ["수", "수박"]) await fireEvent.input(screen.getByTestId("history-search"), { target: { value } });
    await screen.findByText("1건");
    expect(asked(host, "history").slice(before)).toMatchObject([{ query: "수박", before: null }]);
    expect(screen.queryByTestId("history-17")).toBeNull();
    expect(screen.getByTestId("history-16")).toBeTruthy();
  });

  it("are read again when an order moves on, and its story too", async () => {
    const host = await openWindow("busy");
    await goTo("history");
    await press(await screen.findByTestId("history-17"));
    await screen.findByTestId("story");
    const { lanes } = host.current;
    const before = { history: asked(host, "history").length, story: asked(host, "story").length };
    host.show({});
    const cooking = lanes.cooking.map((card) =>
      card.order.ticket?.number === 17 ? { ...card, order: { ...card.order, version: card.order.version + 1 } } : card,
    );
    host.show({ lanes: { ...lanes, cooking } });
    await waitFor(() => expect(asked(host, "history")).toHaveLength(before.history + 1));
    await waitFor(() => expect(asked(host, "story")).toHaveLength(before.story + 1));
  });

  it("keep what was shown below the rows that are read again", () => {
    const row = (id: string, placed_at: number) => ({ day_id: "d", card: { order: { id, ticket: { placed_at } } } }) as unknown as HistoryRow;
    const shown = [row("c", 3), row("b", 2), row("a", 1)];
    expect(olderThan([row("d", 4), row("c", 3)], shown).map(({ card }) => card.order.id)).toEqual(["b", "a"]);
    expect(olderThan([row("c", 3), row("b", 2), row("a", 1)], shown)).toEqual([]);
    expect(olderThan([], shown)).toEqual([]);
  });

  it("are marked as finished only once they are", () => {
    expect(markOf("reserved")).toEqual({ icon: "hourglass", tone: "open" });
    expect(markOf("pending_payment").tone).toBe("open");
    expect(markOf("completed")).toEqual({ icon: "check", tone: "good" });
    expect(markOf("cancelled").tone).toBe("early");
  });

  it("of another day are asked for by that day", async () => {
    const host = await openWindow("busy");
    await goTo("history");
    await screen.findByTestId("history-17");
    await press(screen.getByTestId("day-older"));
    await press(screen.getByTestId("day-older"));
    await screen.findByText("찾는 주문이 없어요", { selector: "p" });
    expect(asked(host, "history").at(-1)).toMatchObject({ day_id: "0195d000-0000-7000-8000-00000000b002" });
  });
});
