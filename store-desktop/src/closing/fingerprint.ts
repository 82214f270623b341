/** Hex digits in groups of four, so that two people can compare them aloud. */
export function groupsOf(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(" ") ?? "";
}
