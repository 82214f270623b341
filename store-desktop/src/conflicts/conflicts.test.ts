import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { asked, openWindow, press } from "../host/sample/open-window";

describe("what a person settles", () => {
  it("is listed with one action each, which is given as the program suggests it", async () => {
    const host = await openWindow("trouble");
    await press(within(screen.getByTestId("stop-24")).getByRole("button"));
    expect(screen.getByTestId("conflict-strip").textContent).toContain("확인할 주문 1건");
    await press(screen.getByTestId("open-conflicts"));
    const one = screen.getByTestId("conflict-24");
    expect(one.textContent).toContain("취소된 뒤에 조리를 시작했어요");
    expect(within(one).getAllByTestId("settle")).toHaveLength(1);
    const [conflict] = host.current.conflicts;
    await press(within(one).getByTestId("settle"));
    expect(asked(host, "act")).toEqual([
      { order_id: conflict?.order_id, expected_version: null, action: { kind: "settle_conflict", settlement: "discarded" } },
    ]);
    expect(screen.queryByTestId("conflict-strip")).toBeNull();
    expect(screen.queryByTestId("conflicts")).toBeNull();
  });
});
