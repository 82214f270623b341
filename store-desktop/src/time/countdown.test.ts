import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Clock } from "./clock.svelte";
import { countdown, minutesAndSeconds } from "./countdown";

describe("countdown", () => {
  it("shows a second until it is over", () => {
    expect(countdown(0, 420_000, 0)).toMatchObject({ text: "7:00", tone: "calm", share: 1 });
    expect(countdown(0, 420_000, 167_400).text).toBe("4:13");
    expect(countdown(0, 420_000, 419_999)).toMatchObject({ text: "0:01", left: 1 });
    expect(countdown(0, 420_000, 421_000)).toMatchObject({ text: "0:00", left: 0, share: 0 });
  });

  it("warns two minutes and one minute before the end", () => {
    expect(countdown(0, 420_000, 299_999).tone).toBe("calm");
    expect(countdown(0, 420_000, 300_000).tone).toBe("soon");
    expect(countdown(0, 420_000, 360_000).tone).toBe("late");
  });

  it("writes hours only when there are any", () => {
    expect(minutesAndSeconds(59)).toBe("0:59");
    expect(minutesAndSeconds(3_852)).toBe("1:04:12");
  });
});

describe("the window's clock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("counts down by the server's clock when the PC's is 90 seconds slow", () => {
    const clock = new Clock();
    const stop = clock.start();
    clock.follow({ now: 1_000_000, server_offset_ms: 90_000 });
    expect(countdown(0, 1_150_000, clock.server).text).toBe("1:00");
    vi.advanceTimersByTime(10_000);
    expect(countdown(0, 1_150_000, clock.server).text).toBe("0:50");
    stop();
  });

  it("does not jump when somebody sets the PC's clock", () => {
    const clock = new Clock();
    const stop = clock.start();
    clock.follow({ now: 5_000, server_offset_ms: 0 });
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(1_000);
    expect(clock.counter).toBe(6_000);
    expect(clock.silence).toBe(1_000);
    stop();
  });
});
