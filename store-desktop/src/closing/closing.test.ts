import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { DAY_ID } from "../host/sample/day";
import { asked, openWindow, press } from "../host/sample/open-window";
import type { Scene } from "../host/sample/views";
import { groupsOf } from "./fingerprint";
import { plannedAt } from "./plan";

async function openWizard(scene: Scene) {
  const host = await openWindow(scene);
  if (scene !== "closed") await press(screen.getByTestId("closing-go-on"));
  return host;
}

describe("the closing wizard", () => {
  it("leads to each order that keeps the day open", async () => {
    await openWizard("closing-orders");
    expect(screen.getByTestId("step-open_orders").dataset.state).toBe("needs_person");
    expect(screen.getByTestId("closing-unsent").textContent).toContain("2건");
    expect(screen.getByTestId("open-order-15").textContent).toContain("조리 중");
    await press(screen.getByTestId("open-order-15").querySelector("button") as HTMLElement);
    expect(screen.getByTestId("order-detail").textContent).toContain("딸기");
  });

  it("says what it waits for, with one action each and the time it ends", async () => {
    await openWizard("closing-payments");
    expect(screen.getByTestId("closing-waiting").textContent).toContain("저절로 이어져요");
    expect(screen.getByTestId("blocker-closing_too_fresh").textContent).toMatch(/늦어도 1\d:\d\d 뒤에 끝나요/);
    expect(screen.getByTestId("blocker-refund_needs_review").textContent).toContain("운영자에게 연락해 주세요");
  });

  it("shows each difference with its one repair, and repairs", async () => {
    const host = await openWizard("closing-differences");
    expect(screen.getByTestId("equality-stream").textContent).toContain("다름");
    expect(screen.getByTestId("equality-money").textContent).toContain("아직 모름");
    expect(screen.getByTestId("difference-1").textContent).toContain("서버의 사본을 다시 만들어요");
    expect(screen.getByTestId("difference-1").textContent).toContain("77aa0031");
    await press(screen.getByTestId("close_repair"));
    expect(asked(host, "close_repair")).toEqual([{}]);
    expect((await screen.findByTestId("closing-step")).dataset.step).toBe("totals");
  });

  it("closes when a person has seen the totals, and shows the certificate", async () => {
    const host = await openWizard("closing-totals");
    expect(screen.getByTestId("total-kept").textContent).toBe("2,153,500원");
    await press(screen.getByTestId("close_finish"));
    expect(asked(host, "close_finish")).toEqual([{}]);
    await press(await screen.findByTestId("see-certificate"));
    expect((await screen.findByTestId("certificate-line")).textContent).toBe("주문 143 · 취소 3 · 누락 0 · 중복 0 · 결제차 0원");
    expect(asked(host, "certificate")).toEqual([{ day_id: DAY_ID }]);
  });

  it("goes on selling only at the second press", async () => {
    const host = await openWizard("closing-totals");
    await press(screen.getByTestId("close_cancel"));
    expect(asked(host, "close_cancel")).toEqual([]);
    await press(screen.getByTestId("close_cancel"));
    expect(asked(host, "close_cancel")).toEqual([{}]);
    expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
  });
});

describe("closing that has not begun", () => {
  const goToClosing = async () => {
    await press(screen.getByTestId("menu"));
    await press(screen.getByTestId("go-closing"));
  };

  it("may be planned for a round time", async () => {
    const host = await openWindow("busy");
    await goToClosing();
    await press(screen.getByTestId("closing-plan-30"));
    const [sent] = asked(host, "close_start") as { at: number }[];
    expect((sent?.at ?? 1) % (5 * 60_000)).toBe(0);
    expect((sent?.at ?? 0) - Date.now()).toBeGreaterThan(29 * 60_000);
    expect(plannedAt(1, 15)).toBe(20 * 60_000);
    expect(plannedAt(0, 15)).toBe(15 * 60_000);
  });

  it("is begun when the clock has stopped the orders", async () => {
    const host = await openWindow("closing-totals", { closing: null });
    await press(screen.getByTestId("closing-go-on"));
    await press(screen.getByTestId("closing-check"));
    expect(asked(host, "close_start")).toEqual([{}]);
    expect((await screen.findByTestId("closing-step")).dataset.step).toBe("payments");
  });

  it("takes a wizard under way with it when orders are taken again", async () => {
    const host = await openWindow("closing-totals");
    await press(screen.getByTestId("day-closing_resume"));
    await press(screen.getByTestId("day-closing_resume"));
    expect(asked(host, "close_cancel")).toEqual([{}]);
    expect(asked(host, "day_closing_resume")).toEqual([]);
  });
});

describe("a certificate", () => {
  it("is printed, kept as a file, and compared by its fingerprint", async () => {
    const host = await openWindow("closed-day");
    await press(screen.getByTestId("menu"));
    await press(screen.getByTestId("go-certificate"));
    expect((await screen.findByTestId("certificate-head")).textContent).toContain("1bad 765d");
    expect(screen.getByTestId("certificate-verdict").textContent).toContain("서명 확인됨");
    await press(screen.getByTestId("certificate-print"));
    expect(asked(host, "certificate_print")).toEqual([{ day_id: DAY_ID }]);
    await press(screen.getByTestId("certificate-save"));
    expect((await screen.findByTestId("notice")).textContent).toContain("certificate.json");
  });

  it("is written in groups that people can read aloud", () => {
    expect(groupsOf("0123456789")).toBe("0123 4567 89");
    expect(groupsOf("")).toBe("");
  });
});
