import { screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";

import { asked, key, openWindow, press } from "../host/sample/open-window";
import { sampleDay } from "../host/sample/day";
import { ko } from "../i18n/ko";
import { endsAt } from "./break-choices";
import { busyNow, dayLook } from "./look";

const MINUTE = 60_000;

describe("the state of the day", () => {
  const now = Date.UTC(2026, 10, 21, 3, 0);

  it("is said in words and with its time", () => {
    const said = (state: Parameters<typeof sampleDay>[0]) => {
      const { title, detail } = dayLook(sampleDay(state, now), now, ko);
      return `${title} ${detail}`;
    };
    expect(said("preparing")).toBe("준비 중 11:56부터");
    expect(said("open")).toBe("영업 중 08:50부터");
    expect(said("on_break")).toBe("휴식 중 12:04 남음");
    expect(said("closing")).toBe("마감 중 11:57부터");
    expect(said("closed")).toBe("마감됨 03:00에");
    expect(dayLook(null, now, ko)).toMatchObject({ title: "영업 전", detail: "" });
  });

  it("says that a break is over until the server says so, and when it has no end", () => {
    const day = { day_id: "", prepared_at: now };
    expect(dayLook({ ...day, state: "on_break", since: now, until: now, cause: "rest" }, now, ko).detail).toBe("시간이 다 됐어요");
    expect(dayLook({ ...day, state: "on_break", since: now, cause: "rest" }, now, ko).detail).toBe("직접 켤 때까지");
  });

  it("is busy no longer than it was meant to be", () => {
    const day = { ...sampleDay("open", now), busy: { extra_minutes: 10, until: now + MINUTE } };
    expect(busyNow(day, now + MINUTE - 1)?.extra_minutes).toBe(10);
    expect(busyNow(day, now + MINUTE)).toBeNull();
    expect(busyNow({ ...day, busy: { extra_minutes: 10 } }, now + 1e9)?.extra_minutes).toBe(10);
    expect(busyNow(null, now)).toBeNull();
  });

  it("gives an end only where there is one", () => {
    expect(endsAt(1_000, 10)).toEqual({ until: 601_000 });
    expect(endsAt(1_000, null)).toEqual({});
  });
});

describe("the controls of the day", () => {
  it("take a break of half an hour in two presses", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("day-break_start"));
    await press(screen.getByTestId("break-ingredients-30"));
    const [sent] = asked(host, "day_break_start") as { cause: string; until: number }[];
    expect(sent?.cause).toBe("ingredients");
    expect((sent?.until ?? 0) - Date.now()).toBeGreaterThan(29 * MINUTE);
    expect((sent?.until ?? 0) - Date.now()).toBeLessThanOrEqual(30 * MINUTE);
    expect(screen.queryByTestId("break-panel")).toBeNull();
    expect(screen.getByTestId("day-state").dataset.state).toBe("on_break");
    await press(screen.getByTestId("day-break_end"));
    expect(asked(host, "day_break_end")).toEqual([{}]);
  });

  it("take a break that somebody ends, by F9", async () => {
    const host = await openWindow("busy");
    await key("F9");
    expect(screen.getByTestId("break-panel").textContent).toContain("주문이 몰려 잠시 주문을 멈췄어요");
    expect(asked(host, "day_break_start")).toEqual([]);
    await press(screen.getByTestId("break-too_busy-open"));
    expect(asked(host, "day_break_start")).toEqual([{ cause: "too_busy" }]);
  });

  it("leave no panel behind that comes back when it may be pressed again", async () => {
    const host = await openWindow("busy");
    const { day_view } = host.current;
    await key("F9");
    host.show({ day_view: { ...day_view, actions: ["closing_resume"] } });
    await vi.waitFor(() => expect(screen.queryByTestId("break-panel")).toBeNull());
    host.show({ day_view });
    await screen.findByTestId("day-break_start");
    expect(screen.queryByTestId("break-panel")).toBeNull();
  });

  it("offer no break before the store is open, and say so", async () => {
    await openWindow("preparing");
    await key("F9");
    expect(screen.queryByTestId("break-panel")).toBeNull();
    expect(screen.getByTestId("notice").textContent).toContain("지금은 휴식을 시작할 수 없어요");
  });

  it("add minutes while the store is busy, and take them away", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("day-busy"));
    await press(screen.getByTestId("busy-10-open"));
    expect(screen.getByTestId("day-busy-now").textContent).toContain("바쁨 +10분");
    await press(screen.getByTestId("day-busy"));
    await press(screen.getByTestId("busy-end"));
    expect(asked(host, "day_busy")).toEqual([{ extra_minutes: 10 }, { extra_minutes: 0 }]);
    expect(screen.queryByTestId("day-busy-now")).toBeNull();
  });

  it("start closing only at the second press, and open the wizard", async () => {
    const host = await openWindow("busy");
    await press(screen.getByTestId("day-closing_start"));
    expect(asked(host, "close_start")).toEqual([]);
    await press(screen.getByTestId("day-closing_start"));
    expect(asked(host, "close_start")).toEqual([{}]);
    expect(screen.getByTestId("page-closing")).toBeTruthy();
  });

  it("show a prediction as one", async () => {
    await openWindow("on-break");
    expect(screen.getByTestId("day-pending").textContent).toContain("전송 대기");
  });

  it("leave a viewer nothing to press", async () => {
    const host = await openWindow("viewer");
    expect(screen.getByTestId("read-only").textContent).toContain("읽기 전용");
    expect(screen.queryByTestId("day-closing_start")).toBeNull();
    await key("F9");
    expect(screen.queryByTestId("break-panel")).toBeNull();
    expect(host.calls.map((call) => call.name).filter((name) => name.startsWith("day_"))).toEqual([]);
  });

  it("tell a viewer what is missing, the counter or the line, and never that it may go on pressing", async () => {
    const host = await openWindow("offline", { read_only: true });
    expect(screen.getByTestId("link-cause").textContent).toContain("인터넷이 끊겼어요");
    expect(screen.getByTestId("link-cause").textContent).not.toContain("계속 누를 수");
    host.show({ link: { ...host.current.link, cause: "counter_not_connected" } });
    await vi.waitFor(() => expect(screen.getByTestId("link-cause").textContent).toContain("연결된 카운터가 없어요"));
    expect(screen.getByTestId("link-cause").textContent).toContain("저절로 보여요");
  });

  it("remind of the time and do what the reminder says", async () => {
    const host = await openWindow("preparing");
    const strip = screen.getByTestId("reminder-open_late");
    expect(strip.textContent).toContain("영업 시작 시간(10:00)이 지났어요");
    await press(screen.getByTestId("reminder-action"));
    expect(asked(host, "day_open")).toEqual([{}]);
  });
});
