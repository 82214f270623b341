import { fireEvent, screen, within } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";

import { sampleMenu } from "../host/sample/book";
import { goTo } from "../host/sample/go";
import { asked, key, openWindow, press, tap } from "../host/sample/open-window";
import { idOf, searchShelves, shelves, standOf } from "./subjects";

const subject = (id: string) => within(screen.getByTestId(`subject-${id}`));
const names = (query: string) => searchShelves(shelves(sampleMenu()), query).flatMap((shelf) => shelf.subjects.map(({ name }) => name));

describe("what can run out", () => {
  it("is every item and option that customers see, and nothing that is hidden", () => {
    expect(names("")).toContain("귀리우유로 변경");
    expect(names("")).not.toContain("유자차");
  });

  it("is found by its name or its shelf, whatever the spaces", () => {
    expect(names("카페 라떼")).toEqual(["카페라떼"]);
    expect(names("사이즈")).toEqual(["라지", "1리터"]);
    expect(names("없는 것")).toEqual([]);
  });

  it("stands as the marks, the count and what waits say", () => {
    const [latte] = shelves(sampleMenu())[0]?.subjects.filter(({ name }) => name === "카페라떼") ?? [];
    if (!latte) throw new Error("the sample sells it");
    const until = { at: 5_000 };
    const marked = { sold_out: [{ what: latte.what, until, since: 0 }], stock: { 카페라떼: 3 } };
    expect(standOf(latte, marked, [], 4_999).soldOut).not.toBeNull();
    expect(standOf(latte, marked, [], 5_000)).toMatchObject({ soldOut: null, left: 3, waiting: false });
    expect(standOf(latte, marked, [{ kind: "stock_set", item: "카페라떼", pieces: 3 }], 0).waiting).toBe(true);
    expect(idOf({ option: { group: "a", option: "b" } })).not.toBe(idOf({ item: "a/b" }));
  });
});

describe("the sold-out picker", () => {
  it("opens by F8 with the keyboard in its search, and marks by one press until closing", async () => {
    const host = await openWindow("busy");
    await key("F8");
    const row = await screen.findByTestId("subject-item:카페라떼");
    expect(document.activeElement).toBe(screen.getByTestId("sold-out-search"));
    await press(within(row).getByTestId("toggle"));
    expect(asked(host, "act_store")).toEqual([{ action: { kind: "sold_out", what: { item: "카페라떼" }, until: "end_of_day" } }]);
    expect(subject("item:카페라떼").getByText(/오늘까지 품절/)).toBeTruthy();
  });

  it("marks an option for four hours, and puts back on sale", async () => {
    const host = await openWindow("busy");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:카페라떼");
    await press(screen.getByTestId("duration-hours"));
    await press(subject("option:사이즈/라지").getByTestId("toggle"));
    await press(subject("item:바스크 치즈케이크").getByTestId("toggle"));
    const [gone, back] = asked(host, "act_store") as { action: { kind: string; until?: { at: number } } }[];
    expect(gone?.action.until?.at).toBeGreaterThan(Date.now() + 3.9 * 3_600_000);
    expect(back).toEqual({ action: { kind: "back_on_sale", what: { item: "바스크 치즈케이크" } } });
    expect(screen.getByTestId("subject-item:바스크 치즈케이크").dataset.gone).toBe("false");
  });

  it("takes the second tap of a double tap for no wish to have it back", async () => {
    const host = await openWindow("busy");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:소금빵");
    await tap(subject("item:소금빵").getByTestId("toggle"));
    await tap(subject("item:소금빵").getByTestId("toggle"));
    expect(asked(host, "act_store")).toMatchObject([{ action: { kind: "sold_out" } }]);
    expect(screen.getByTestId("subject-item:소금빵").dataset.gone).toBe("true");
  });

  it("counts what is left, and refuses what is no number", async () => {
    const host = await openWindow("busy");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:소금빵");
    expect(subject("item:소금빵").getByText(/6개 남음/)).toBeTruthy();
    await press(subject("item:소금빵").getByTestId("stock"));
    await fireEvent.input(screen.getByTestId("stock-count"), { target: { value: "여섯" } });
    await fireEvent.submit(screen.getByTestId("stock-count").closest("form") as HTMLFormElement);
    expect(screen.getByTestId("stock-count-problem").textContent).toContain("숫자로만");
    await fireEvent.input(screen.getByTestId("stock-count"), { target: { value: "0" } });
    await fireEvent.submit(screen.getByTestId("stock-count").closest("form") as HTMLFormElement);
    expect(asked(host, "act_store")).toEqual([{ action: { kind: "stock_set", item: "소금빵", pieces: 0 } }]);
    expect(screen.getByTestId("subject-item:소금빵").dataset.gone).toBe("true");
  });

  it("shows only what is gone, and finds by typing", async () => {
    await openWindow("busy");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:소금빵");
    await press(screen.getByTestId("sold-out-show-gone"));
    expect(screen.queryByTestId("subject-item:소금빵")).toBeNull();
    expect(screen.getByTestId("subject-option:추가/귀리우유로 변경").textContent).toContain("까지 품절");
    await fireEvent.input(screen.getByTestId("sold-out-search"), { target: { value: "없는 것" } });
    expect(screen.getByTestId("page-sold-out").textContent).toContain("찾는 메뉴가 없어요");
  });

  it("leads by Enter from what was typed to what was found, and marks nothing by that", async () => {
    const host = await openWindow("busy");
    await key("F8");
    await screen.findByTestId("subject-item:카페라떼");
    await fireEvent.input(screen.getByTestId("sold-out-search"), { target: { value: "카페라떼" } });
    await key("Enter");
    expect(document.activeElement).toBe(subject("item:카페라떼").getByTestId("toggle"));
    expect(asked(host, "act_store")).toEqual([]);
  });

  it("lets a viewer look only", async () => {
    await openWindow("viewer");
    await goTo("sold-out");
    await screen.findByTestId("subject-item:소금빵");
    expect(screen.queryByTestId("toggle")).toBeNull();
    expect(screen.queryByTestId("stock")).toBeNull();
  });
});
