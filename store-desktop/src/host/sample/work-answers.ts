import type { CommandAction } from "../../generated/CommandAction";
import type { HistoryRow } from "../../generated/HistoryRow";
import type { Menu } from "../../generated/Menu";
import type { PrintJobView } from "../../generated/PrintJobView";
import type { PrintSettings } from "../../generated/PrintSettings";
import type { Story } from "../../generated/Story";
import type { View } from "../../generated/View";
import { matches } from "../../lanes/search";
import { idOf } from "../../sold-out/subjects";
import type { WorkCalls } from "../WorkCalls";
import { edited, sampleMenu } from "./book";
import { samplePrinters, sampleTicket } from "./paper";
import { dayId, sampleDays, sampleSales } from "./sales";

type Name = keyof WorkCalls;

/** The sample host's menu, printers and past: what lies behind the view. */
export class SampleWork {
  menu: Menu = sampleMenu();
  printers: PrintSettings = structuredClone(samplePrinters);

  /** Answers a call about the work, and says how the view changes; `undefined` for calls of others. */
  answer(name: string, args: unknown, view: View, now: number): { answer: unknown; change?: Partial<View> } | undefined {
    const as = <Of extends Name>() => args as WorkCalls[Of]["args"];
    switch (name as Name) {
      case "menu":
        return { answer: { version: 7, menu: this.menu } };
      case "act_store":
        return { answer: null, change: this.#act(as<"act_store">().action, view, now) };
      case "undo":
        return { answer: null, change: { undo: null } };
      case "history":
        return { answer: { orders: history(view, as<"history">()), more: false } };
      case "story":
        return { answer: story(view, as<"story">().order_id) };
      case "sales": {
        const days = sampleDays(now);
        const at = days.findIndex((day) => day.day_id === as<"sales">().day_id);
        return { answer: sampleSales(now, at < 0 ? 0 : [0, 1, 2, 3, 5, 6][at]) };
      }
      case "days":
        return { answer: sampleDays(now) };
      case "export_csv":
        return { answer: { path: `~/Downloads/${as<"export_csv">().of}-2026-11-21.csv` } };
      case "printers":
        return { answer: structuredClone(this.printers) };
      case "set_printers":
        this.printers = as<"set_printers">();
        return { answer: null };
      case "print_preview": {
        const { kind, paper = "mm80" } = as<"print_preview">();
        const text = `21 매실 (${kind})\n포장 · 12:04\n2 아메리카노\n  ▶ ICE · 라지 · 디카페인\n1 소금빵\n[ 얼음 적게, 빨대는 빼 주세요. ]\n합계 12,100`;
        return { answer: { png: sampleTicket(paper, text), text, paper } };
      }
      case "order_prints":
        return { answer: prints(view, as<"order_prints">().order_id) };
      case "test_print":
        return { answer: { ...prints(view, view.lanes.fresh[0]?.order.id ?? "")[0], kind: "test", order_id: null } };
      case "printer_status":
        return { answer: view.print.printers.find((printer) => printer.id === as<"printer_status">().printer) };
      case "acknowledge_trouble":
      case "reprint":
        return { answer: null };
      case "print_held":
      case "discard_prints": {
        const { ids } = as<"print_held">();
        const jobs = view.print.jobs.filter((job) => !ids.includes(job.id));
        return { answer: null, change: { print: { ...view.print, jobs, held: jobs.length } } };
      }
      case "play_sound":
        return { answer: { output: view.alarm.output } };
      case "sound_heard": {
        const { sound, heard } = as<"sound_heard">();
        const { [sound]: _, ...unheard } = view.sounds.unheard_at;
        const heard_at = heard ? { ...view.sounds.heard_at, [sound]: now } : view.sounds.heard_at;
        const unheard_at = heard ? unheard : { ...unheard, [sound]: now };
        return { answer: null, change: { sounds: { ...view.sounds, heard_at, unheard_at } } };
      }
    }
    return undefined;
  }

  #act(action: CommandAction, view: View, now: number): Partial<View> {
    const { sold_out, stock } = view.availability;
    switch (action.kind) {
      case "sold_out": {
        const undo = { key: `0195d000-0000-7000-a000-${String(now).slice(-12)}`, order_id: null, action, until: now + 5_000 };
        const others = sold_out.filter((one) => idOf(one.what) !== idOf(action.what));
        return { availability: { stock, sold_out: [...others, { what: action.what, until: action.until, since: now }] }, undo };
      }
      case "back_on_sale":
        return { availability: { stock, sold_out: sold_out.filter((one) => idOf(one.what) !== idOf(action.what)) } };
      case "stock_set": {
        const { [action.item]: _, ...others } = stock;
        return { availability: { sold_out, stock: action.pieces === undefined ? others : { ...others, [action.item]: action.pieces } } };
      }
      case "menu_edit":
        this.menu = edited(this.menu, action.edit);
        return { menu_revision: view.menu_revision + 1, store_waiting: view.link.light === "red" ? [...view.store_waiting, action] : [] };
      case "busy_set":
        return { busy_minutes: action.extra_minutes };
      default:
        return {};
    }
  }
}

function everything({ lanes }: View): View["lanes"]["done"] {
  return [...lanes.fresh, ...lanes.cooking, ...lanes.ready, ...lanes.done];
}

function history(view: View, { query, day_id }: WorkCalls["history"]["args"]): HistoryRow[] {
  if (day_id !== null && day_id !== dayId(0)) return [];
  return everything(view)
    .filter((card) => matches(card, query) || card.private?.phone_last4 === query)
    .sort((a, b) => (b.order.ticket?.placed_at ?? 0) - (a.order.ticket?.placed_at ?? 0))
    .map((card) => ({ day_id: dayId(0), card }));
}

function story(view: View, id: string): Story | null {
  const card = everything(view).find((card) => card.order.id === id);
  return card ? { day_id: dayId(0), card, staff: { "0195d000-0000-7000-8000-00000000e001": "김지은" } } : null;
}

/** What was printed of an order: the kitchen ticket twice, and a slip that waits for a person. */
function prints(view: View, id: string): PrintJobView[] {
  const card = everything(view).find((card) => card.order.id === id);
  const placed = card?.order.ticket?.placed_at ?? 0;
  const print = {
    printer: "kitchen",
    printer_name: "주방",
    order_id: id,
    number: card?.order.ticket?.number ?? null,
    call_name: card?.order.ticket?.call_name ?? null,
    note: null,
    copy: 1,
    copies: 1,
    sequence: 1,
    made_at: placed,
  };
  return [
    { ...print, id: 1, kind: "kitchen", state: "printed", reprint: 0, changed_at: placed + 26_000 },
    { ...print, id: 2, kind: "kitchen", state: "printed", reprint: 1, changed_at: placed + 140_000 },
    { ...print, id: 3, kind: "slip", state: "held", reprint: 0, changed_at: placed + 30_000 },
  ];
}
