import type { Availability } from "../generated/Availability";
import type { CommandAction } from "../generated/CommandAction";
import type { Menu } from "../generated/Menu";
import type { Sellable } from "../generated/Sellable";
import type { SoldOut } from "../generated/SoldOut";

/** Something that can run out, as the picker lists it. */
export type Subject = {
  id: string;
  what: Sellable;
  name: string;
  /** Its category, or the group of an option. */
  under: string;
  /** The menu itself says that it is gone; only an edit of the menu brings it back. */
  fixed: boolean;
};

export type Shelf = { key: string; name: string; kind: "items" | "options"; subjects: Subject[] };

/** The same text for the same thing. */
export function idOf(what: Sellable): string {
  return "item" in what ? `item:${what.item}` : `option:${what.option.group}/${what.option.option}`;
}

/** Everything that customers may choose, shelf by shelf: items by category, then options by group. */
export function shelves(menu: Menu): Shelf[] {
  const items = menu.categories
    .filter((category) => !category.disabled)
    .map(({ key, name, items }): Shelf => {
      const subjects = items
        .filter((item) => !item.disabled)
        .map((item) => subject({ item: item.key }, item.name, name, item.sold_out));
      return { key: `category:${key}`, name, kind: "items", subjects };
    });
  const options = menu.option_groups.map(({ key, name, options }): Shelf => {
    const subjects = options
      .filter((option) => !option.disabled)
      .map((option) => subject({ option: { group: key, option: option.key } }, option.name, name, option.sold_out));
    return { key: `group:${key}`, name, kind: "options", subjects };
  });
  return [...items, ...options].filter((shelf) => shelf.subjects.length > 0);
}

function subject(what: Sellable, name: string, under: string, fixed: boolean): Subject {
  return { id: idOf(what), what, name, under, fixed };
}

/** The shelves that a search leaves. Spaces do not matter: people write `카페 라떼` and `카페라떼`. */
export function searchShelves(all: Shelf[], query: string): Shelf[] {
  const plain = (text: string) => text.toLowerCase().replace(/\s+/g, "");
  const wanted = plain(query);
  if (wanted === "") return all;
  return all
    .map((shelf) => ({ ...shelf, subjects: shelf.subjects.filter(({ name, under }) => plain(under + name).includes(wanted) || plain(name).includes(wanted)) }))
    .filter((shelf) => shelf.subjects.length > 0);
}

/** How a thing stands at `now`, the server's clock. */
export type Stand = { soldOut: SoldOut | null; left: number | null; waiting: boolean };

export function standOf(subject: Subject, availability: Availability, waiting: readonly CommandAction[], now: number): Stand {
  const soldOut = availability.sold_out.find((one) => idOf(one.what) === subject.id && holds(one, now)) ?? null;
  const left = "item" in subject.what ? (availability.stock[subject.what.item] ?? null) : null;
  return { soldOut, left, waiting: waiting.some((action) => isAbout(action, subject)) };
}

function holds({ until }: SoldOut, now: number): boolean {
  return typeof until === "string" || now < until.at;
}

function isAbout(action: CommandAction, subject: Subject): boolean {
  if (action.kind === "sold_out" || action.kind === "back_on_sale") return idOf(action.what) === subject.id;
  return action.kind === "stock_set" && subject.id === `item:${action.item}`;
}
