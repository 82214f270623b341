import { describe, expect, it } from "vitest";

import { dictionaries } from "./dictionary";
import { en } from "./en";
import { ko } from "./ko";

/** Every leaf as `path: kind`, functions with how many things they are told. */
function leaves(value: unknown, path = ""): string[] {
  if (typeof value === "function") return [`${path}: function of ${value.length}`];
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}/${name}`));
  }
  return [`${path}: ${typeof value}`];
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** Names on keys are the same everywhere. */
const KEY_NAMES = new Set([...ko.keys.hints, ...Object.values(ko.keyMap.rows).flat()].map(([name]) => name));

describe("dictionaries", () => {
  it("have the same keys and the same shapes", () => {
    expect(leaves(en).sort()).toEqual(leaves(ko).sort());
  });

  it("leave nothing empty", () => {
    expect([...texts(ko), ...texts(en)].filter((text) => text.trim() === "")).toEqual([]);
  });

  it("are in their own language", () => {
    expect(texts(en).filter((text) => /[가-힣]/.test(text))).toEqual([]);
    expect(texts(ko).filter((text) => !/[가-힣]/.test(text) && !KEY_NAMES.has(text))).toEqual([]);
  });

  it("write money as a price tag", () => {
    expect(dictionaries.ko.won(12_500)).toBe("12,500원");
    expect(dictionaries.en.won(1_234_567)).toBe("₩1,234,567");
  });
});
