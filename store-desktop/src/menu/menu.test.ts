import { fireEvent, screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { goTo } from "../host/sample/go";
import { asked, openWindow, press } from "../host/sample/open-window";
import { choiceProblem, MAX_PRICE, nameProblem, readCount, readPrice } from "./checks";
import { itemEdits, moved } from "./edits";
import { newKey } from "./keys";

async function write(field: string, text: string): Promise<void> {
  await fireEvent.input(screen.getByTestId(field), { target: { value: text } });
}

async function save(form: string): Promise<void> {
  const element = screen.getByTestId(form).querySelector("form");
  if (!element) throw new Error(`${form} is a form`);
  await fireEvent.submit(element);
}

const edits = (host: Awaited<ReturnType<typeof openWindow>>) =>
  (asked(host, "act_store") as { action: { edit: unknown } }[]).map(({ action }) => action.edit);

describe("what is written into a menu", () => {
  it("is a price as people write it, or a problem", () => {
    for (const text of ["4500", "4,500", " 4500원", "₩4,500"]) expect(readPrice(text)).toBe(4_500);
    expect(readPrice("0")).toBe(0);
    expect(["", "-1", "4.5", "4500won", String(MAX_PRICE + 1)].map(readPrice)).toEqual([
      "price_missing",
      "price_not_whole",
      "price_not_whole",
      "price_not_whole",
      "price_too_high",
    ]);
  });

  it("is a name that can be printed", () => {
    expect(nameProblem(" 라떼 ")).toBeNull();
    expect(nameProblem("뷁".repeat(100))).toBeNull();
    expect([" ", "가".repeat(101), "라\u0007떼"].map(nameProblem)).toEqual(["name_missing", "name_long", "name_unprintable"]);
  });

  it("asks for no more options than there are", () => {
    const group = (min: number, max: number, ...disabled: boolean[]) => choiceProblem({ min, max, options: disabled.map((disabled) => ({ disabled })) });
    expect(group(1, 1, false, false)).toEqual({ min: null, max: null });
    expect(group(2, 2, false, true)).toEqual({ min: "too_few_options", max: null });
    expect(group(2, 1, false, false).max).toBe("min_above_max");
    expect(group(0, 0, false).max).toBe("max_zero");
    expect(readCount("1.5")).toBe("number_wrong");
  });

  it("gets keys of its own that the server takes", () => {
    const keys = new Set(Array.from({ length: 200 }, () => newKey("category")));
    expect(keys.size).toBe(200);
    for (const key of keys) expect(key).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  });

  it("becomes no edit when nothing changed, and two when an item moves too", () => {
    const item = { key: "a", name: "가", price: 1, is_main: true, option_groups: [], allergens: [], tax_free: false, sold_out: false, disabled: false };
    const { key, disabled: _, ...rest } = item;
    expect(itemEdits(item, { ...item }, "x", "x")).toEqual([]);
    expect(itemEdits({ ...rest, key } as typeof item, item, "x", "x")).toEqual([]);
    expect(itemEdits(item, { ...item, price: 2 }, "x", "y")).toHaveLength(2);
    expect(itemEdits(null, item, "x", "y")).toEqual([{ add_item: { category: "y", item } }]);
    expect(moved([item], item, 1)).toBeNull();
  });
});

describe("the menu screen", () => {
  it("changes a price and leaves the rest of the item alone", async () => {
    const host = await openWindow("busy");
    await goTo("menu");
    await press(within(await screen.findByTestId("item-카페라떼")).getByRole("button", { name: /카페라떼 고치기/ }));
    await write("item-price", "4,200");
    await save("item-form");
    expect(edits(host)).toMatchObject([{ change_item: { item: { key: "카페라떼", name: "카페라떼", price: 4_200, allergens: ["우유"], origin: "우유: 국내산" } } }]);
    await waitFor(() => expect(screen.queryByTestId("item-form")).toBeNull());
    expect((await screen.findByTestId("item-카페라떼")).textContent).toContain("4,200원");
  });

  it("says at the field what is wrong, and sends nothing", async () => {
    const host = await openWindow("busy");
    await goTo("menu");
    await press(await screen.findByTestId("add-item"));
    await write("item-price", "사천원");
    await save("item-form");
    expect(screen.getByTestId("item-name-problem").textContent).toContain("이름을 적어 주세요");
    expect(screen.getByTestId("item-price-problem").textContent).toContain("숫자로만");
    expect(screen.getByTestId("item-price").getAttribute("aria-invalid")).toBe("true");
    expect(edits(host)).toEqual([]);
  });

  it("adds an item with its options, hides one, and never offers to delete", async () => {
    const host = await openWindow("busy");
    await goTo("menu");
    await press(await screen.findByTestId("add-item"));
    await write("item-name", "콜드브루");
    await write("item-price", "4800");
    await press(screen.getByTestId("item-add-group-사이즈"));
    await save("item-form");
    await press(within(await screen.findByTestId("item-아인슈페너")).getByRole("button", { name: /고치기/ }));
    await press(screen.getByTestId("item-hidden"));
    expect(screen.getByTestId("item-form").textContent).not.toContain("삭제");
    await save("item-form");
    expect(edits(host)).toMatchObject([
      { add_item: { category: "coffee", item: { name: "콜드브루", price: 4_800, option_groups: ["사이즈"] } } },
      { change_item: { item: { key: "아인슈페너", disabled: true } } },
    ]);
    expect((await screen.findByTestId("item-아인슈페너")).textContent).toContain("숨김");
  });

  it("orders items and categories by buttons", async () => {
    const host = await openWindow("busy");
    await goTo("menu");
    await press(await screen.findByTestId("item-카페라떼-up"));
    await press(await screen.findByTestId("category-coffee-down"));
    expect(edits(host)).toEqual([{ move_item: { item: "카페라떼", category: "coffee", to: 0 } }, { move_category: { key: "coffee", to: 1 } }]);
    expect((screen.getByTestId("item-카페라떼-up") as HTMLButtonElement).disabled).toBe(true);
  });

  it("changes a group of options, and hides an option that exists instead of taking it away", async () => {
    const host = await openWindow("busy");
    await goTo("menu");
    await press(await screen.findByTestId("option-groups"));
    await press(screen.getByTestId("group-사이즈"));
    await write("group-min", "3");
    await save("group-form");
    expect(screen.getByTestId("group-max-problem").textContent).toContain("적어도");
    await write("group-min", "0");
    await press(within(screen.getByTestId("option-라지")).getByTestId("option-hide"));
    expect(screen.queryByText("빼기")).toBeNull();
    await save("group-form");
    expect(edits(host)).toMatchObject([{ change_group: { group: { key: "사이즈", options: [{ key: "라지", disabled: true, price: 700 }, { key: "1리터" }] } } }]);
  });

  it("works without a line and marks what waits", async () => {
    await openWindow("offline");
    await goTo("menu");
    await press(await screen.findByTestId("item-카페라떼-up"));
    expect(within(await screen.findByTestId("item-카페라떼")).getByTestId("waiting").textContent).toContain("전송 대기");
  });
});
