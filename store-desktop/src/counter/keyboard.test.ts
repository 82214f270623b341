import { describe, expect, it } from "vitest";

import { focusOn, keyMeaning, type Focus, type Key } from "./keyboard";

const key = (name: string, more: Partial<Key> = {}): Key => {
  return { key: name, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more };
};
const page: Focus = { on: "page", prepChosen: false };

describe("keyboard", () => {
  it.each([
    ["F1", { does: "accept_oldest" }],
    ["F2", { does: "cooking" }],
    ["F3", { does: "ready" }],
    ["F4", { does: "handed_over" }],
    ["F5", { does: "print_again" }],
    ["F8", { does: "sold_out" }],
    ["F9", { does: "break" }],
    ["?", { does: "keys" }],
    ["1", { does: "choose_prep", minutes: 5 }],
    ["9", { does: "choose_prep", minutes: 45 }],
    ["Escape", { does: "escape" }],
    [" ", { does: "details" }],
    ["/", { does: "search" }],
    ["ArrowLeft", { does: "move", direction: "left" }],
    ["ArrowDown", { does: "move", direction: "down" }],
  ])("reads %s", (name, meaning) => {
    expect(keyMeaning(key(name), page)).toEqual(meaning);
  });

  it("never rejects or cancels by one key", () => {
    const names = [..."abcdefghijklmnopqrstuvwxyz0123456789", "Delete", "Backspace", "F5", "F6", "F7", "F8", "F9", "F12"];
    const meanings = names.flatMap((name) => keyMeaning(key(name), { on: "page", prepChosen: true })?.does ?? []);
    const harmless = ["break", "choose_prep", "print_again", "sold_out"];
    expect(meanings.filter((does) => !harmless.includes(does))).toEqual([]);
  });

  it("accepts by Enter only after a time was chosen, and never instead of a focused button", () => {
    expect(keyMeaning(key("Enter"), page)).toBeNull();
    expect(keyMeaning(key("Enter"), { on: "card", prepChosen: true })).toEqual({ does: "confirm_prep" });
    expect(keyMeaning(key("Enter"), { on: "control", prepChosen: true })).toBeNull();
    expect(keyMeaning(key(" "), { on: "control", prepChosen: false })).toBeNull();
  });

  it("leaves what is typed into a field alone, but not Escape and the function keys", () => {
    const field: Focus = { on: "field", prepChosen: true };
    for (const name of ["1", "/", " ", "Enter", "ArrowLeft"]) expect(keyMeaning(key(name), field)).toBeNull();
    expect(keyMeaning(key("Escape"), field)).toEqual({ does: "escape" });
    expect(keyMeaning(key("F1"), field)).toEqual({ does: "accept_oldest" });
  });

  it("acts once while a key is held down, and leaves the system's combinations alone", () => {
    expect(keyMeaning(key("F1", { repeat: true }), page)).toBeNull();
    expect(keyMeaning(key("1", { repeat: true }), page)).toBeNull();
    expect(keyMeaning(key("ArrowDown", { repeat: true }), page)).not.toBeNull();
    expect(keyMeaning(key("F4", { altKey: true }), page)).toBeNull();
    expect(keyMeaning(key("1", { ctrlKey: true }), page)).toBeNull();
  });

  it("takes a press back by Ctrl Z, on a Korean keyboard too, but never while something is written", () => {
    for (const name of ["z", "Z", "ㅋ"]) expect(keyMeaning(key(name, { ctrlKey: true }), page)).toEqual({ does: "undo" });
    expect(keyMeaning(key("z", { ctrlKey: true }), { on: "field", prepChosen: false })).toBeNull();
    expect(keyMeaning(key("z", { ctrlKey: true, altKey: true }), page)).toBeNull();
    expect(keyMeaning(key("z"), page)).toBeNull();
  });

  it("knows where the keyboard is", () => {
    document.body.innerHTML =
      '<input id="field"><button id="control"></button><button id="card" data-open-order="x"><span id="in"></span></button><p id="page"></p>';
    const where = (id: string) => focusOn(document.getElementById(id));
    expect(["field", "control", "card", "in", "page"].map(where)).toEqual(["field", "control", "card", "card", "page"]);
    expect(focusOn(null)).toBe("page");
    document.body.innerHTML = "";
  });
});
