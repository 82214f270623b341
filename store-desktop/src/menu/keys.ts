const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Random letters of a new key: with ten, two of a menu's thousands do not meet. */
const KEY_LETTERS = 10;

/** A key for a new entry. Keys never change and mean nothing, so that a name may change. */
export function newKey(prefix: "category" | "item" | "group" | "option"): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_LETTERS));
  return `${prefix}-${[...bytes].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}
