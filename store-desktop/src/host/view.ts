// What the host says about itself, in the shape the Rust core writes it.
import type { Actor } from "../generated/Actor";
import type { Code } from "../generated/Code";
import type { CommandAction } from "../generated/CommandAction";
import type { CommandKey } from "../generated/CommandKey";
import type { DayCard } from "../generated/DayCard";
import type { Order } from "../generated/Order";
import type { OrderId } from "../generated/OrderId";
import type { Private } from "../generated/Private";
import type { Problem } from "../generated/Problem";
import type { StoreCard } from "../generated/StoreCard";
import type { TimeMs } from "../generated/TimeMs";

export type Language = "ko" | "en";
export type Light = "green" | "amber" | "red";
export type Cause =
  | "ok"
  | "connecting"
  | "catching_up"
  | "server_unreachable"
  | "degraded"
  | "signed_out"
  | "taken_over"
  | "clock_skew";

export type Link = {
  light: Light;
  proof_age_ms: number | null;
  last_proof_at: TimeMs | null;
  cause: Cause;
  since: TimeMs;
};

export type ShownEvent = { kind: string; at: TimeMs; by: Actor; provisional: boolean };

export type OrderCard = {
  order: Order;
  private: Private | null;
  provisional: boolean;
  pending: CommandAction[];
  acknowledged: boolean;
  events: ShownEvent[];
};

export type Refusal = {
  key: CommandKey;
  order_id: OrderId;
  action: CommandAction;
  code: Code;
  refused_at: TimeMs;
  korean: string;
  english: string;
  number: number | null;
  call_name: string | null;
};

export type Lanes = { fresh: OrderCard[]; cooking: OrderCard[]; ready: OrderCard[]; done: OrderCard[] };

export type Alarm = { sounding: boolean; order_ids: OrderId[]; output: "native" | "none"; problem: string | null };
export type Outbox = { waiting: number; oldest_made_at: TimeMs | null };
export type Journal = { healthy: boolean; problem: string | null; position: string | null; events: number };

export type View = {
  now: TimeMs;
  server_offset_ms: number;
  screen: "sign_in" | "counter";
  store: StoreCard | null;
  login_id: string | null;
  day: DayCard | null;
  server_url: string;
  link: Link;
  lanes: Lanes;
  alarm: Alarm;
  outbox: Outbox;
  refusals: Refusal[];
  journal: Journal;
  sign_in_problem: Problem | null;
  language: Language;
};
