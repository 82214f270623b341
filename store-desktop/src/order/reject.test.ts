import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { asked, inCard, key, openWindow, press } from "../host/sample/open-window";

describe("ending an order", () => {
  it("rejects with a reason, after showing what the customer reads and that the money goes back", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    const panel = screen.getByTestId("order-detail");
    expect(panel.textContent).toContain("재료가 소진되었어요");
    expect(panel.textContent).toContain("12,100원은 자동으로 전액 환불돼요.");
    expect((screen.getByTestId("reject-confirm") as HTMLButtonElement).disabled).toBe(true);
    await press(screen.getByTestId("reject-reason-too_busy"));
    expect(asked(host, "act")).toEqual([]);
    await press(screen.getByTestId("reject-confirm"));
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "reject", reason: "too_busy" } }]);
    expect(screen.getByTestId("ending").textContent).toContain("주문이 몰려 지금은 준비가 어려워요");
    expect(screen.getByTestId("refund").textContent).toContain("환불 진행 중");
  });

  it("cancels with a store's reason only", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("card-17"));
    await press(screen.getByTestId("cancel"));
    const offered = [...screen.getByTestId("order-detail").querySelectorAll("[data-testid^=cancel-reason-]")];
    expect(offered).toHaveLength(3);
    await press(screen.getByTestId("cancel-reason-store_trouble"));
    await press(screen.getByTestId("cancel-confirm"));
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "cancel", reason: "store_trouble" } }]);
  });

  it("marks what ran out as sold out first, so that nobody orders it meanwhile", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    await press(screen.getByTestId("reject-reason-sold_out"));
    await press(screen.getByTestId("fix-item:아메리카노"));
    await press(screen.getByTestId("fix-option:사이즈/라지"));
    expect(screen.getByTestId("reject-confirm").textContent).toContain("2가지 품절");
    await press(screen.getByTestId("reject-confirm"));
    await screen.findByTestId("ending");
    const order = host.calls.filter(({ name }) => name === "act" || name === "act_store").map(({ name }) => name);
    expect(order).toEqual(["act_store", "act_store", "act"]);
    expect(asked(host, "act_store")).toMatchObject([
      { action: { kind: "sold_out", what: { item: "소금빵" }, until: "end_of_day" } },
      { action: { kind: "sold_out", what: { option: { group: "사이즈", option: "라지" } } } },
    ]);
  });

  it("offers busy mode and closing where they are the answer, and does neither unasked", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    await press(screen.getByTestId("reject-reason-closing_soon"));
    expect(screen.getByTestId("fix-closing").textContent).toContain("마감을 시작해요");
    await press(screen.getByTestId("reject-reason-too_busy"));
    await press(screen.getByTestId("fix-busy-20"));
    await press(screen.getByTestId("reject-confirm"));
    await screen.findByTestId("ending");
    expect(asked(host, "act_store")).toMatchObject([{ action: { kind: "busy_set", extra_minutes: 20 } }]);
    expect(inCard(22).getByTestId("accept").textContent).toContain("40분");
  });

  it("rejects the order that it was asked about, whatever is opened or closed while things are marked as sold out", async () => {
    const host = await openWindow("busy");
    const answer = host.call.bind(host);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    host.call = async (name, args) => {
      if (name === "act_store") await held;
      return answer(name, args);
    };
    const [wanted] = host.current.lanes.fresh;
    await press(inCard(21).getByTestId("reject"));
    await press(screen.getByTestId("reject-reason-sold_out"));
    await press(screen.getByTestId("reject-confirm"));
    // Meanwhile it may not be answered otherwise.
    expect((inCard(21).getByTestId("accept") as HTMLButtonElement).disabled).toBe(true);
    await press(screen.getByTestId("card-22"));
    await press(screen.getByTestId("detail-close"));
    release();
    await waitFor(() => expect(asked(host, "act")).toMatchObject([{ order_id: wanted?.order.id, action: { kind: "reject", reason: "sold_out" } }]));
  });

  it("leaves no question behind that comes back with the order", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    const { lanes } = host.current;
    host.show({ lanes: { ...lanes, fresh: lanes.fresh.slice(1) } });
    await waitFor(() => expect(screen.queryByTestId("reject-confirm")).toBeNull());
    host.show({ lanes });
    await screen.findByTestId("order-detail");
    expect(screen.queryByTestId("reject-confirm")).toBeNull();
  });

  it("is left by Escape with nothing sent", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    await key("Escape");
    expect(screen.queryByTestId("reject-confirm")).toBeNull();
    expect(asked(host, "act")).toEqual([]);
  });

  it("is withdrawn when the order moves on meanwhile", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("reject"));
    const [first, ...rest] = host.current.lanes.fresh;
    if (!first) throw new Error("the sample has a new order");
    const order = { ...first.order, state: "cancelled", at: Date.now(), reason: "customer_changed_mind" } as typeof first.order;
    host.show({ lanes: { ...host.current.lanes, fresh: rest, done: [{ ...first, order }] } });
    await screen.findByTestId("ending");
    expect(screen.queryByTestId("reject-confirm")).toBeNull();
  });

  it("offers no cancel once the food is ready", async () => {
    await openWindow("busy");
    await press(screen.getByTestId("card-14"));
    expect(screen.getByTestId("order-detail").querySelector("[data-testid=cancel]")).toBeNull();
  });
});
