import { screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { asked, key, openWindow, press } from "../host/sample/open-window";

async function openCheck() {
  const host = await openWindow("preparing");
  await press(screen.getByTestId("day-check"));
  return host;
}

describe("the opening check", () => {
  it("says how each thing is in words", async () => {
    await openCheck();
    expect(screen.getByTestId("check-clock").textContent).toContain("좋아요");
    expect(screen.getByTestId("check-printer").textContent).toContain("용지가 없어요");
    expect(screen.getByTestId("check-printer").textContent).toContain("확인 필요");
    expect(screen.getByTestId("opening-goods").textContent).toBe("7가지 중 3가지 좋음");
  });

  it("asks whether the sound was heard only after it was played", async () => {
    const host = await openCheck();
    expect(screen.queryByTestId("sound-heard")).toBeNull();
    await press(screen.getByTestId("check-sound-play"));
    await press(await screen.findByTestId("sound-not-heard"));
    expect(asked(host, "sound_heard")).toEqual([{ sound: "fresh", heard: false }]);
  });

  it("says so when there is nothing to sound with", async () => {
    const host = await openCheck();
    host.show({ alarm: { ...host.current.alarm, output: "none" } });
    await press(screen.getByTestId("check-sound-play"));
    expect((await screen.findByTestId("problem")).textContent).toContain("소리를 낼 장치가 없어요");
    expect(screen.queryByTestId("sound-heard")).toBeNull();
  });

  it("never stands in the way of opening, and is kept", async () => {
    const host = await openCheck();
    expect(screen.getByTestId("opening-open").textContent).toContain("그래도 영업 시작");
    await press(screen.getByTestId("opening-open"));
    await screen.findByTestId("lane-fresh");
    expect(asked(host, "opening_finish")).toEqual([{}]);
    expect(asked(host, "day_open")).toEqual([{}]);
  });

  it("is left by Escape, and no key answers an order behind it", async () => {
    const host = await openCheck();
    await key("F1");
    expect(asked(host, "act")).toEqual([]);
    await key("Escape");
    expect(screen.queryByTestId("page-opening")).toBeNull();
    expect(screen.getByTestId("lane-fresh")).toBeTruthy();
  });

  it("begins with preparing the day", async () => {
    const host = await openWindow("closed-day");
    await press(screen.getByTestId("day-prepare"));
    expect(asked(host, "day_prepare")).toEqual([{}]);
    expect(await screen.findByTestId("page-opening")).toBeTruthy();
  });
});
