import type { Category } from "../generated/Category";
import type { CommandAction } from "../generated/CommandAction";
import type { Item } from "../generated/Item";
import type { Menu } from "../generated/Menu";
import type { MenuEdit } from "../generated/MenuEdit";
import type { OptionGroup } from "../generated/OptionGroup";

/** Names one entry of a menu, such as `item:latte`. */
export type Entry = `${"category" | "item" | "group"}:${string}`;

/** The entry that an edit is about. */
export function entryOf(edit: MenuEdit): Entry {
  if ("add_category" in edit) return `category:${edit.add_category.key}`;
  if ("change_category" in edit) return `category:${edit.change_category.key}`;
  if ("move_category" in edit) return `category:${edit.move_category.key}`;
  if ("add_item" in edit) return `item:${edit.add_item.item.key}`;
  if ("change_item" in edit) return `item:${edit.change_item.item.key}`;
  if ("move_item" in edit) return `item:${edit.move_item.item}`;
  if ("add_group" in edit) return `group:${edit.add_group.group.key}`;
  if ("change_group" in edit) return `group:${edit.change_group.group.key}`;
  return `item:${edit.set_groups.item}`;
}

/** The entries whose edit is on this PC and not yet confirmed by the server. */
export function waitingEntries(waiting: readonly CommandAction[]): ReadonlySet<Entry> {
  return new Set(waiting.flatMap((action) => (action.kind === "menu_edit" ? [entryOf(action.edit)] : [])));
}

/** The edits that make `after` out of `before`, moved to `category` where that is another. */
export function itemEdits(before: Item | null, after: Item, from: string, category: string): MenuEdit[] {
  if (!before) return [{ add_item: { category, item: after } }];
  const edits: MenuEdit[] = [];
  if (plain(before) !== plain(after)) edits.push({ change_item: { item: after } });
  if (from !== category) edits.push({ move_item: { item: after.key, category, to: END } });
  return edits;
}

/** An item as text: what is absent, empty or off is the same, in whatever order it came. */
function plain(item: Item): string {
  const said = Object.entries(item).filter(([, value]) => value !== undefined && value !== null && value !== false);
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Beyond every list: the server puts it at the end. */
const END = 10_000;

/** The edit that moves an entry of `list` one place up or down, if it can move. */
export function moved<Of extends Item | Category>(list: readonly Of[], entry: Of, by: -1 | 1): number | null {
  const to = list.findIndex((one) => one.key === entry.key) + by;
  return to >= 0 && to < list.length ? to : null;
}

export function categoryOf(menu: Menu, item: string): Category | null {
  return menu.categories.find((category) => category.items.some((one) => one.key === item)) ?? null;
}

/** The items that ask for a group. */
export function itemsWith(menu: Menu, group: OptionGroup): Item[] {
  return menu.categories.flatMap((category) => category.items.filter((item) => item.option_groups.includes(group.key)));
}
