import type { MenuOption } from "../generated/MenuOption";
import type { OptionGroup } from "../generated/OptionGroup";

/** The same bounds as `shared/src/menu/validate.rs`; the server checks again. */
export const MAX_NAME_CHARS = 100;
/** Most that anything on a menu may cost, in won: a slip of the finger, not a price. */
export const MAX_PRICE = 10_000_000;
/** Most options of one group. */
export const MAX_OPTIONS = 100;

export type FieldProblem =
  | "name_missing"
  | "name_long"
  | "name_unprintable"
  | "price_missing"
  | "price_not_whole"
  | "price_too_high"
  | "number_wrong"
  | "min_above_max"
  | "max_zero"
  | "too_few_options"
  | "no_options";

export function nameProblem(name: string): FieldProblem | null {
  const trimmed = name.trim();
  if (trimmed === "") return "name_missing";
  if ([...trimmed].length > MAX_NAME_CHARS) return "name_long";
  // The control characters of both blocks, as Rust's `char::is_control`.
  return /[\u0000-\u001f\u007f-\u009f]/.test(trimmed) ? "name_unprintable" : null;
}

/** Won as people write them: `4,500`, `4500원`, `₩4500`. */
export function readPrice(text: string): number | FieldProblem {
  const plain = text.trim().replace(/[,\s원₩]/g, "");
  if (plain === "") return "price_missing";
  if (!/^\d+$/.test(plain)) return "price_not_whole";
  const price = Number(plain);
  return price > MAX_PRICE ? "price_too_high" : price;
}

/** A count that is written into a field. */
export function readCount(text: string): number | FieldProblem {
  const plain = text.trim();
  return /^\d{1,5}$/.test(plain) ? Number(plain) : "number_wrong";
}

/** What is wrong with how many options a customer must and may choose. */
export function choiceProblem(group: Pick<OptionGroup, "min" | "max"> & { options: Pick<MenuOption, "disabled">[] }): { min: FieldProblem | null; max: FieldProblem | null } {
  const offered = group.options.filter((option) => !option.disabled).length;
  const max = group.max === 0 ? "max_zero" : group.min > group.max ? "min_above_max" : null;
  const min = group.min > offered ? "too_few_options" : null;
  return { min, max };
}
