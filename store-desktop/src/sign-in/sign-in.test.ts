import { fireEvent, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import type { PendingSignIn } from "../generated/PendingSignIn";
import { HostError } from "../host/Host";
import { asked, openWindow, press } from "../host/sample/open-window";
import { held } from "../host/sample/SampleHost";
import { pendingSignIn, severalStores } from "../host/sample/sign-in";

async function write(testid: string, text: string): Promise<void> {
  await fireEvent.input(screen.getByTestId(testid), { target: { value: text } });
}

async function fillAndSubmit(): Promise<void> {
  await write("sign-in-server", " https://order.example ");
  await write("sign-in-login-id", "hongdae");
  await write("sign-in-password", "a long pass phrase");
  await press(screen.getByTestId("sign-in-submit"));
}

const SIGN_IN = { server_url: "https://order.example", login_id: "hongdae", password: "a long pass phrase" };

describe("sign-in", () => {
  it("signs in and shows the counter", async () => {
    const host = await openWindow("sign-in");
    await fillAndSubmit();
    expect(asked(host, "sign_in")).toEqual([{ ...SIGN_IN, take_over: false }]);
    expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
  });

  it("says who holds the counter, and takes over only at the second press", async () => {
    const host = await openWindow("sign-in");
    host.failures.set("sign_in", held(Date.UTC(2026, 10, 21, 3, 0)));
    await fillAndSubmit();
    const notice = await screen.findByTestId("sign-in-held");
    expect(notice.textContent).toContain("카운터 PC (주방 옆)");
    expect(notice.textContent).toContain("11월 21일 (토) 09:00");
    await press(screen.getByTestId("sign-in-take-over"));
    expect(asked(host, "sign_in")).toHaveLength(1);
    expect(screen.getByTestId("sign-in-take-over").textContent).toContain("한 번 더 누르면");
    await press(screen.getByTestId("sign-in-take-over"));
    expect(asked(host, "sign_in")[1]).toEqual({ ...SIGN_IN, take_over: true });
    expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
  });

  it("shows an error's sentence in the language of the window", async () => {
    const host = await openWindow("sign-in", { language: "en" });
    const problem = { code: "sign_in_failed", korean: "아이디나 비밀번호가 맞지 않아요.", english: "The id or the password is wrong." };
    host.failures.set("sign_in", new HostError(problem));
    await fillAndSubmit();
    expect((await screen.findByTestId("sign-in-problem")).textContent).toContain("The id or the password is wrong.");
  });

  it("asks for what is missing instead of calling the host", async () => {
    const host = await openWindow("sign-in");
    await press(screen.getByTestId("sign-in-submit"));
    expect(screen.getByTestId("sign-in-problem").textContent).toContain("서버 주소");
    expect(asked(host, "sign_in")).toEqual([]);
  });

  it("registers a store with its claim code", async () => {
    const host = await openWindow("sign-in");
    await press(screen.getByTestId("sign-in-mode-claim"));
    await write("sign-in-claim-code", "ABCD-1234");
    await fillAndSubmit();
    expect(asked(host, "claim")).toEqual([{ ...SIGN_IN, claim_code: "ABCD-1234" }]);
  });

  it("explains why the counter was signed out", async () => {
    await openWindow("taken-over");
    expect(screen.getByTestId("signed-out-reason").textContent).toContain("다른 기기가 카운터를 넘겨받아");
    expect((screen.getByTestId("sign-in-login-id") as HTMLInputElement).value).toBe("hongdae");
  });

  it("says which device took over, and when", async () => {
    const host = await openWindow("taken-over");
    const problem = host.current.sign_in_problem;
    const since = Date.UTC(2026, 10, 21, 3, 0);
    if (problem) host.show({ sign_in_problem: { ...problem, holder: { device_name: "주방 PC", since, last_seen: since } } });
    expect((await screen.findByTestId("signed-out-reason")).textContent).toContain("12:00에 '주방 PC'에서");
  });

  it("asks which store when the login has several", async () => {
    const host = await openWindow("sign-in");
    host.failures.set("sign_in", severalStores());
    await fillAndSubmit();
    await press(await screen.findByTestId("sign-in-store-2"));
    expect(asked(host, "sign_in")[1]).toEqual({ ...SIGN_IN, take_over: false, store_id: "0195d000-0000-7000-8000-00000000a002" });
    expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
  });

  it("signs in to look on only", async () => {
    const host = await openWindow("sign-in");
    await press(screen.getByTestId("sign-in-kind-viewer"));
    await fillAndSubmit();
    expect(asked(host, "sign_in")).toEqual([{ ...SIGN_IN, take_over: false, kind: "viewer" }]);
  });

  it("adds a store to a login that exists already", async () => {
    const host = await openWindow("sign-in");
    const problem = { code: "login_id_taken", korean: "이미 쓰는 아이디예요.", english: "This id is taken." };
    host.failures.set("claim", new HostError(problem));
    await press(screen.getByTestId("sign-in-mode-claim"));
    await write("sign-in-claim-code", "ABCD-1234");
    await fillAndSubmit();
    await press(await screen.findByTestId("sign-in-existing-login"));
    expect(asked(host, "claim")[1]).toMatchObject({ existing_login: true, claim_code: "ABCD-1234" });
  });
});

describe("a device that is new", () => {
  const shown = async (change: Partial<PendingSignIn> = {}) =>
    openWindow("new-device", { pending_sign_in: { ...pendingSignIn(Date.now()), ...change } });

  it("shows the number that the counter shows, and how long it may be allowed", async () => {
    await shown();
    expect(screen.getByTestId("sign-in-number").textContent).toBe("47");
    expect(screen.getByTestId("sign-in-confirming").textContent).toMatch(/(10:00|9:5\d) 안에/);
  });

  it("is let in by a code, and a wrong one may be typed again", async () => {
    const host = await shown();
    const wrong = { code: "second_factor_wrong", korean: "인증 번호가 맞지 않아요.", english: "The code is wrong." };
    host.failures.set("confirm_sign_in", new HostError(wrong));
    await write("sign-in-second-factor", "111 111");
    await press(screen.getByTestId("sign-in-second-factor-send"));
    expect((await screen.findByTestId("sign-in-problem")).textContent).toContain("인증 번호가 맞지 않아요.");
    await write("sign-in-second-factor", "222 222");
    await press(screen.getByTestId("sign-in-second-factor-send"));
    expect(asked(host, "confirm_sign_in")).toEqual([
      { take_over: false, second_factor: "111111" },
      { take_over: false, second_factor: "222222" },
    ]);
    expect(await screen.findByTestId("lane-fresh")).toBeTruthy();
  });

  it("may take over once it was let in", async () => {
    const host = await shown({ problem: held(Date.now()).problem });
    expect(screen.queryByTestId("sign-in-number")).toBeNull();
    expect(screen.getByTestId("sign-in-confirming").textContent).toContain("이 기기가 허락되었어요");
    await press(screen.getByTestId("sign-in-take-over"));
    await press(screen.getByTestId("sign-in-take-over"));
    expect(asked(host, "confirm_sign_in")).toEqual([{ take_over: true }]);
  });

  it("says what to do when nobody can let it in, and goes back", async () => {
    const host = await shown({ by_counter: false, by_second_factor: false });
    expect(screen.getByTestId("sign-in-nobody").textContent).toContain("카운터를 켜거나");
    await press(screen.getByTestId("sign-in-back"));
    expect(asked(host, "cancel_sign_in")).toEqual([{}]);
    expect(await screen.findByTestId("sign-in-submit")).toBeTruthy();
  });
});
