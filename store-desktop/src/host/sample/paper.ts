import type { PrintJobView } from "../../generated/PrintJobView";
import type { PrintNote } from "../../generated/PrintNote";
import type { PrintSettings } from "../../generated/PrintSettings";
import type { PrintView } from "../../generated/PrintView";

const MINUTE = 60_000;

export const samplePrinters: PrintSettings = {
  printers: [
    {
      id: "kitchen",
      name: "주방",
      transport: { via: "tcp", address: "192.168.0.50" },
      paper: "mm80",
      rom: "ks_x1001",
      cuts: true,
      enabled: true,
      prints: [
        { kind: "kitchen", copies: 1 },
        { kind: "cancel", copies: 1 },
      ],
      since: 0,
    },
    {
      id: "counter",
      name: "카운터",
      transport: { via: "device", path: "/dev/usb/lp0" },
      paper: "mm58",
      rom: "cp949",
      cuts: false,
      enabled: true,
      prints: [{ kind: "slip", copies: 1 }],
      since: 0,
    },
  ],
};

/** Both printers work and nothing waits. */
export function calmPrinting(now: number): PrintView {
  const printer = (id: string, name: string, answers: boolean) => {
    return { id, name, enabled: true, ready: true, problem: null, paper_low: false, answers, looked_at: now - 4_000, queued: 0 };
  };
  return { printers: [printer("kitchen", "주방", true), printer("counter", "카운터", false)], jobs: [], held: 0, failed: 0, queued: 0 };
}

/** The kitchen printer was without paper through lunch. */
export function troubledPrinting(now: number): PrintView {
  const calm = calmPrinting(now);
  const job = (id: number, number: number, call_name: string, minutes: number, note: PrintJobView["note"]): PrintJobView => ({
    id,
    printer: "kitchen",
    printer_name: "주방",
    kind: "kitchen",
    order_id: `0195d000-0000-7000-8000-${String(number).padStart(12, "0")}`,
    number,
    call_name,
    state: "held",
    note,
    reprint: 0,
    copy: 1,
    copies: 1,
    sequence: 0,
    made_at: now - minutes * MINUTE,
    changed_at: now - MINUTE,
  });
  const stale: PrintNote = { code: "stale", korean: "오래 기다린 전표예요. 아직 필요하면 '인쇄'를, 아니면 '지우기'를 눌러 주세요.", english: "This ticket waited too long. Print it if it is still needed, or discard it." };
  const maybe: PrintNote = { code: "maybe_printed", korean: "확인 필요: 이미 인쇄되었을 수 있어요. 종이를 보고 '다시 인쇄'나 '지우기'를 눌러 주세요.", english: "Check: it may have been printed. Look at the paper, then press print again or discard." };
  const paperOut: PrintNote = { code: "paper_out", korean: "용지가 없어요. 새 용지를 넣어 주세요.", english: "The printer is out of paper. Put in a new roll." };
  return {
    ...calm,
    printers: calm.printers.map((printer) => (printer.id === "kitchen" ? { ...printer, ready: false, problem: paperOut, queued: 2 } : printer)),
    jobs: [job(31, 15, "딸기", 26, stale), job(32, 17, "참외", 19, maybe)],
    held: 2,
    queued: 2,
  };
}

/** The picture of a ticket; the program draws the real one from the printer's own bytes. */
export function sampleTicket(paper: "mm58" | "mm80", text: string): string {
  const width = paper === "mm80" ? 576 : 384;
  const lines = text.split("\n");
  const rows = lines
    .map((line, index) => `<text x="20" y="${48 + index * 34}" font-size="${index === 0 ? 40 : 26}" font-weight="${index === 0 ? 800 : 400}">${line}</text>`)
    .join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${80 + lines.length * 34}" font-family="monospace"><rect width="100%" height="100%" fill="white"/>${rows}</svg>`;
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
}
