import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { asked, openWindow, press } from "../host/sample/open-window";

describe("reservations at the counter", () => {
  it("counts them and names the next one before anybody unfolds them", async () => {
    await openWindow("busy");
    const lane = screen.getByTestId("lane-reserved");
    expect(within(lane).getByTestId("reserved-count").textContent).toMatch(/오늘|내일/);
    expect(lane.textContent).toMatch(/다음 \d\d:\d\d/);
  });

  it("shows at once what has to be looked at, and the rest when it is unfolded", async () => {
    await openWindow("busy");
    // 24 should have begun, 25 does not fit the hours any more.
    expect(screen.getByTestId("reserved-24").dataset.due).toBe("true");
    expect(screen.getByTestId("reserved-25").textContent).toContain("바뀐 영업시간 밖이에요");
    const toggle = screen.getByTestId("reserved-toggle");
    expect(toggle.getAttribute("aria-expanded")).toBe("false");
    await press(toggle);
    expect(toggle.getAttribute("aria-expanded")).toBe("true");
    expect(screen.getByTestId("reserved-24")).toBeTruthy();
  });

  it("can be begun earlier from its details", async () => {
    const host = await openWindow("busy");
    await press(within(screen.getByTestId("reserved-25")).getByRole("button"));
    const detail = screen.getByTestId("order-detail");
    expect(within(detail).queryByTestId("reject")).toBeNull();
    await press(within(detail).getByTestId("start-early"));
    expect(asked(host, "act").at(-1)).toMatchObject({ action: { kind: "accept" } });
    expect(screen.queryByTestId("reserved-25")).toBeNull();
  });

  it("can be cancelled with a reason that the customer reads", async () => {
    const host = await openWindow("busy");
    await press(within(screen.getByTestId("reserved-25")).getByRole("button"));
    const detail = screen.getByTestId("order-detail");
    await press(within(detail).getByTestId("cancel"));
    expect(within(detail).getByTestId("cancel-confirm").hasAttribute("disabled")).toBe(true);
    expect(asked(host, "act")).toEqual([]);
  });

  it("speaks English", async () => {
    await openWindow("busy", { language: "en" });
    expect(screen.getByTestId("lane-reserved").textContent).toContain("Reserved");
  });
});
