import type { Paper } from "../generated/Paper";
import type { Printer } from "../generated/Printer";
import type { Rom } from "../generated/Rom";
import type { Route } from "../generated/Route";
import type { TicketKind } from "../generated/TicketKind";

/** The bounds of `core/src/print/settings.rs`; the program checks again. */
export const MAX_PRINTERS = 8;
export const MAX_COPIES = 5;

/** What a printer may print without being asked. */
export const ROUTES: readonly TicketKind[] = ["kitchen", "slip", "cancel"];
export const PAPERS: readonly Paper[] = ["mm80", "mm58"];
export const ROMS: readonly Rom[] = ["ks_x1001", "cp949", "ascii"];

/** A printer that nobody has described yet. */
export function newPrinter(id: string): Printer {
  return {
    id,
    name: "",
    transport: { via: "tcp", address: "" },
    paper: "mm80",
    rom: "ks_x1001",
    cuts: true,
    enabled: true,
    prints: [
      { kind: "kitchen", copies: 1 },
      { kind: "cancel", copies: 1 },
    ],
    since: 0,
  };
}

export function copiesOf(printer: Pick<Printer, "prints">, kind: TicketKind): number {
  return printer.prints.find((route) => route.kind === kind)?.copies ?? 0;
}

/** The routes with another number of copies of one kind; none takes the kind away. */
export function withCopies(prints: Route[], kind: TicketKind, copies: number): Route[] {
  const others = prints.filter((route) => route.kind !== kind);
  return copies > 0 ? [...others, { kind, copies: Math.min(copies, MAX_COPIES) }] : others;
}

/** Where the printer is, as people say it. */
export function placeOf({ transport }: Pick<Printer, "transport">): string {
  return transport.via === "tcp" ? transport.address : transport.path;
}

export type AddressProblem = "address_missing" | "address_wrong" | "path_missing" | "path_wrong";

/** What is wrong with where a printer is said to be. */
export function placeProblem({ transport }: Pick<Printer, "transport">): AddressProblem | null {
  if (transport.via === "tcp") {
    const address = transport.address.trim();
    if (address === "") return "address_missing";
    const port = /:(\d+)$/.exec(address)?.[1];
    const fits = /^[A-Za-z0-9.-]+(:\d{1,5})?$/.test(address) && (port === undefined || (Number(port) > 0 && Number(port) < 65_536));
    return fits ? null : "address_wrong";
  }
  const path = transport.path.trim();
  if (path === "") return "path_missing";
  return /^(\/|[A-Za-z]:\\|\\\\|COM\d|LPT\d)/i.test(path) ? null : "path_wrong";
}
