import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";

describe("the sales of a day", () => {
  it("show what was earned, by hour with numbers beside the bars, by item and why orders ended", async () => {
    await openWindow("busy");
    await goTo("sales");
    const chart = await screen.findByTestId("hour-chart");
    expect(chart.querySelectorAll("rect").length).toBeGreaterThan(2);
    expect(chart.querySelectorAll("text").length).toBeGreaterThan(chart.querySelectorAll("rect").length);
    expect(screen.getByTestId("figure-net").textContent).toContain("환불 38,400원 + 포인트 3,200원");
    expect(screen.getByTestId("item-table").textContent).toContain("231,700원");
    expect(screen.getByTestId("accept-times").textContent).toContain("목표 20초 안");
    expect(screen.getByTestId("accept-times").textContent).toContain("목표 1분 넘음");
    expect(screen.getByTestId("ended-early").textContent).toContain("거절 · 재료 소진");
  });

  it("are of the day that is chosen, and are saved as a table", async () => {
    const host = await openWindow("busy");
    await goTo("sales");
    await screen.findByTestId("hour-chart");
    await press(screen.getByTestId("day-older"));
    await press(screen.getByTestId("day-older"));
    await press(await screen.findByTestId("csv-items"));
    const day_id = "0195d000-0000-7000-8000-00000000b002";
    expect(asked(host, "sales").at(-1)).toEqual({ day_id });
    expect(asked(host, "export_csv")).toEqual([{ of: "items", day_id }]);
    expect((await screen.findByTestId("notice")).textContent).toContain("items-2026-11-21.csv");
  });
});
