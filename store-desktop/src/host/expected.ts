/** Types that the next generation brings; this file goes away with it. */
import type { DayId } from "../generated/DayId";
import type { DeviceId } from "../generated/DeviceId";
import type { HostError as GeneratedHostError } from "../generated/HostError";
import type { OrderId } from "../generated/OrderId";
import type { SessionId } from "../generated/SessionId";
import type { StaffId } from "../generated/StaffId";
import type { StoreId } from "../generated/StoreId";
import type { TimeMs } from "../generated/TimeMs";
import type { AttemptId } from "../generated/AttemptId";
import type { PhaseName } from "../generated/PhaseName";
import type { View as GeneratedView } from "../generated/View";
import type { Won } from "../generated/Won";
import type { AlarmView, Lanes, Refusal, WorkplaceView } from "./expected-workplace";

export type BreakCause = "rest" | "too_busy" | "ingredients" | "equipment" | "schedule" | "other";
export type Busy = { extra_minutes: number; until?: TimeMs };
export type DayPhase =
  | { state: "preparing" }
  | { state: "open"; since: TimeMs }
  | { state: "on_break"; since: TimeMs; until?: TimeMs; cause: BreakCause }
  | { state: "closing"; since: TimeMs; cut?: number }
  | { state: "closed"; at: TimeMs };
export type Day = { day_id: DayId; prepared_at: TimeMs; opened_at?: TimeMs; busy?: Busy } & DayPhase;

export type MinuteOfDay = string;
export type DayHours = { open: MinuteOfDay; close: MinuteOfDay; break?: [MinuteOfDay, MinuteOfDay] };
export type WeekSchedule = {
  mon: DayHours | null;
  tue: DayHours | null;
  wed: DayHours | null;
  thu: DayHours | null;
  fri: DayHours | null;
  sat: DayHours | null;
  sun: DayHours | null;
};

export type StaffRole = "owner" | "staff";
export type SessionKind = "counter" | "viewer";
export type ConfirmedBy = "password" | "counter" | "second_factor" | "recovery_code";
export type StaffCard = {
  staff_id: StaffId;
  name: string;
  login_id: string;
  role: StaffRole;
  disabled_at: TimeMs | null;
  has_second_factor: boolean;
};
export type DeviceSession = { session_id: SessionId; kind: SessionKind; staff_id: StaffId; since: TimeMs; connected: boolean };
export type DeviceCard = {
  device_id: DeviceId;
  name: string;
  enrolled_at: TimeMs;
  last_seen: TimeMs | null;
  has_key: boolean;
  confirmed_by: ConfirmedBy;
  revoked_at: TimeMs | null;
  session: DeviceSession | null;
};
export type DeviceRequest = {
  confirmation_id: string;
  device_id: DeviceId;
  device_name: string;
  number: string;
  kind: SessionKind;
  staff_id: StaffId;
  asked_at: TimeMs;
  expires_at: TimeMs;
  is_known: boolean;
};
export type StoreChoice = { store_id: StoreId; store_name: string };
export type DeskSettings = { confirm_new_devices: boolean };
export type Desk = {
  me: StaffCard;
  device_id: DeviceId;
  staff: StaffCard[];
  devices: DeviceCard[];
  requests: DeviceRequest[];
  settings: DeskSettings;
  stores: StoreChoice[];
};
export type SecondFactorShown = { secret: string; uri: string; qr_svg: string };
export type RecoveryCodes = { codes: string[] };

export type DayTotals = {
  orders: number;
  completed: number;
  rejected: number;
  cancelled: number;
  captured: Won;
  refunded: Won;
};
export type BlockerCode =
  | "not_closing"
  | "open_order"
  | "closing_too_fresh"
  | "payment_under_way"
  | "payment_unknown"
  | "payment_needs_review"
  | "refund_pending"
  | "refund_needs_review"
  | "not_cut";
export type BlockerAction = "start_closing" | "finish_orders" | "wait" | "ask_operator" | "cut";
export type Equality = "journal" | "orders" | "stream" | "money";
export type Verdict = "equal" | "different" | "not_known";
export type Blamed = "journal" | "stream" | "database" | "payments";
export type Repair = "read_journal_again" | "rebuild_stream" | "check_again" | "ask_operator";
export type Difference = {
  equality: Equality;
  blamed: Blamed;
  repair: Repair;
  seq?: number;
  order_id?: OrderId;
  attempt_id?: AttemptId;
  field: string;
  expected: string;
  found: string;
};
export type Certificate = {
  v: number;
  store_id: StoreId;
  store_name: string;
  day_id: DayId;
  prepared_at: TimeMs;
  closed_at: TimeMs;
  epoch: number;
  first_seq: number;
  upto_seq: number;
  head_hash: string;
  device_id: DeviceId;
  totals: DayTotals;
  lost: number;
  doubled: number;
  payment_difference: number;
};
export type SignedCertificate = { text: string; key_id: string; signature: string };

export type CloseStep =
  | "stop_orders"
  | "open_orders"
  | "commands"
  | "payments"
  | "cut"
  | "journal"
  | "books"
  | "totals"
  | "certificate"
  | "closed";
export type StepState = "done" | "working" | "waiting" | "needs_person" | "ahead";
export type StepLine = { step: CloseStep; state: StepState };
export type CloseAction = "close_step" | "close_repair" | "close_finish" | "close_cancel";
export type CloseNote = { code: string; korean: string; english: string };
export type OpenOrder = { order_id: OrderId; number?: number; call_name?: string; phase?: PhaseName };
export type BlockerLine = {
  code: BlockerCode;
  action: BlockerAction;
  count: number;
  orders: OpenOrder[];
  until?: TimeMs;
  korean: string;
  english: string;
};
export type EqualityLine = { equality: Equality; verdict: Verdict };
export type Compared = { orders: number; events: number; payments: number };
export type DifferenceLine = {
  difference: Difference;
  blamed: Blamed;
  repair: Repair;
  number?: number;
  korean: string;
  english: string;
};
export type CloseView = {
  day_id: DayId;
  started_at: TimeMs;
  step: CloseStep;
  steps: StepLine[];
  planned_at?: TimeMs;
  actions: CloseAction[];
  waiting?: CloseNote;
  problem?: CloseNote;
  open_orders: OpenOrder[];
  unsent: number;
  refused: number;
  blockers: BlockerLine[];
  equalities: EqualityLine[];
  differences: DifferenceLine[];
  more_differences: number;
  compared: Compared;
  totals?: DayTotals;
  certified: boolean;
};
export type CertificateCard = { day_id: DayId; closed_at: TimeMs; totals: DayTotals; verified: boolean };
export type CertificateView = {
  certificate: Certificate;
  signed: SignedCertificate;
  public_key: string;
  verified: boolean;
  problem?: CloseNote;
};
export type Exported = { folder: string; files: string[] };

export type DayAction = "prepare" | "open" | "break_start" | "break_end" | "busy" | "closing_start" | "closing_resume";
export type TransitionCause = "by_hand" | "schedule" | "time_up" | "forgotten";
export type TransitionKind = "open" | "break_start" | "break_end" | "closing_start" | "busy_end" | "back_on_sale";
export type Transition = { kind: TransitionKind; at: TimeMs; cause: TransitionCause };
export type ReminderKind =
  | "open_soon"
  | "open_late"
  | "break_soon"
  | "break_over"
  | "close_soon"
  | "close_late"
  | "close_forgotten";
export type Reminder = { kind: ReminderKind; at: TimeMs; action: DayAction | null; korean: string; english: string };
export type DayView = {
  provisional: boolean;
  actions: DayAction[];
  next: Transition | null;
  reminder: Reminder | null;
};
export type ClockView = { skew_ms: number; noticeable: boolean; korean: string; english: string };

export type CheckWhat = "clock" | "link" | "sound" | "printer" | "sold_out" | "parked" | "journal";
export type CheckState = "good" | "look" | "untried";
export type CheckItem = { what: CheckWhat; state: CheckState; korean: string; english: string };
export type OpeningResult = { at: TimeMs; day_id: DayId | null; items: CheckItem[] };
export type OpeningView = { items: CheckItem[]; last: OpeningResult | null; due: boolean };

export type HostProblem = GeneratedHostError & { stores?: StoreChoice[] };
export type AccountView = {
  kind: SessionKind;
  staff_id: StaffId;
  name: string | null;
  role: StaffRole | null;
  device_id: DeviceId;
  expires_at: TimeMs | null;
  leased: boolean;
  failed_renewals: number;
};
export type PendingSignIn = {
  number: string;
  expires_at: TimeMs;
  by_counter: boolean;
  by_second_factor: boolean;
  problem: HostProblem | null;
};

export type View = Omit<GeneratedView, "day" | "lanes" | "alarm" | "refusals"> &
  WorkplaceView & {
    lanes: Lanes;
    alarm: AlarmView;
    refusals: Refusal[];
    day: Day | null;
    day_view: DayView;
    clock: ClockView;
    read_only: boolean;
    opening: OpeningView;
    closing: CloseView | null;
    desk: Desk | null;
    account: AccountView | null;
    pending_sign_in: PendingSignIn | null;
  };

type Nothing = Record<string, never>;
type Until = { until?: TimeMs };
export type DayCalls = {
  day_prepare: { args: Nothing; answer: null };
  day_open: { args: Nothing; answer: null };
  day_break_start: { args: { cause: BreakCause } & Until; answer: null };
  day_break_end: { args: Nothing; answer: null };
  day_busy: { args: { extra_minutes: number } & Until; answer: null };
  day_closing_start: { args: Nothing; answer: null };
  day_closing_resume: { args: Nothing; answer: null };
  close_start: { args: { at?: TimeMs }; answer: null };
  close_step: { args: Nothing; answer: CloseView | null };
  close_repair: { args: Nothing; answer: CloseView | null };
  close_finish: { args: Nothing; answer: CloseView | null };
  close_cancel: { args: Nothing; answer: CloseView | null };
  certificates: { args: Nothing; answer: CertificateCard[] };
  certificate: { args: { day_id: DayId }; answer: CertificateView };
  certificate_print: { args: { day_id: DayId }; answer: null };
  certificate_export: { args: { day_id: DayId }; answer: Exported };
  opening_finish: { args: Nothing; answer: null };
  schedule: { args: Nothing; answer: ScheduleDocument };
  set_schedule: { args: { schedule: WeekSchedule; holidays: string[]; policy: SchedulePolicy }; answer: null };
  confirm_sign_in: { args: { second_factor?: string; take_over: boolean }; answer: null };
  cancel_sign_in: { args: Nothing; answer: null };
  end_viewer: { args: { session_id: SessionId }; answer: null };
  add_staff: { args: { own_password: string; login_id: string; password: string; name: string; role: StaffRole }; answer: StaffCard };
  change_staff: { args: { staff_id: StaffId; own_password: string; name?: string; role?: StaffRole; disabled?: boolean; password?: string }; answer: StaffCard };
  decide_device: { args: { confirmation_id: string; number: string; allow: boolean }; answer: null };
  revoke_device: { args: { device_id: DeviceId }; answer: null };
  change_settings: { args: { own_password: string; confirm_new_devices: boolean }; answer: null };
  change_password: { args: { own_password: string; password: string }; answer: null };
  begin_second_factor: { args: { own_password: string }; answer: SecondFactorShown };
  confirm_second_factor: { args: { code: string }; answer: RecoveryCodes };
  remove_second_factor: { args: { own_password: string; code: string }; answer: null };
};
export type SchedulePolicy = { auto_open: boolean; auto_break: boolean; auto_close: boolean };
export type ScheduleDocument = { version: number; schedule: WeekSchedule; holidays: string[]; policy: SchedulePolicy };
