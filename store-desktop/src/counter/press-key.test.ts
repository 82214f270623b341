import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, inCard, key, openWindow, press } from "../host/sample/open-window";

const idOf = (number: number) => `0195d000-0000-7000-8000-${String(number).padStart(12, "0")}`;

describe("working by keyboard", () => {
  it("accepts the oldest new order with the store's time by F1", async () => {
    const host = await openWindow("busy");
    await key("F1");
    expect(asked(host, "act")).toEqual([
      { order_id: idOf(21), expected_version: 1, action: { kind: "accept", prep_minutes: 20 } },
    ]);
    expect(screen.getByTestId("lane-cooking").contains(screen.getByTestId("card-21"))).toBe(true);
  });

  it("accepts with a chosen time by a digit and Enter", async () => {
    const host = await openWindow("busy");
    await key("7");
    expect(inCard(21).getByTestId("accept").textContent).toContain("35분");
    expect(asked(host, "act")).toEqual([]);
    await key("Enter");
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "accept", prep_minutes: 35 } }]);
  });

  it("accepts nothing while a reason for rejecting is chosen", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    for (const name of ["1", "Enter", "F1", "F2", "F3", "F4"]) await key(name);
    expect(asked(host, "act")).toEqual([]);
    expect(inCard(21).getByTestId("accept").textContent).toContain("20분");
  });

  it("accepts by a chosen time once, and forgets it when the order was accepted otherwise", async () => {
    const host = await openWindow("busy");
    await key("7");
    await press(inCard(21).getByTestId("accept"));
    await key("Enter");
    expect(asked(host, "act")).toHaveLength(1);
    const { lanes } = host.current;
    const [accepted] = lanes.cooking.filter((card) => card.order.ticket?.number === 21);
    if (!accepted) throw new Error("it was accepted");
    // It came back.
    const order = { ...accepted.order, state: "placed", accept_by: Date.now() + 60_000 } as typeof accepted.order;
    host.show({ lanes: { ...lanes, fresh: [{ ...accepted, order }, ...lanes.fresh], cooking: lanes.cooking.filter((card) => card !== accepted) } });
    await waitFor(() => expect(inCard(21).getByTestId("accept").textContent).toContain("20분"));
    await key("Enter");
    expect(asked(host, "act")).toHaveLength(1);
  });

  it("answers no order behind what lies over it, wherever the focus is", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("menu"));
    await fireEvent.keyDown(document.body, { key: "F1" });
    expect(asked(host, "act")).toEqual([]);
  });

  it("stops the sound of the selected order only", async () => {
    const host = await openWindow("busy");
    await key("ArrowDown");
    await key("ArrowDown");
    await key("Escape");
    expect(asked(host, "acknowledge")).toEqual([{ order_id: idOf(22) }]);
    expect(host.current.alarm.order_ids).toEqual([idOf(23)]);
  });

  it("sends kitchen steps to the selected order, and says so when there is none", async () => {
    const host = await openWindow("busy");
    await key("F3");
    expect(screen.getByTestId("notice").textContent).toContain("먼저 주문을 골라 주세요.");
    await key("ArrowDown");
    await key("ArrowRight");
    await key("F4");
    expect(screen.getByTestId("notice").textContent).toContain("'전달 완료' 단계가 아니에요");
    expect(asked(host, "act")).toEqual([]);
    await key("F3");
    expect(asked(host, "act")).toMatchObject([{ order_id: idOf(15), action: { kind: "ready" } }]);
  });

  it("opens and closes the details, and finds orders", async () => {
    await openWindow("busy");
    await key("ArrowDown");
    (document.activeElement as HTMLElement).blur();
    await key(" ");
    expect(screen.getByTestId("order-detail").dataset.order).toBe(idOf(21));
    await key("Escape");
    expect(screen.queryByTestId("order-detail")).toBeNull();
    await key("/");
    expect(document.activeElement).toBe(screen.getByTestId("search"));
  });

  it("lists every key, and closes the list by Escape", async () => {
    await openWindow("busy");
    await key("?");
    expect(screen.getByTestId("key-map").textContent).toContain("F8");
    await fireEvent.keyDown(screen.getByTestId("key-map"), { key: "Escape" });
    expect(screen.queryByTestId("key-map")).toBeNull();
  });

  it("answers no order from another page", async () => {
    const host = await openWindow("busy");
    await goTo("sales");
    for (const name of ["F1", "F2", "F3", "F4", "7", "Enter"]) await key(name);
    expect(asked(host, "act")).toEqual([]);
    await key("F8");
    expect(await screen.findByTestId("sold-out-dialog")).toBeTruthy();
  });

  it("answers nothing while a cancellation waits to be seen", async () => {
    const host = await openWindow("trouble");
    for (const name of ["F1", "F3", "Enter", " "]) await key(name);
    expect(asked(host, "act")).toEqual([]);
    expect(asked(host, "acknowledge")).toEqual([]);
  });
});

describe("a viewer", () => {
  /** What the viewer's window may ask of its own computer: what it shows, and what it is silent about. */
  const OWN = new Set(["view", "menu", "certificates", "certificate", "history", "story", "sales", "days", "acknowledge"]);

  it("answers no order by any key, and is told why", async () => {
    const host = await openWindow("viewer");
    await key("ArrowDown");
    for (const name of ["F1", "7", "Enter", "F2", "F3", "F4", "F8", "F9"]) await key(name);
    expect(host.calls.map((call) => call.name).filter((name) => !OWN.has(name))).toEqual([]);
    await key("F1");
    expect(screen.getByTestId("notice").textContent).toContain("보기만 할 수 있어요");
  });

  it("is not left on a page that only the counter has, such as when the counter is taken over", async () => {
    const host = await openWindow("busy");
    for (const page of ["menu", "schedule", "closing", "opening", "printing"] as const) {
      host.show({ read_only: false });
      await goTo(page);
      host.show({ read_only: true });
      expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
    }
    expect(asked(host, "act_store")).toEqual([]);
  });

  it("keeps no question open that it could still answer", async () => {
    const host = await openWindow("busy");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:소금빵");
    await press(screen.getAllByTestId("stock")[0] as HTMLElement);
    expect(document.querySelector("dialog")).toBeTruthy();
    host.show({ read_only: true });
    await waitFor(() => expect(document.querySelector("dialog")).toBeNull());
    expect(screen.queryByTestId("toggle")).toBeNull();
  });
});
