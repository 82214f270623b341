import type { View } from "../../generated/View";
import { calmPrinting } from "./paper";

const MINUTE = 60_000;

type WorkplaceView = Pick<
  View,
  "menu_version" | "menu_revision" | "availability" | "sold_out_before" | "store_waiting" | "busy_minutes" | "undo" | "conflicts" | "print" | "sounds"
>;

/** What the view says of work beside the orders, on a calm day. */
export function sampleWorkplace(now: number): WorkplaceView {
  return {
    menu_version: 7,
    menu_revision: 1,
    availability: {
      sold_out: [
        { what: { item: "바스크 치즈케이크" }, until: "end_of_day", since: now - 90 * MINUTE },
        { what: { option: { group: "추가", option: "귀리우유로 변경" } }, until: { at: now + 130 * MINUTE }, since: now - 110 * MINUTE },
      ],
      stock: { 소금빵: 6 },
    },
    sold_out_before: [],
    store_waiting: [],
    busy_minutes: 0,
    undo: null,
    conflicts: [],
    print: calmPrinting(now),
    sounds: { device: "스피커 (USB 오디오)", level: 72, muted: false, heard_at: { fresh: now - 190 * MINUTE, cancelled: now - 190 * MINUTE }, unheard_at: {}, korean: "", english: "" },
  };
}
