import { describe, expect, it } from "vitest";

import { sampleView } from "../host/sample/views";
import { matches, searchLanes } from "./search";

const { lanes } = sampleView("busy", Date.now());
const found = (query: string) => {
  const { cooking, ready, done } = searchLanes(lanes, query);
  return [...cooking, ...ready, ...done].map((card) => card.order.ticket?.number);
};

describe("search", () => {
  it("finds by number, call name, item and option", () => {
    expect(found("17")).toEqual([17]);
    expect(found("#17")).toEqual([17]);
    expect(found("17번")).toEqual([17]);
    expect(found("수박")).toEqual([16]);
    expect(found("블랙티")).toEqual([20]);
    expect(found("귀리우유")).toContain(17);
    expect(found("없는 메뉴")).toEqual([]);
  });

  it("takes a number as a whole, not as a part", () => {
    expect(found("1")).not.toContain(17);
  });

  it("never hides a new order", () => {
    expect(searchLanes(lanes, "없는 메뉴").fresh).toEqual(lanes.fresh);
  });

  it("matches everything while nothing is written", () => {
    expect(searchLanes(lanes, "  ")).toEqual(lanes);
    expect(lanes.fresh.every((card) => matches(card, ""))).toBe(true);
  });
});
