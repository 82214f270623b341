import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, inCard, key, openWindow, press } from "../host/sample/open-window";
import { newPrinter, placeProblem, withCopies } from "./printers";

async function pastTheStop(): Promise<void> {
  await press(within(screen.getByTestId("stop-24")).getByRole("button"));
}

describe("a printer's description", () => {
  const tcp = (address: string) => placeProblem({ transport: { via: "tcp", address } });
  const device = (path: string) => placeProblem({ transport: { via: "device", path } });

  it("is where it can be reached", () => {
    expect(["192.168.0.50", "192.168.0.50:9100", "printer.local:9101"].map(tcp)).toEqual([null, null, null]);
    expect(["", "http://x", "192.168.0.50:0", "192.168.0.50:99999", "a b"].map(tcp)).toEqual([
      "address_missing",
      "address_wrong",
      "address_wrong",
      "address_wrong",
      "address_wrong",
    ]);
    expect(["/dev/usb/lp0", "COM3", "\\\\pc\\printer"].map(device)).toEqual([null, null, null]);
    expect(["", "lp0"].map(device)).toEqual(["path_missing", "path_wrong"]);
  });

  it("names each kind once, with as many copies as are wanted", () => {
    const { prints } = newPrinter("a");
    expect(withCopies(prints, "kitchen", 3)).toContainEqual({ kind: "kitchen", copies: 3 });
    expect(withCopies(prints, "kitchen", 0)).toEqual([{ kind: "cancel", copies: 1 }]);
    expect(withCopies(prints, "kitchen", 99)).toContainEqual({ kind: "kitchen", copies: 5 });
  });
});

describe("printing", () => {
  it("says what is wrong above the orders and leads to what is held", async () => {
    const host = await openWindow("trouble");
    await pastTheStop();
    expect(screen.getByTestId("printer-kitchen-problem").textContent).toContain("용지가 없어요");
    expect(inCard(15).getByTestId("not-printed")).toBeTruthy();
    await press(screen.getByTestId("open-held"));
    const held = await screen.findByTestId("held-32");
    expect(held.textContent).toContain("이미 인쇄되었을 수 있어요");
    await press(within(held).getByTestId("discard"));
    await press(within(screen.getByTestId("held-31")).getByTestId("print"));
    expect(asked(host, "discard_prints")).toEqual([{ ids: [32] }]);
    expect(asked(host, "print_held")).toEqual([{ ids: [31] }]);
    expect(screen.queryByTestId("held-tickets")).toBeNull();
  });

  it("throws all held tickets away at the second press only", async () => {
    const host = await openWindow("trouble");
    await pastTheStop();
    await press(screen.getByTestId("open-held"));
    await press(await screen.findByTestId("discard-all"));
    expect(asked(host, "discard_prints")).toEqual([]);
    expect(screen.getByTestId("discard-all").textContent).toContain("2장 모두 지움");
    await press(screen.getByTestId("discard-all"));
    expect(asked(host, "discard_prints")).toEqual([{ ids: [31, 32] }]);
  });

  it("adds a printer, and says at the field what is wrong with it", async () => {
    const host = await openWindow("busy");
    await goTo("printing");
    await press(await screen.findByTestId("add-printer"));
    const form = screen.getByTestId("printer-form").querySelector("form") as HTMLFormElement;
    await fireEvent.submit(form);
    expect(screen.getByTestId("printer-place-problem").textContent).toContain("주소를 적어 주세요");
    await fireEvent.input(screen.getByTestId("printer-name"), { target: { value: "바" } });
    await fireEvent.input(screen.getByTestId("printer-place"), { target: { value: "10.0.0.7" } });
    await press(screen.getByTestId("printer-paper-mm58"));
    await fireEvent.submit(form);
    const [wanted] = asked(host, "set_printers") as { printers: unknown[] }[];
    expect(wanted?.printers).toHaveLength(3);
    expect(wanted?.printers[2]).toMatchObject({ name: "바", transport: { via: "tcp", address: "10.0.0.7" }, paper: "mm58", enabled: true });
  });

  it("shows what will be on the paper, of the order and the paper that are chosen", async () => {
    const host = await openWindow("busy");
    await goTo("printing");
    await screen.findByTestId("preview-image");
    await press(screen.getByTestId("preview-kind-slip"));
    await press(screen.getByTestId("preview-paper-mm58"));
    expect(asked(host, "print_preview").at(-1)).toEqual({ kind: "slip", paper: "mm58", order_id: host.current.lanes.fresh[0]?.order.id });
    expect(screen.getByTestId("preview-image").getAttribute("alt")).toContain("매실");
  });

  it("tests a printer and tells how it went", async () => {
    const host = await openWindow("busy");
    await goTo("printing");
    await press(within(await screen.findByTestId("printer-kitchen")).getByTestId("test-print"));
    expect(asked(host, "test_print")).toEqual([{ printer: "kitchen" }]);
    expect((await screen.findByText(/주방에서 나왔어요/)).closest("[data-testid=notice]")).toBeTruthy();
  });

  it("prints the selected order again by F5", async () => {
    const host = await openWindow("busy");
    await key("F5");
    expect(screen.getByTestId("notice").textContent).toContain("먼저 주문을 골라 주세요");
    await key("ArrowDown");
    await key("F5");
    expect(asked(host, "reprint")).toEqual([{ order_id: host.current.lanes.fresh[0]?.order.id, kind: "kitchen" }]);
  });
});
