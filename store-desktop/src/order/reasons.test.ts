import { describe, expect, it } from "vitest";

import rust from "../../../shared/src/order/reason.rs?raw";
import { CANCEL_CUSTOMER_TEXT, REJECT_CUSTOMER_TEXT, REJECT_REASONS, STORE_CANCEL_REASONS } from "./reasons";

const snake = (name: string) => name.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase();

/** The `impl` block of one Rust type. */
function implementation(type: string): string {
  const block = rust.split(`impl ${type} {`)[1]?.split("\n}")[0];
  if (!block) throw new Error(`shared/src/order/reason.rs has no impl of ${type}`);
  return block;
}

function customerTexts(type: string): Record<string, string> {
  const arms = implementation(type).matchAll(/Self::(\w+) => "([^"]+)"/g);
  return Object.fromEntries([...arms].map(([, name = "", text = ""]) => [snake(name), text]));
}

function list(type: string, constant: string): string[] {
  const body = implementation(type).match(new RegExp(`const ${constant}: [^=]+= \\[([^\\]]+)\\]`))?.[1] ?? "";
  return [...body.matchAll(/Self::(\w+)/g)].map(([, name = ""]) => snake(name));
}

describe("reasons", () => {
  it("show exactly what the server tells the customer", () => {
    expect(REJECT_CUSTOMER_TEXT).toEqual(customerTexts("RejectReason"));
    expect(CANCEL_CUSTOMER_TEXT).toEqual(customerTexts("CancelReason"));
    expect(Object.keys(REJECT_CUSTOMER_TEXT).length).toBeGreaterThan(0);
  });

  it("are those that a store may give, in the same order", () => {
    expect(REJECT_REASONS).toEqual(list("RejectReason", "ALL"));
    expect(STORE_CANCEL_REASONS).toEqual(list("CancelReason", "OF_STORE"));
  });
});
