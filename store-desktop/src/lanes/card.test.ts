import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { asked, inCard, openWindow, press, tap } from "../host/sample/open-window";

describe("an order's card", () => {
  it("shows what a kitchen needs: number, name, amount, quantities, options, request, phone", async () => {
    await openWindow("busy");
    const text = screen.getByTestId("card-21").textContent ?? "";
    for (const part of ["21", "매실", "12,100원", "2×", "아메리카노", "디카페인", "0021"]) expect(text).toContain(part);
    expect(inCard(21).getByTestId("request").textContent).toContain("얼음 적게, 빨대는 빼 주세요.");
  });

  it("says that there is a request even when its text is not on this PC", async () => {
    await openWindow("busy");
    expect(inCard(23).getByTestId("request").textContent).toContain("요청사항이 있지만");
    expect(inCard(22).queryByTestId("request")).toBeNull();
  });

  it("shows a prediction as a prediction", async () => {
    await openWindow("offline");
    expect(screen.getByTestId("card-17").dataset.provisional).toBe("true");
    expect(inCard(17).getByTestId("pending").textContent).toContain("전송 대기");
    expect(screen.getByTestId("card-15").dataset.provisional).toBe("false");
    expect(screen.getByTestId("outbox-waiting").textContent).toContain("전송 대기 3건");
  });

  it("ages against the promise, in words and not by colour alone", async () => {
    await openWindow("busy");
    expect(inCard(15).getByTestId("time").textContent).toContain("+3분");
    expect(inCard(15).getByTestId("time").dataset.tone).toBe("late");
    expect(inCard(17).getByTestId("time").dataset.tone).toBe("soon");
    expect(inCard(20).getByTestId("time").dataset.tone).toBe("calm");
    expect(inCard(20).getByTestId("time").textContent).toContain("16분 남음");
  });

  it("marks an order that came while nobody was here, with its deadline", async () => {
    await openWindow("busy");
    expect(inCard(23).getByTestId("parked").textContent).toMatch(/\d\d:\d\d까지 접수하지 않으면 자동으로 취소/);
    expect(inCard(21).queryByTestId("parked")).toBeNull();
  });

  it("promises more while the store is busy, and says so", async () => {
    await openWindow("busy", { busy_minutes: 15 });
    expect(inCard(21).getByTestId("accept").textContent).toContain("35분");
    expect(inCard(21).getByTestId("busy-added").textContent).toContain("+15분");
  });

  it("lets a viewer press nothing", async () => {
    await openWindow("viewer");
    expect(inCard(21).queryByTestId("accept")).toBeNull();
    expect(inCard(15).queryByTestId("ready")).toBeNull();
  });

  it("accepts with a time chosen by hand", async () => {
    const host = await openWindow("busy");
    await press(inCard(21).getByTestId("prep-45"));
    await press(inCard(21).getByTestId("accept"));
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "accept", prep_minutes: 45 } }]);
  });

  it("offers the store's own time beside the usual ones", async () => {
    const store = { store_id: "s", name: "골목커피", branch: "", prep_minutes_default: 8 };
    await openWindow("busy", { store });
    expect(inCard(21).getByTestId("accept").textContent).toContain("8분");
    expect(inCard(21).getByTestId("prep-8").getAttribute("aria-pressed")).toBe("true");
    expect(inCard(21).getByTestId("prep-15")).toBeTruthy();
  });

  it("does one step of a double tap", async () => {
    const host = await openWindow("busy");
    const accepted = host.current.lanes.cooking.find((card) => card.order.state === "accepted");
    if (!accepted?.order.ticket) throw new Error("the sample has an accepted order");
    const { number } = accepted.order.ticket;
    await tap(inCard(number).getByTestId("cooking"));
    await tap(inCard(number).getByTestId("ready"));
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "cooking" } }]);
    await tap(inCard(number).getByTestId("ready"), { x: 600 });
    expect(asked(host, "act")).toMatchObject([{ action: { kind: "cooking" } }, { action: { kind: "ready" } }]);
  });

  it("stops its sound by its bell or by being opened", async () => {
    const host = await openWindow("busy");
    await press(inCard(22).getByTestId("acknowledge"));
    expect(host.current.alarm.order_ids).toHaveLength(1);
    await press(screen.getByTestId("card-23"));
    expect(host.current.alarm.order_ids).toEqual([]);
    expect(screen.getByTestId("order-detail").textContent).toContain("하늘");
  });

  it("marks in the day's list what ended without food", async () => {
    await openWindow("busy");
    expect(screen.getByTestId("card-18").textContent).toContain("거절됨");
    expect(screen.getByTestId("card-19").textContent).toContain("전달됨");
    expect(screen.getByTestId("lane-done").textContent).toContain("완료 6 · 취소 2");
  });
});
