import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { WeekSchedule } from "../generated/WeekSchedule";
import { SAMPLE_SCHEDULE } from "../host/sample/day-calls";
import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";
import { nextMorning, readMinute, writeMinute } from "./minute";
import { countProblems, formOf, problemsOf, weekOf, type WeekForm } from "./week";

const WEEK = SAMPLE_SCHEDULE.schedule;
const changed = (change: (form: WeekForm) => void) => {
  const form = formOf(WEEK);
  change(form);
  return problemsOf(form);
};

describe("a time of the business day", () => {
  it.each([
    ["9", 540],
    ["930", 570],
    ["0930", 570],
    ["9:30", 570],
    [" 25:00 ", 1_500],
    ["36:00", 2_160],
    ["36:01", null],
    ["9:60", null],
    ["", null],
    ["ten", null],
    ["-1", null],
  ])("reads %s as %s", (text, minute) => {
    expect(readMinute(text)).toBe(minute);
  });

  it("is written as the server reads it", () => {
    expect([570, 1_500, 0].map(writeMinute)).toEqual(["09:30", "25:00", "00:00"]);
    expect(nextMorning(1_500)).toBe("01:00");
    expect(nextMorning(1_439)).toBeNull();
  });
});

describe("a week", () => {
  it("goes through the form unchanged", () => {
    expect(weekOf(formOf(WEEK))).toEqual<WeekSchedule>(WEEK);
    expect(countProblems(problemsOf(formOf(WEEK)))).toBe(0);
  });

  it("is not sent while something is wrong, and says where", () => {
    expect(changed((form) => (form.tue.close = "09:00")).tue).toEqual({ close: "close_before_open" });
    expect(changed((form) => (form.tue.open = "tea")).tue).toEqual({ open: "not_a_time" });
    const rest = (from: string, to: string) => changed((form) => (form.thu.breaks = [{ from, to }])).thu;
    expect(rest("15:00", "14:00")).toEqual({ to0: "rest_reversed" });
    expect(rest("10:00", "17:00")).toEqual({ from0: "rest_outside" });
    expect(rest("15:00", "22:00")).toEqual({ to0: "rest_outside" });
    const form = formOf(WEEK);
    form.fri.close = "36:00";
    expect(problemsOf(form).fri).toEqual({ close: "overlaps_next" });
    expect(weekOf(form)).toBeNull();
  });

  it("has as many breaks as a day needs, and they may not meet", () => {
    const several = (...times: [string, string][]) => {
      const form = formOf(WEEK);
      form.thu.breaks = times.map(([from, to]) => ({ from, to }));
      return form;
    };
    const sound = several(["15:00", "17:00"], ["11:30", "12:00"], ["20:00", "20:30"]);
    expect(problemsOf(sound).thu).toEqual({});
    const sent = weekOf(sound)?.thu;
    expect(sent).toMatchObject({ break: ["11:30", "12:00"], more_breaks: [["15:00", "17:00"], ["20:00", "20:30"]] });
    expect(formOf({ ...WEEK, thu: sent ?? null }).thu.breaks.map((one) => one.from)).toEqual(["11:30", "15:00", "20:00"]);
    expect(problemsOf(several(["15:00", "17:00"], ["16:30", "18:00"])).thu).toEqual({ from1: "rests_overlap" });
    expect(problemsOf(several(["15:00", "17:00"], ["17:00", "18:00"])).thu).toEqual({ from1: "rests_overlap" });
    expect(problemsOf(several(["15:00", "17:00"], ["01:00", "01:30"])).thu).toEqual({ from1: "rest_outside" });
    expect(problemsOf(several(["15:00", "17:00"], ["", "20:00"])).thu).toEqual({ from1: "not_a_time" });
    expect(weekOf(several(["15:00", "17:00"], ["16:30", "18:00"]))).toBeNull();
  });

  it("lets a night end when the next day begins, and Sunday before Monday", () => {
    expect(changed((form) => (form.fri.close = "34:00")).fri).toEqual({});
    expect(
      changed((form) => {
        form.mon = { ...form.tue, open: "09:00" };
        form.sun.close = "34:00";
      }).sun,
    ).toEqual({ close: "overlaps_next" });
  });
});

describe("the schedule editor", () => {
  async function openEditor() {
    const host = await openWindow("busy");
    await press(screen.getByTestId("menu"));
    await press(screen.getByTestId("go-schedule"));
    await screen.findByTestId("day-mon");
    return host;
  }
  const write = (testid: string, value: string) => fireEvent.input(screen.getByTestId(testid), { target: { value } });

  it("shows a problem at its field and saves only without one", async () => {
    const host = await openEditor();
    await write("tue-close", "930");
    expect(screen.getByTestId("tue-close-problem").textContent).toContain("시작보다 늦어야 해요");
    expect((screen.getByTestId("schedule-save") as HTMLButtonElement).disabled).toBe(true);
    await write("tue-close", "2330");
    await press(screen.getByTestId("schedule-save"));
    const sent = asked(host, "set_schedule")[0] as { schedule: WeekSchedule };
    expect(sent.schedule.tue).toEqual({ open: "10:00", close: "23:30" });
    expect(sent).toMatchObject({ holidays: SAMPLE_SCHEDULE.holidays, policy: SAMPLE_SCHEDULE.policy });
    expect((await screen.findByTestId("schedule-state")).textContent).toContain("바뀐 것이 없어요");
  });

  it("says what hours past midnight mean, and copies a day to all", async () => {
    const host = await openEditor();
    expect(screen.getByTestId("day-fri").textContent).toContain("다음 날 01:00");
    await press(screen.getByTestId("thu-copy"));
    await press(screen.getByTestId("schedule-save"));
    const { schedule } = asked(host, "set_schedule")[0] as { schedule: WeekSchedule };
    expect(new Set(Object.values(schedule).map((day) => JSON.stringify(day))).size).toBe(1);
    expect(schedule.mon).toEqual(WEEK.thu);
  });

  it("adds a break, tells where two meet, and takes one away", async () => {
    const host = await openEditor();
    await press(screen.getByTestId("thu-rest-add"));
    await write("thu-rest-from-2", "1630");
    await write("thu-rest-to-2", "1730");
    expect(screen.getByTestId("thu-rest-from-2-problem").textContent).toContain("다른 휴식과 겹치거나");
    expect((screen.getByTestId("schedule-save") as HTMLButtonElement).disabled).toBe(true);
    await write("thu-rest-from-2", "1930");
    await write("thu-rest-to-2", "2000");
    await press(screen.getByTestId("schedule-save"));
    const first = asked(host, "set_schedule")[0] as { schedule: WeekSchedule };
    expect(first.schedule.thu).toEqual({ ...WEEK.thu, more_breaks: [["19:30", "20:00"]] });
    await press(screen.getByTestId("thu-rest-remove"));
    await press(screen.getByTestId("schedule-save"));
    const second = asked(host, "set_schedule")[1] as { schedule: WeekSchedule };
    expect(second.schedule.thu).toEqual({ open: WEEK.thu?.open, close: WEEK.thu?.close, break: ["19:30", "20:00"] });
    expect(screen.queryByTestId("thu-rest-remove")).toBeNull();
  });

  it("adds and removes holidays, once each", async () => {
    const host = await openEditor();
    await write("holiday-date", "2026-12-25");
    await press(screen.getByTestId("holiday-add"));
    await write("holiday-date", "2026-12-31");
    await press(screen.getByTestId("holiday-add"));
    await press(screen.getByTestId("holiday-2027-02-07").querySelector("button") as HTMLElement);
    await press(screen.getByTestId("schedule-save"));
    expect(asked(host, "set_schedule")).toMatchObject([{ holidays: ["2026-12-25", "2026-12-31"] }]);
  });

  it("says what may be ordered for later, and takes no number that the server would refuse", async () => {
    const host = await openEditor();
    await press(screen.getByTestId("reservations-slot-15"));
    for (const wrong of ["0", "501", "-1", "1.5", "많이", ""]) {
      await write("reservations-capacity", wrong);
      expect((screen.getByTestId("schedule-save") as HTMLButtonElement).disabled, wrong).toBe(true);
    }
    expect(screen.getByTestId("page-schedule").textContent).toContain("1부터 500까지");
    await write("reservations-capacity", " 4 ");
    await press(screen.getByTestId("schedule-save"));
    const rules = { enabled: true, slot_minutes: 15, capacity: 4 };
    expect(asked(host, "set_schedule")).toMatchObject([{ reservations: rules, policy: SAMPLE_SCHEDULE.policy }]);
    await press(screen.getByTestId("reservations-enabled"));
    expect(screen.queryByTestId("reservations-capacity")).toBeNull();
    await press(screen.getByTestId("schedule-save"));
    expect(asked(host, "set_schedule")[1]).toMatchObject({ reservations: { ...rules, enabled: false } });
  });

  it("asks again before Esc leaves what is not saved, and has it still when somebody comes back", async () => {
    await openEditor();
    await write("tue-close", "2330");
    await fireEvent.keyDown(screen.getByTestId("tue-close"), { key: "Escape" });
    expect(screen.getByTestId("notice").textContent).toContain("저장하지 않은 변경이 있어요");
    // A second Esc at once is the same press.
    await fireEvent.keyDown(screen.getByTestId("tue-close"), { key: "Escape" });
    expect((screen.getByTestId("tue-close") as HTMLInputElement).value).toBe("2330");
    await press(screen.getByTestId("page-home"));
    await goTo("schedule");
    expect((screen.getByTestId("tue-close") as HTMLInputElement).value).toBe("2330");
    expect(screen.getByTestId("schedule-state").textContent).toContain("저장하지 않은 변경이 있어요");
    await press(screen.getByTestId("schedule-undo"));
    await fireEvent.keyDown(document.body, { key: "Escape" });
    expect(screen.queryByTestId("page-schedule")).toBeNull();
  });

  it("keeps nothing for who signs in next, and shows what another changed meanwhile", async () => {
    const host = await openEditor();
    await write("tue-close", "2330");
    await press(screen.getByTestId("page-home"));
    const answer = host.call.bind(host);
    const holidays: string[] = [];
    host.call = async (name, args) => (name === "schedule" ? ({ ...SAMPLE_SCHEDULE, holidays } as never) : answer(name, args));
    await goTo("schedule");
    expect((await screen.findByTestId("problem")).textContent).toContain("그사이 다른 곳에서");
    expect((screen.getByTestId("tue-close") as HTMLInputElement).value).toBe("22:00");
    await write("tue-close", "2330");
    host.show({ screen: "sign_in" });
    await screen.findByTestId("sign-in-submit");
    host.show({ screen: "counter" });
    await screen.findByTestId("page-schedule");
    expect(((await screen.findByTestId("tue-close")) as HTMLInputElement).value).toBe("22:00");
  });

  it("is for owners to change", async () => {
    const host = await openWindow("busy");
    const desk = host.current.desk;
    if (desk) host.show({ desk: { ...desk, me: { ...desk.me, role: "staff" } } });
    await press(screen.getByTestId("menu"));
    await press(screen.getByTestId("go-schedule"));
    await screen.findByTestId("day-mon");
    expect(screen.queryByTestId("schedule-save")).toBeNull();
    expect(screen.getByTestId("page-schedule").textContent).toContain("사장님만 바꿀 수 있어요");
  });
});
