import type { Item } from "../../generated/Item";
import type { Menu } from "../../generated/Menu";
import type { MenuEdit } from "../../generated/MenuEdit";
import type { OptionGroup } from "../../generated/OptionGroup";

function item(name: string, price: number, more: Partial<Item> = {}): Item {
  return { key: name, name, price, is_main: true, option_groups: [], allergens: [], tax_free: false, sold_out: false, disabled: false, ...more };
}

/** `[name, price]` */
function group(name: string, min: number, max: number, options: [string, number?][]): OptionGroup {
  return {
    key: name,
    name,
    min,
    max,
    options: options.map(([name, price = 0]) => ({ key: name, name, price, max_quantity: name === "샷 추가" ? 3 : 1, sold_out: false, disabled: false })),
  };
}

/** What the sample café sells; the keys are the names that its orders carry. */
export function sampleMenu(): Menu {
  const drink = ["온도", "사이즈", "추가"];
  return {
    categories: [
      {
        key: "coffee",
        name: "커피",
        disabled: false,
        items: [
          item("아메리카노", 3_200, { option_groups: [...drink, "원두"], description: "고소한 원두 두 잔 분량으로 내려요", origin: "원두: 콜롬비아, 에티오피아" }),
          item("카페라떼", 3_900, { option_groups: drink, allergens: ["우유"], origin: "우유: 국내산" }),
          item("아인슈페너", 4_800, { option_groups: ["원두", "당도"], allergens: ["우유"] }),
          item("바닐라 라떼", 4_500, { option_groups: drink, allergens: ["우유"] }),
        ],
      },
      {
        key: "tea",
        name: "차와 에이드",
        disabled: false,
        items: [
          item("자몽 허니 블랙티", 5_200, { option_groups: ["온도"] }),
          item("레몬에이드", 5_000, { option_groups: ["사이즈"], origin: "레몬: 미국산" }),
          item("유자차", 4_800, { option_groups: ["온도"], disabled: true }),
        ],
      },
      {
        key: "bakery",
        name: "빵과 디저트",
        disabled: false,
        items: [
          item("소금빵", 3_300, { option_groups: ["데우기"], allergens: ["밀", "우유"], origin: "밀: 미국산, 버터: 프랑스산" }),
          item("바스크 치즈케이크", 6_500, { allergens: ["밀", "우유", "달걀"] }),
          item("휘낭시에", 2_800, { is_main: false, allergens: ["밀", "달걀"] }),
        ],
      },
    ],
    option_groups: [
      group("온도", 1, 1, [["ICE"], ["HOT"]]),
      group("사이즈", 0, 1, [["라지", 700], ["1리터", 2_500]]),
      group("원두", 0, 1, [["마일드"], ["디카페인", 500]]),
      group("추가", 0, 3, [["샷 추가", 500], ["귀리우유로 변경", 700], ["휘핑크림", 500]]),
      group("당도", 1, 1, [["덜 달게"], ["보통"]]),
      group("데우기", 0, 1, [["데워 주세요"], ["그대로"]]),
    ],
  };
}

/** The menu after an edit, as `Menu::edited` in `shared` makes it. */
export function edited(menu: Menu, edit: MenuEdit): Menu {
  const next = structuredClone(menu);
  const categoryOf = (key: string) => next.categories.find((category) => category.key === key);
  const takeItem = (key: string) => {
    for (const { items } of next.categories) {
      const at = items.findIndex((item) => item.key === key);
      if (at >= 0) return items.splice(at, 1)[0];
    }
    return undefined;
  };
  const replace = <Of extends { key: string }>(list: Of[], by: Of) => {
    const at = list.findIndex((one) => one.key === by.key);
    if (at >= 0) list[at] = by;
  };
  if ("add_category" in edit) next.categories.push({ ...edit.add_category, disabled: false, items: [] });
  else if ("change_category" in edit) Object.assign(categoryOf(edit.change_category.key) ?? {}, edit.change_category);
  else if ("move_category" in edit) {
    const at = next.categories.findIndex((category) => category.key === edit.move_category.key);
    next.categories.splice(edit.move_category.to, 0, ...next.categories.splice(at, 1));
  } else if ("add_item" in edit) categoryOf(edit.add_item.category)?.items.push(edit.add_item.item);
  else if ("change_item" in edit) for (const { items } of next.categories) replace(items, edit.change_item.item);
  else if ("move_item" in edit) {
    const item = takeItem(edit.move_item.item);
    if (item) categoryOf(edit.move_item.category)?.items.splice(edit.move_item.to, 0, item);
  } else if ("add_group" in edit) next.option_groups.push(edit.add_group.group);
  else if ("change_group" in edit) replace(next.option_groups, edit.change_group.group);
  else {
    const { item, groups } = edit.set_groups;
    for (const one of next.categories.flatMap(({ items }) => items)) if (one.key === item) one.option_groups = groups;
  }
  return next;
}
