import type { OrderId } from "../generated/OrderId";

export type Direction = "up" | "down" | "left" | "right";

/** The order that an arrow key leads to: along the lane, or to the next lane that has orders. */
export function neighbour(lanes: OrderId[][], current: OrderId | null, direction: Direction): OrderId | null {
  const lane = lanes.findIndex((ids) => current !== null && ids.includes(current));
  if (lane < 0 || current === null) return lanes.find((ids) => ids.length > 0)?.[0] ?? null;
  const ids = lanes[lane] ?? [];
  const row = ids.indexOf(current);
  switch (direction) {
    case "up":
      return ids[Math.max(0, row - 1)] ?? current;
    case "down":
      return ids[Math.min(ids.length - 1, row + 1)] ?? current;
    case "left":
    case "right": {
      const others = direction === "left" ? lanes.slice(0, lane).reverse() : lanes.slice(lane + 1);
      const next = others.find((other) => other.length > 0);
      return next?.[Math.min(row, next.length - 1)] ?? current;
    }
  }
}
