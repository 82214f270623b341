import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";

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
