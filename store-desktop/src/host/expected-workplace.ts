// Stands in for generated types that are still being made in Rust; this file goes when they are there.
// Whoever writes the Rust side: these are the shapes that the window is written against.

import type { AlarmView as GeneratedAlarm } from "../generated/AlarmView";
import type { CancelReason } from "../generated/CancelReason";
import type { CommandAction as GeneratedAction } from "../generated/CommandAction";
import type { CommandKey } from "../generated/CommandKey";
import type { Conflict } from "../generated/Conflict";
import type { DayId } from "../generated/DayId";
import type { OrderCard as GeneratedCard } from "../generated/OrderCard";
import type { OrderId } from "../generated/OrderId";
import type { Refusal as GeneratedRefusal } from "../generated/Refusal";
import type { TimeMs } from "../generated/TimeMs";
import type { Won } from "../generated/Won";
import type { BreakCause, WeekSchedule } from "./expected";

// --- shared::menu, shared::availability -------------------------------------------------------------------------

export type Menu = { option_groups: OptionGroup[]; categories: Category[] };
export type OptionGroup = { key: string; name: string; min: number; max: number; options: MenuOption[] };
export type MenuOption = {
  key: string;
  name: string;
  price: Won;
  max_quantity: number;
  sold_out: boolean;
  disabled: boolean;
};
export type Category = { key: string; name: string; disabled: boolean; items: Item[] };
export type Item = {
  key: string;
  name: string;
  price: Won;
  is_main: boolean;
  description?: string;
  option_groups: string[];
  allergens: string[];
  origin?: string;
  tax_free: boolean;
  stock?: number;
  sold_out: boolean;
  disabled: boolean;
};

export type MenuEdit =
  | { add_category: { key: string; name: string } }
  | { change_category: { key: string; name: string; disabled: boolean } }
  | { move_category: { key: string; to: number } }
  | { add_item: { category: string; item: Item } }
  | { change_item: { item: Item } }
  | { move_item: { item: string; category: string; to: number } }
  | { add_group: { group: OptionGroup } }
  | { change_group: { group: OptionGroup } }
  | { set_groups: { item: string; groups: string[] } };

export type Sellable = { item: string } | { option: { group: string; option: string } };
export type SoldOutUntil = "end_of_day" | { at: TimeMs } | "manual";
export type SoldOut = { what: Sellable; until: SoldOutUntil; since: TimeMs };
export type Availability = { sold_out: SoldOut[]; stock: Record<string, number> };

// --- the commands of a store (no order_id) ----------------------------------------------------------------------

export type CommandAction =
  | GeneratedAction
  | { kind: "settle_conflict"; settlement: Settlement }
  | { kind: "refund_part"; amount: Won; reason: CancelReason }
  | { kind: "sold_out"; what: Sellable; until: SoldOutUntil }
  | { kind: "back_on_sale"; what: Sellable }
  | { kind: "stock_set"; item: string; pieces?: number }
  | { kind: "menu_edit"; edit: MenuEdit }
  | { kind: "busy_set"; extra_minutes: number; until?: TimeMs }
  | { kind: "closing_start" }
  | { kind: "day_prepare" }
  | { kind: "day_open" }
  | { kind: "break_start"; until?: TimeMs; cause: BreakCause }
  | { kind: "break_end" }
  | { kind: "closing_resume" }
  | { kind: "schedule_set"; schedule: WeekSchedule; holidays: string[] };

// --- what the view gains ----------------------------------------------------------------------------------------

export type WorkplaceView = {
  /** Another number than before whenever the answer of `menu` changes. */
  menu_revision: number;
  availability: Availability;
  /** What was sold out before this day began and still is. */
  sold_out_before: SoldOut[];
  /** Commands about the store that have no answer yet, in order. */
  store_waiting: CommandAction[];
  /** Minutes that busy mode adds now; 0 without. */
  busy_minutes: number;
  /** The latest press that can be taken back. */
  undo: Undo | null;
  conflicts: ConflictView[];
  print: PrintView;
  sounds: SoundsView;
};

/** A press that can be taken back. */
export type Undo = { key: CommandKey; order_id: OrderId | null; action: CommandAction; until: TimeMs };

export type Settlement = "discarded" | "given_anyway" | "nothing_made";
export type Suggestion = "accept_the_loss" | "ask_the_customer" | "stop_preparing" | "look_again" | "dismiss" | "call_for_help";
export type ConflictView = {
  order_id: OrderId;
  number: number | null;
  call_name: string | null;
  conflict: Conflict;
  since: TimeMs | null;
  suggestion: Suggestion;
  korean: string;
  english: string;
  /** The suggested action, ready for `act`; absent once it is on its way. */
  settle: CommandAction | null;
  provisional: boolean;
};

export type OrderCard = GeneratedCard & CardExtra;
export type Lanes = { fresh: OrderCard[]; cooking: OrderCard[]; ready: OrderCard[]; done: OrderCard[] };
/** A command that had no effect. */
export type Refusal = Omit<GeneratedRefusal, "order_id" | "action"> & { order_id: OrderId | null; action: CommandAction; suggestion: Suggestion };

export type CardExtra = {
  /** It came while the store's PC was dark and waits longer than others. */
  parked: boolean;
  /** The latest press, while it can be taken back. */
  undo: Undo | null;
};

// --- printing ---------------------------------------------------------------------------------------------------

export type TicketKind = "kitchen" | "slip" | "cancel" | "test" | "sheet";
export type PrinterId = string;
export type Paper = "mm58" | "mm80";
export type Rom = "ks_x1001" | "cp949" | "ascii";
export type Transport = { via: "tcp"; address: string } | { via: "device"; path: string };
export type Route = { kind: TicketKind; copies: number };
export type Printer = {
  id: PrinterId;
  name: string;
  transport: Transport;
  paper: Paper;
  rom: Rom;
  cuts: boolean;
  enabled: boolean;
  prints: Route[];
  since: TimeMs;
};
export type PrintSettings = { printers: Printer[] };
export type JobState = "queued" | "printing" | "printed" | "held" | "failed" | "discarded";
export type PrintNote = { code: string; korean: string; english: string };
export type PrinterView = {
  id: PrinterId;
  name: string;
  enabled: boolean;
  ready: boolean;
  problem: PrintNote | null;
  paper_low: boolean;
  answers: boolean;
  looked_at: TimeMs | null;
  queued: number;
};
export type PrintJobView = {
  id: number;
  printer: PrinterId;
  printer_name: string;
  kind: TicketKind;
  order_id: OrderId | null;
  number: number | null;
  call_name: string | null;
  state: JobState;
  note: PrintNote | null;
  reprint: number;
  copy: number;
  copies: number;
  sequence: number;
  made_at: TimeMs;
  changed_at: TimeMs;
};
export type PrintView = { printers: PrinterView[]; jobs: PrintJobView[]; held: number; failed: number; queued: number };
export type Preview = { png: string; text: string; paper: Paper };

// --- sounds -----------------------------------------------------------------------------------------------------

export type SoundName = "fresh" | "cancelled" | "rider" | "trouble";
export type AlarmView = GeneratedAlarm & { rings: RingView[] };
export type RingView = { sound: SoundName; order_id: OrderId | null; since: TimeMs; urgent: boolean; korean: string; english: string };
export type SoundsView = {
  device: string | null;
  /** Loudness of the PC from 0 to 100, where it can be read. */
  level: number | null;
  muted: boolean;
  /** When a person last said that a sound was heard. */
  heard_at: Partial<Record<SoundName, TimeMs>>;
  unheard_at: Partial<Record<SoundName, TimeMs>>;
  korean: string;
  english: string;
};

// --- history and sales ------------------------------------------------------------------------------------------

export type HistoryPage = { orders: HistoryRow[]; more: boolean };
export type HistoryRow = { day_id: DayId; card: OrderCard };
export type Story = {
  day_id: DayId;
  card: OrderCard;
  /** Names of the staff in the card's events. */
  staff: Record<string, string>;
};

export type Sales = {
  day_id: DayId;
  opened_at: TimeMs;
  closed_at: TimeMs | null;
  orders: number;
  completed: number;
  rejected: number;
  cancelled: number;
  captured: Won;
  refunded: Won;
  vat: Won;
  tax_free: Won;
  hours: { from: TimeMs; orders: number; amount: Won }[];
  items: { item: string; name: string; quantity: number; amount: Won }[];
  /** Milliseconds from placement to acceptance. */
  accept: { p50: number; p90: number; slowest: number } | null;
  /** Share of orders that were ready by their promise, from 0 to 1. */
  on_time: number | null;
  ended_early: { kind: "reject" | "cancel"; reason: string; orders: number; amount: Won }[];
};
export type DayRow = { day_id: DayId; opened_at: TimeMs; closed_at: TimeMs | null; orders: number; captured: Won; refunded: Won };

// --- the calls --------------------------------------------------------------------------------------------------

type Nothing = Record<string, never>;
export type TableOf = "orders" | "items" | "hours" | "days";
export type WorkplaceCalls = {
  /** The menu as this PC knows it, waiting edits applied, sold-out marks not laid over it. */
  menu: { args: Nothing; answer: { version: number; menu: Menu } };
  /** Journals a command about the store itself. */
  act_store: { args: { action: CommandAction }; answer: null };
  undo: { args: { key: CommandKey }; answer: null };
  history: { args: { query: string; day_id: DayId | null; before: TimeMs | null; limit: number }; answer: HistoryPage };
  story: { args: { order_id: OrderId }; answer: Story };
  sales: { args: { day_id: DayId | null }; answer: Sales };
  days: { args: { limit: number }; answer: DayRow[] };
  /** Writes a table into the person's folder of downloads and says where. */
  export_csv: { args: { of: TableOf; day_id: DayId | null }; answer: { path: string } };
  printers: { args: Nothing; answer: PrintSettings };
  set_printers: { args: PrintSettings; answer: null };
  print_preview: { args: { kind: TicketKind; order_id?: OrderId; printer?: PrinterId; paper?: Paper }; answer: Preview };
  /** Answers when it is known what became of it. */
  test_print: { args: { printer: PrinterId }; answer: PrintJobView };
  printer_status: { args: { printer: PrinterId }; answer: PrinterView };
  order_prints: { args: { order_id: OrderId }; answer: PrintJobView[] };
  acknowledge_trouble: { args: Nothing; answer: null };
  reprint: { args: { order_id: OrderId; kind: TicketKind; printer?: PrinterId }; answer: null };
  print_held: { args: { ids: number[] }; answer: null };
  discard_prints: { args: { ids: number[] }; answer: null };
  play_sound: { args: { sound: SoundName }; answer: { output: "native" | "none" } };
  sound_heard: { args: { sound: SoundName; heard: boolean }; answer: null };
};
