import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { HostError } from "../host/Host";
import { asked, openWindow, press } from "../host/sample/open-window";
import { isMobile } from "./phone";
import { missingOf } from "./staff-form";

const device = (n: number) => `0195d000-0000-7000-8000-00000000d00${n}`;
const write = (testid: string, value: string) => fireEvent.input(screen.getByTestId(testid), { target: { value } });

async function openPeople(tab: "devices" | "staff" | "security" = "devices") {
  const host = await openWindow("busy");
  await press(screen.getByTestId("menu"));
  await press(screen.getByTestId("go-people"));
  await press(screen.getByTestId(`people-${tab}`));
  return host;
}

describe("devices", () => {
  it("are announced, and let in at the second press with the number that was seen", async () => {
    const host = await openWindow("busy");
    expect(screen.getByTestId("device-request-strip").textContent).toContain("홀 태블릿 (47)");
    await press(screen.getByTestId("device-request-show"));
    expect(screen.getByTestId("request-47").textContent).toContain("처음 보는 기기예요");
    await press(screen.getByTestId("request-47-allow"));
    expect(asked(host, "decide_device")).toEqual([]);
    await press(screen.getByTestId("request-47-allow"));
    expect(asked(host, "decide_device")).toEqual([
      { confirmation_id: "0195d000-0000-7000-8000-00000000c101", number: "47", allow: true },
    ]);
    expect(screen.queryByTestId("request-47")).toBeNull();
  });

  it("are sent away at once", async () => {
    const host = await openPeople();
    await press(screen.getByTestId("request-47-deny"));
    expect(asked(host, "decide_device")).toMatchObject([{ allow: false }]);
  });

  it("are listed with who is there, this one first, and revoked at the second press", async () => {
    const host = await openPeople();
    const rows = [...document.querySelectorAll('[data-testid^="device-0195"]')].filter((row) => row.tagName === "DIV");
    expect(rows.map((row) => (row as HTMLElement).dataset.testid)).toEqual([1, 2, 3, 4].map((n) => `device-${device(n)}`));
    expect(rows[0]?.textContent).toContain("이 기기");
    expect(rows[1]?.textContent).toContain("읽기 전용 · 박서준");
    expect(screen.queryByTestId(`device-${device(1)}-revoke`)).toBeNull();
    await press(screen.getByTestId(`device-${device(3)}-revoke`));
    await press(screen.getByTestId(`device-${device(3)}-revoke`));
    expect(asked(host, "revoke_device")).toEqual([{ device_id: device(3) }]);
  });

  it("are confirmed when the owner says so with the password", async () => {
    const host = await openPeople();
    await press(screen.getByTestId("confirm-new-devices"));
    await write("own-password-field", "a long pass phrase");
    await press(screen.getByTestId("own-password-send"));
    expect(asked(host, "change_settings")).toEqual([{ own_password: "a long pass phrase", confirm_new_devices: true }]);
  });
});

describe("staff", () => {
  it("are added with the owner's own password", async () => {
    const host = await openPeople("staff");
    await press(screen.getByTestId("staff-add"));
    await press(screen.getByTestId("staff-save"));
    expect(screen.getByTestId("staff-problem").textContent).toContain("이름 칸을 채워 주세요");
    await write("staff-name", "최유나");
    await write("staff-login-id", "yuna2026");
    await write("staff-password", "another phrase");
    await write("staff-own-password", "a long pass phrase");
    await press(screen.getByTestId("staff-save"));
    expect(asked(host, "add_staff")).toEqual([
      { own_password: "a long pass phrase", login_id: "yuna2026", password: "another phrase", name: "최유나", role: "staff" },
    ]);
    expect(screen.queryByTestId("staff-form")).toBeNull();
  });

  it("are changed by what is different only, and a refusal stays in the form", async () => {
    const host = await openPeople("staff");
    await press(screen.getByTestId("staff-seojun22-change"));
    await write("staff-password", "new pass phrase");
    await write("staff-own-password", "wrong");
    host.failures.set("change_staff", new HostError({ code: "own_password_wrong", korean: "내 비밀번호가 맞지 않아요.", english: "Your password is wrong." }));
    await press(screen.getByTestId("staff-save"));
    expect((await screen.findByTestId("staff-problem")).textContent).toContain("내 비밀번호가 맞지 않아요.");
    expect(asked(host, "change_staff")).toEqual([
      { staff_id: "0195d000-0000-7000-8000-00000000e002", own_password: "wrong", password: "new pass phrase" },
    ]);
  });

  it("are disabled at the second press, with nothing but the owner's password", async () => {
    const host = await openPeople("staff");
    await press(screen.getByTestId("staff-seojun22-change"));
    await write("staff-own-password", "a long pass phrase");
    await press(screen.getByTestId("staff-disable"));
    await press(screen.getByTestId("staff-disable"));
    expect(asked(host, "change_staff")).toMatchObject([{ own_password: "a long pass phrase", disabled: true }]);
    expect(missingOf({ name: "", login_id: "", password: "", role: "staff", own_password: "x" }, host.current.desk?.me ?? null, true)).toBeNull();
  });
});

describe("the owner's number", () => {
  const save = () => press(screen.getByTestId("owner-number-form-save"));

  it("is shown masked, and changed with the owner's password to a mobile number only", async () => {
    const host = await openPeople("staff");
    expect(screen.getByTestId("owner-number").textContent).toBe("010-****-5678");
    await press(screen.getByTestId("owner-number-change"));
    await write("owner-number-password", "a long pass phrase");
    await write("owner-number-field", "02-332-0101");
    await save();
    expect(screen.getByTestId("owner-number-field-problem").textContent).toContain("010-0000-0000처럼");
    expect(asked(host, "change_alert_phone")).toEqual([]);
    await write("owner-number-field", " 010 1234 5678 ");
    await save();
    expect(asked(host, "change_alert_phone")).toEqual([{ own_password: "a long pass phrase", phone: "010 1234 5678" }]);
  });

  it("is erased", async () => {
    const host = await openPeople("staff");
    await press(screen.getByTestId("owner-number-change"));
    await press(screen.getByTestId("owner-number-erase"));
    await write("owner-number-password", "a long pass phrase");
    await save();
    expect(asked(host, "change_alert_phone")).toEqual([{ own_password: "a long pass phrase", phone: null }]);
  });

  it("is nobody's business but the owner's", async () => {
    const host = await openPeople("staff");
    const desk = host.current.desk;
    if (desk) host.show({ desk: { ...desk, me: { ...desk.me, role: "staff" } } });
    await waitFor(() => expect(screen.queryByTestId("owner-number")).toBeNull());
  });

  it.each([
    ["010-0000-0001", true],
    ["+82 10-0000-0001", true],
    ["011 123 4567", true],
    ["02-332-0101", false],
    ["010-0000-00011", false],
    ["010-0000-000a", false],
    ["", false],
  ])("reads %s as a mobile number: %s", (text, mobile) => {
    expect(isMobile(text)).toBe(mobile);
  });
});

describe("the second factor", () => {
  it("is set up with a picture and a first code, and the recovery codes are closed by their own button only", async () => {
    const host = await openPeople("security");
    await press(screen.getByTestId("second-factor-begin"));
    await write("own-password-field", "a long pass phrase");
    await press(screen.getByTestId("own-password-send"));
    expect((await screen.findByTestId("qr-code")).getAttribute("src")).toContain("data:image/svg+xml,");
    expect(screen.getByTestId("second-factor-secret").textContent).toContain("JBSW Y3DP");
    await write("second-factor-code", "123 456");
    await press(screen.getByTestId("second-factor-confirm"));
    expect(asked(host, "confirm_second_factor")).toEqual([{ code: "123456" }]);
    expect((await screen.findByTestId("recovery-codes")).children).toHaveLength(8);
    await press(screen.getByTestId("second-factor-set-up-close"));
    expect(screen.getByTestId("recovery-codes")).toBeTruthy();
    await press(screen.getByTestId("recovery-done"));
    expect(screen.queryByTestId("recovery-codes")).toBeNull();
  });
});

describe("a form", () => {
  const cases = [
    { form: "my-password", open: "password-change", fields: ["my-password-now", "my-password-next"], send: "my-password-save", call: "change_password" },
    { form: "own-password", open: "second-factor-begin", fields: ["own-password-field"], send: "own-password-send", call: "begin_second_factor" },
  ] as const;

  it.each(cases)("$form is sent once, however fast it is pressed, and only when it is filled in", async ({ open, fields, send, call }) => {
    const host = await openPeople("security");
    await press(screen.getByTestId(open));
    expect((screen.getByTestId(send) as HTMLButtonElement).disabled).toBe(true);
    for (const field of fields) await write(field, "a long pass phrase");
    const button = screen.getByTestId(send);
    void fireEvent.click(button);
    await press(button);
    expect(asked(host, call)).toHaveLength(1);
  });

  it("that was refused stays and can be sent again", async () => {
    const host = await openPeople("security");
    await press(screen.getByTestId("password-change"));
    await write("my-password-now", "wrong");
    await write("my-password-next", "a long pass phrase");
    host.failures.set("change_password", new HostError({ code: "own_password_wrong", korean: "내 비밀번호가 맞지 않아요.", english: "Your password is wrong." }));
    await press(screen.getByTestId("my-password-save"));
    const again = screen.getByTestId("my-password-save") as HTMLButtonElement;
    await waitFor(() => expect(again.disabled).toBe(false));
    await press(again);
    expect(asked(host, "change_password")).toHaveLength(2);
    await waitFor(() => expect(screen.queryByTestId("my-password")).toBeNull());
  });
});
