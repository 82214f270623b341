import type { AlarmOutput } from "../generated/AlarmOutput";
import type { CommandAction } from "../generated/CommandAction";
import type { CommandKey } from "../generated/CommandKey";
import type { DayId } from "../generated/DayId";
import type { DayRow } from "../generated/DayRow";
import type { HistoryPage } from "../generated/HistoryPage";
import type { MenuDocument } from "../generated/MenuDocument";
import type { OrderId } from "../generated/OrderId";
import type { Paper } from "../generated/Paper";
import type { Preview } from "../generated/Preview";
import type { PrinterId } from "../generated/PrinterId";
import type { PrinterView } from "../generated/PrinterView";
import type { PrintJobView } from "../generated/PrintJobView";
import type { PrintSettings } from "../generated/PrintSettings";
import type { ReviewCard } from "../generated/ReviewCard";
import type { ReviewHiding } from "../generated/ReviewHiding";
import type { ReviewPage } from "../generated/ReviewPage";
import type { ReviewReply } from "../generated/ReviewReply";
import type { Sales } from "../generated/Sales";
import type { Sound } from "../generated/Sound";
import type { Story } from "../generated/Story";
import type { TableOf } from "../generated/TableOf";
import type { TicketKind } from "../generated/TicketKind";
import type { TimeMs } from "../generated/TimeMs";

type Nothing = Record<string, never>;

/** What the window asks about the menu, past orders, sales, reviews, printers and sounds. */
export type WorkCalls = {
  /** The menu as this PC knows it, waiting edits applied, sold-out marks not laid over it. */
  menu: { args: Nothing; answer: MenuDocument };
  /** Journals a command about the store itself. */
  act_store: { args: { action: CommandAction }; answer: null };
  undo: { args: { key: CommandKey }; answer: null };
  history: { args: { query: string; day_id: DayId | null; before: TimeMs | null; limit: number }; answer: HistoryPage };
  story: { args: { order_id: OrderId }; answer: Story };
  sales: { args: { day_id: DayId | null }; answer: Sales };
  days: { args: { limit: number }; answer: DayRow[] };
  /** Writes a table into the person's folder of downloads and says where. */
  export_csv: { args: { of: TableOf; day_id: DayId | null }; answer: { path: string } };
  /** A page of reviews, newest first, from the server. */
  reviews: { args: { before?: OrderId }; answer: ReviewPage };
  reply_to_review: { args: { order_id: OrderId } & ReviewReply; answer: ReviewCard };
  /** Without a reason it is shown again. */
  hide_review: { args: { order_id: OrderId } & ReviewHiding; answer: ReviewCard };
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
  play_sound: { args: { sound: Sound }; answer: { output: AlarmOutput } };
  sound_heard: { args: { sound: Sound; heard: boolean }; answer: null };
};
