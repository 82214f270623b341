import { screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";

const sound = (name: string) => within(screen.getByTestId(`sound-${name}`));

describe("the sounds", () => {
  it("are four, each played and asked about", async () => {
    const host = await openWindow("busy");
    await goTo("sounds");
    for (const name of ["fresh", "cancelled", "rider", "trouble"]) {
      await press(sound(name).getByTestId("play"));
      await press(await sound(name).findByTestId("heard"));
    }
    expect(asked(host, "play_sound")).toEqual(["fresh", "cancelled", "rider", "trouble"].map((sound) => ({ sound })));
    expect(asked(host, "sound_heard")).toContainEqual({ sound: "rider", heard: true });
    expect(screen.getByTestId("sound-rider").textContent).toContain("들렸다고 확인");
  });

  it("that nobody heard lead to what can be done", async () => {
    const host = await openWindow("busy");
    await goTo("sounds");
    await press(sound("fresh").getByTestId("play"));
    await press(await sound("fresh").findByTestId("unheard"));
    expect(asked(host, "sound_heard")).toEqual([{ sound: "fresh", heard: false }]);
    expect(screen.getByTestId("sound-fresh").textContent).toContain("음량과 스피커");
    expect(screen.getByTestId("sound-fresh").textContent).toContain("안 들린다고 했어요");
  });

  it("are known to be too quiet, muted or without a device", async () => {
    const host = await openWindow("busy");
    await goTo("sounds");
    expect(screen.getByTestId("sound-level").dataset.state).toBe("good");
    host.show({ sounds: { ...host.current.sounds, level: 12 } });
    expect((await screen.findByText("PC 음량이 작아요")).closest("section")?.dataset.state).toBe("quiet");
    host.show({ sounds: { ...host.current.sounds, muted: true } });
    await screen.findByText("PC가 음소거되어 있어요");
    host.show({ alarm: { ...host.current.alarm, output: "none" } });
    await screen.findByText("소리를 낼 장치가 없어요");
  });
});
