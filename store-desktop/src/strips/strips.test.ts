import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { asked, key, openWindow, press, tap } from "../host/sample/open-window";
import { sampleView } from "../host/sample/views";

describe("what the window says above the lanes", () => {
  it("lists refusals in words until each is dismissed", async () => {
    const host = await openWindow("trouble");
    const first = screen.getByTestId("refusal-1");
    expect(first.textContent).toContain("24번 하늘 접수");
    expect(first.textContent).toContain("이미 취소된 주문이에요. 조리를 멈춰 주세요.");
    expect(screen.getByTestId("refusal-2").textContent).toContain("지금 단계에서는 할 수 없어요.");
    const [refusal] = host.current.refusals;
    await press(within(first).getByRole("button"));
    expect(asked(host, "dismiss_refusal")).toEqual([{ key: refusal?.key }]);
    expect(screen.queryByTestId("refusal-2")).toBeNull();
  });

  it("leads to the order that is to be looked at again", async () => {
    const host = await openWindow("trouble");
    const second = host.current.refusals[1];
    const order_id = host.current.lanes.cooking[0]?.order.id ?? null;
    if (!second) throw new Error("the sample has two refusals");
    host.show({ refusals: [{ ...second, order_id }] });
    await press(await screen.findByTestId("refusal-1-look"));
    expect(screen.getByTestId("order-detail").dataset.order).toBe(order_id);
    expect(asked(host, "dismiss_refusal")).toEqual([{ key: second.key }]);
  });

  it("says what was refused about the store itself", async () => {
    const host = await openWindow("busy");
    const refusal = { key: "k", order_id: null, refused_at: 0, number: null, call_name: null, action: { kind: "closing_start" }, code: "day_not_running", suggestion: "dismiss", korean: "영업 중이 아니에요.", english: "" };
    host.show({ refusals: [refusal as unknown as (typeof host.current.refusals)[number]] });
    expect((await screen.findByTestId("refusal-1")).textContent).toMatch(/^\s*마감 시작/);
  });

  it("says why the trouble sound rings, and stops it alone", async () => {
    const host = await openWindow("trouble");
    expect(screen.getByTestId("trouble-1").textContent).toContain("용지가 없어서 울려요");
    await press(screen.getByTestId("trouble-seen"));
    expect(asked(host, "acknowledge_trouble")).toEqual([{}]);
    expect(asked(host, "acknowledge")).toEqual([]);
  });

  it("calls out an order that was taken from the kitchen until somebody has seen it", async () => {
    const host = await openWindow("trouble");
    const stop = screen.getByTestId("stop-24");
    expect(stop.textContent).toContain("조리를 멈춰 주세요");
    await press(within(stop).getByRole("button"));
    expect(screen.queryByTestId("stop-24")).toBeNull();
    expect(host.current.alarm.order_ids).toEqual([]);
  });

  it("lies over whatever is open when an order is taken from the kitchen, and Esc is no answer to it", async () => {
    const shown = vi.spyOn(HTMLDialogElement.prototype, "showModal");
    const host = await openWindow("busy");
    await press(screen.getByTestId("menu"));
    const trouble = sampleView("trouble", Date.now());
    host.show({ lanes: trouble.lanes, alarm: { ...trouble.alarm, rings: [] } });
    const stop = await screen.findByTestId("stop-24");
    expect(shown.mock.contexts.at(-1)).toBe(stop);
    expect(stop.hasAttribute("open")).toBe(true);
    await fireEvent.keyDown(stop, { key: "Escape" });
    await fireEvent(stop, new Event("cancel", { cancelable: true }));
    expect(asked(host, "acknowledge")).toEqual([]);
    expect(stop.hasAttribute("open")).toBe(true);
    await press(within(stop).getByRole("button"));
    expect(asked(host, "acknowledge")).toHaveLength(1);
    expect(screen.queryByTestId("stop-24")).toBeNull();
    expect(screen.getByTestId("menu-panel").hasAttribute("open")).toBe(true);
    shown.mockRestore();
  });

  it("lies over a dialog that opens later too, and takes no tap that was meant for what lay below", async () => {
    const host = await openWindow("trouble");
    const stop = screen.getByTestId("stop-24");
    const shown = vi.spyOn(HTMLDialogElement.prototype, "showModal");
    await press(screen.getByTestId("menu"));
    expect([shown.mock.contexts[0], shown.mock.contexts.at(-1)]).toEqual([screen.getByTestId("menu-panel"), stop]);
    shown.mockRestore();
    await tap(within(stop).getByRole("button"));
    expect(asked(host, "acknowledge")).toEqual([]);
  });

  it("says two troubles that were found in one look, and goes on", async () => {
    const host = await openWindow("busy");
    const ring = { sound: "trouble" as const, order_id: null, since: 5, urgent: false, english: "" };
    host.show({ alarm: { ...host.current.alarm, rings: [{ ...ring, korean: "용지가 없어요." }, { ...ring, korean: "시계가 틀려요." }] } });
    expect((await screen.findByTestId("trouble-2")).textContent).toContain("시계가 틀려요.");
    host.show({ alarm: { ...host.current.alarm, rings: [{ ...ring, korean: "시계가 틀려요." }] } });
    await waitFor(() => expect(screen.queryByTestId("trouble-2")).toBeNull());
    expect(screen.getByTestId("trouble-1").textContent).toContain("시계가 틀려요.");
  });

  it("keeps a problem that nobody has read yet when it says something else", async () => {
    await openWindow("offline");
    await press(screen.getByTestId("sound"));
    expect((await screen.findByTestId("problem")).textContent).toContain("소리를 낼 장치가 없어요");
    await key("F3");
    expect(screen.getByTestId("notice").textContent).toContain("먼저 주문을 골라 주세요.");
    expect(screen.getByTestId("problem").textContent).toContain("소리를 낼 장치가 없어요");
    await press(screen.getByTestId("problem-seen"));
    expect(screen.queryByTestId("problem")).toBeNull();
    expect(screen.getByTestId("notice")).toBeTruthy();
  });

  it("says what is wrong with the disk and what counts until it is mended", async () => {
    await openWindow("trouble");
    expect(screen.getByTestId("journal-disk_full").textContent).toContain("서버가 확인한 뒤에만 처리된 것으로 보여요");
    expect(screen.getByTestId("journal-commands_lost").textContent).toContain("확인할 처리 2건");
    expect(screen.queryByTestId("journal-restored")).toBeNull();
  });

  it("says why the link is not green and what may be done now", async () => {
    await openWindow("offline");
    expect(screen.getByTestId("link-light").dataset.light).toBe("red");
    expect(screen.getByTestId("link-light").textContent).toContain("마지막 확인 2분 전");
    expect(screen.getByTestId("link-cause").textContent).toContain("인터넷이 끊겼어요");
    expect(screen.getByTestId("link-cause").textContent).toContain("계속 누를 수 있고");
  });

  it("does not leave a green light on when the program falls silent", async () => {
    vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
    await openWindow("busy");
    expect(screen.getByTestId("link-light").dataset.light).toBe("green");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(screen.getByTestId("link-light").dataset.light).toBe("red");
    expect(screen.getByTestId("link-cause").textContent).toContain("화면이 프로그램과 끊겼어요");
    vi.useRealTimers();
  });

  it("does not sign out while commands wait, and says why", async () => {
    const host = await openWindow("offline");
    await press(screen.getByTestId("menu"));
    await press(screen.getByTestId("sign-out"));
    await press(screen.getByTestId("sign-out"));
    expect(asked(host, "sign_out")).toEqual([]);
    expect(screen.getByTestId("dialog-problem").textContent).toContain("3건");
  });

  it("flashes and says so when there is no sound", async () => {
    await openWindow("offline");
    expect(screen.getByTestId("sound").textContent).toContain("소리 없음");
    await press(screen.getByTestId("sound"));
    expect((await screen.findByTestId("problem")).textContent).toContain("소리를 낼 장치가 없어요");
  });
});
