import type { BreakCause } from "../generated/BreakCause";
import type { CertificateCard } from "../generated/CertificateCard";
import type { CertificateView } from "../generated/CertificateView";
import type { CloseView } from "../generated/CloseView";
import type { DayId } from "../generated/DayId";
import type { DeviceDecision } from "../generated/DeviceDecision";
import type { DeviceId } from "../generated/DeviceId";
import type { Exported } from "../generated/Exported";
import type { NewStaff } from "../generated/NewStaff";
import type { PasswordChange } from "../generated/PasswordChange";
import type { RecoveryCodes } from "../generated/RecoveryCodes";
import type { ScheduleDocument } from "../generated/ScheduleDocument";
import type { SecondFactorBegin } from "../generated/SecondFactorBegin";
import type { SecondFactorConfirm } from "../generated/SecondFactorConfirm";
import type { SecondFactorRemove } from "../generated/SecondFactorRemove";
import type { SecondFactorShown } from "../generated/SecondFactorShown";
import type { AlertPhoneChange } from "../generated/AlertPhoneChange";
import type { SettingsChange } from "../generated/SettingsChange";
import type { StaffCard } from "../generated/StaffCard";
import type { StaffChange } from "../generated/StaffChange";
import type { StaffId } from "../generated/StaffId";
import type { TimeMs } from "../generated/TimeMs";

type Nothing = Record<string, never>;
type Until = { until?: TimeMs };

/** What the window asks about the day, its closing, the hours, the people and the devices. */
export type DayCalls = {
  day_prepare: { args: Nothing; answer: null };
  day_open: { args: Nothing; answer: null };
  day_break_start: { args: { cause: BreakCause } & Until; answer: null };
  day_break_end: { args: Nothing; answer: null };
  /** Zero minutes end it. */
  day_busy: { args: { extra_minutes: number } & Until; answer: null };
  day_closing_resume: { args: Nothing; answer: null };
  /** Keeps how the opening check came out. */
  opening_finish: { args: Nothing; answer: null };

  /** Begins closing, now or at a time of the counter's clock; while one is planned it changes the time. */
  close_start: { args: { at?: TimeMs }; answer: CloseView };
  close_step: { args: Nothing; answer: CloseView };
  close_repair: { args: Nothing; answer: CloseView };
  close_finish: { args: Nothing; answer: CloseView | null };
  close_cancel: { args: Nothing; answer: null };
  certificates: { args: Nothing; answer: CertificateCard[] };
  certificate: { args: { day_id: DayId }; answer: CertificateView };
  certificate_print: { args: { day_id: DayId }; answer: unknown };
  certificate_export: { args: { day_id: DayId }; answer: Exported };

  schedule: { args: Nothing; answer: ScheduleDocument };
  set_schedule: { args: Omit<ScheduleDocument, "version">; answer: null };

  confirm_sign_in: { args: { second_factor?: string; take_over: boolean }; answer: null };
  cancel_sign_in: { args: Nothing; answer: null };
  decide_device: { args: { confirmation_id: string } & DeviceDecision; answer: null };
  revoke_device: { args: { device_id: DeviceId }; answer: null };
  add_staff: { args: NewStaff; answer: StaffCard };
  change_staff: { args: { staff_id: StaffId } & StaffChange; answer: StaffCard };
  change_settings: { args: SettingsChange; answer: null };
  change_alert_phone: { args: AlertPhoneChange; answer: null };
  change_password: { args: PasswordChange; answer: null };
  begin_second_factor: { args: SecondFactorBegin; answer: SecondFactorShown };
  confirm_second_factor: { args: SecondFactorConfirm; answer: RecoveryCodes };
  remove_second_factor: { args: SecondFactorRemove; answer: null };
};
