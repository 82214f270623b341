import type { Sales } from "../host/expected-workplace";
import type { Dictionary } from "../i18n/dictionary";
import { kstClock, kstDate } from "../time/kst";
import { reasonText } from "./reasons";

/** Spreadsheets read a text that begins like this as UTF-8; without it Korean becomes garbage in Excel. */
const BYTE_ORDER_MARK = "\ufeff";

/** The sales of a day as a table for a spreadsheet: one block below the other, in the language of the window. */
export function salesCsv(sales: Sales, words: Dictionary): string {
  const { sales: say } = words;
  const rows: (string | number)[][] = [
    [say.title, kstDate(sales.opened_at).text],
    [say.openedAt, kstClock(sales.opened_at)],
    [say.closedAt, sales.closed_at === null ? say.notClosed : kstClock(sales.closed_at)],
    [],
    [say.net, sales.captured - sales.refunded],
    [say.captured, sales.captured],
    [say.refunded, sales.refunded],
    [say.vat, sales.vat],
    [say.taxFree, sales.tax_free],
    [say.orders, sales.orders],
    [say.completed, sales.completed],
    [say.rejected, sales.rejected],
    [say.cancelled, sales.cancelled],
    [],
    [say.hour, say.orders, say.amount],
    ...sales.hours.map((hour) => [kstClock(hour.from), hour.orders, hour.amount]),
    [],
    [say.item, say.quantity, say.amount],
    ...sales.items.map((item) => [item.name, item.quantity, item.amount]),
    [],
    [say.reason, say.orders, say.amount],
    ...sales.ended_early.map((ended) => [reasonText(ended, words), ended.orders, ended.amount]),
  ];
  return BYTE_ORDER_MARK + rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** The name of the file of a day: `sales-2026-11-21.csv`. */
export function csvName(sales: Sales): string {
  return `sales-${kstDate(sales.opened_at).text}.csv`;
}

/** A number as it is; a text in quotes, and never as something that a spreadsheet would compute. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${harmless.replaceAll('"', '""')}"`;
}
