import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { line } from "../host/sample/orders";
import { asked, inCard, openWindow, press } from "../host/sample/open-window";
import { sampleView } from "../host/sample/views";
import { comesBack, partOf, pointsBeside, refundable } from "./part";

const details = { mode: "takeout" as const, lines: [line("라떼", 4_000, 2), line("빵", 3_000)], total: 11_000, tax_free: 0, vat: 1_000 };

describe("giving a part back", () => {
  it("counts pieces and never more than is left", () => {
    expect(partOf({ details }, [1, 0])).toBe(4_000);
    expect(partOf({ details }, [9, 9])).toBe(11_000);
    expect(partOf({ details }, [-1])).toBe(0);
    expect(partOf({ details, refund_promised: 8_000 }, [1, 1])).toBe(3_000);
    expect(refundable({ details, refund_promised: 12_000 })).toBe(0);
  });

  it("gives a piece back in the shares in which it was paid", () => {
    const order = { details: { ...details, total: 6_600, points: 4_400 } };
    const amount = partOf(order, [1, 0]);
    expect([amount, pointsBeside(order, amount)]).toEqual([2_400, 1_600]);
    const later = { ...order, refund_promised: 2_400 };
    const rest = partOf(later, [1, 1]);
    expect([rest, pointsBeside(later, rest)]).toEqual([4_200, 2_800]);
    expect(partOf(order, [2, 1])).toBe(6_600);
  });

  it("leaves to an early end what was not given back before", () => {
    expect(comesBack({ details })).toEqual({ amount: 11_000, points: 0, all: true });
    expect(comesBack({ details, refund_promised: 4_000 })).toEqual({ amount: 7_000, points: 0, all: false });
    expect(comesBack({ details, refund_promised: 11_000 })).toEqual({ amount: 0, points: 0, all: false });
    const mixed = { details: { ...details, total: 6_600, points: 4_400 }, refund_promised: 2_400 };
    expect(comesBack(mixed)).toEqual({ amount: 4_200, points: 2_800, all: false });
  });

  it.each([
    [3_300, "먼저 환불한 금액을 뺀 8,800원이 자동으로 환불돼요.", "거절하고 환불"],
    [12_100, "더 환불할 금액이 없어요.", "거절하기"],
  ])("is told where an order is rejected after %d won of it went back", async (refund_promised, told, button) => {
    const { lanes } = sampleView("busy", Date.now());
    const fresh = lanes.fresh.map((card) => ({ ...card, order: { ...card.order, refund_promised } }));
    await openWindow("busy", { lanes: { ...lanes, fresh } });
    await press(inCard(21).getByTestId("reject"));
    expect(screen.getByTestId("comes-back").textContent).toContain(told);
    await press(screen.getByTestId("reject-reason-too_busy"));
    expect(screen.getByTestId("reject-confirm").textContent).toContain(button);
  });

  it("is chosen by pieces and a reason, and is sent by the second press only", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("card-21"));
    await press(screen.getByTestId("refund-part"));
    const confirm = screen.getByTestId("part-confirm") as HTMLButtonElement;
    expect(confirm.disabled).toBe(true);
    await press(screen.getByTestId("part-1-more"));
    expect(screen.getByTestId("part-amount").textContent).toContain("3,300원");
    await press(screen.getByTestId("part-reason-sold_out"));
    await press(screen.getByTestId("part-confirm"));
    expect(asked(host, "act")).toEqual([]);
    await press(screen.getByTestId("part-confirm"));
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "refund_part", amount: 3_300, reason: "sold_out" } }]);
  });

  it("is left by closing it", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("card-21"));
    await press(screen.getByTestId("refund-part"));
    await fireEvent.keyDown(screen.getByTestId("part"), { key: "Escape" });
    expect(screen.queryByTestId("part")).toBeNull();
    expect(asked(host, "act")).toEqual([]);
  });
});
