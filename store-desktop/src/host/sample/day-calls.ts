import type { ScheduleDocument } from "../../generated/ScheduleDocument";
import type { CallName, Calls } from "../Host";
import { sampleCertificate } from "./closing";
import { DAY_ID, sampleClosing, TOTALS, withDay } from "./day";
import type { SampleHost } from "./SampleHost";

const MINUTE = 60_000;
const EVENING = { open: "10:00", close: "25:00", break: ["15:00", "17:00"] as [string, string] };

export const SAMPLE_SCHEDULE: ScheduleDocument = {
  version: 3,
  schedule: {
    mon: null,
    tue: { open: "10:00", close: "22:00" },
    wed: { open: "10:00", close: "22:00" },
    thu: { open: "10:00", close: "22:00", break: ["15:00", "16:30"] },
    fri: EVENING,
    sat: EVENING,
    sun: { open: "11:00", close: "21:30" },
  },
  holidays: ["2026-12-25", "2027-02-07"],
  policy: { auto_open: false, auto_break: true, auto_close: true },
  reservations: { enabled: true, slot_minutes: 10, capacity: 20 },
};

/** Stands in for the picture that the host draws. */
const SAMPLE_QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/><path d="M4 4h7v7h-7zM18 4h7v7h-7zM4 18h7v7h-7zM14 6h2v9h-2zM13 18h9v2h-9zM20 13h5v2h-5z"/></svg>';

/** Answers the calls about the day, the people and the devices; `undefined` for any other. */
export function answerDayCall(host: SampleHost, name: CallName, args: unknown): unknown {
  const now = Date.now();
  const view = host.current;
  switch (name) {
    case "day_prepare":
      return done(() => host.show(withDay(view, "preparing", now)));
    case "day_open":
    case "day_break_end":
    case "day_closing_resume":
    case "close_cancel":
      return done(() => host.show({ ...withDay(view, "open", now), closing: null }));
    case "day_break_start": {
      const { cause, until } = args as Calls["day_break_start"]["args"];
      const next = withDay(view, "on_break", now);
      const day = { ...next.day, state: "on_break", since: now, cause, ...(until === undefined ? { until: undefined } : { until }) };
      return done(() => host.show({ ...next, day: day as typeof next.day }));
    }
    case "day_busy": {
      const { extra_minutes, until } = args as Calls["day_busy"]["args"];
      const busy = extra_minutes === 0 ? undefined : { extra_minutes, ...(until !== undefined && { until }) };
      return done(() => view.day && host.show({ busy_minutes: extra_minutes, day: { ...view.day, busy } as typeof view.day }));
    }
    case "close_start":
      return done(() => host.show({ ...withDay(view, "closing", now), closing: sampleClosing("payments", "waiting", now) }));
    case "close_finish": {
      const finished = view.closing?.step === "closed";
      host.show({ ...withDay(view, "closed", now), closing: finished ? null : sampleClosing("closed", "done", now) });
      return host.current.closing;
    }
    case "close_repair":
      host.show({ closing: sampleClosing("totals", "needs_person", now) });
      return host.current.closing;
    case "close_step":
      return view.closing;
    case "certificates":
      return [0, 1, 2].map((ago) => ({
        day_id: ago === 0 ? DAY_ID : `${DAY_ID.slice(0, -1)}${ago + 1}`,
        closed_at: now - 5 * MINUTE - ago * 24 * 60 * MINUTE,
        totals: { ...TOTALS, orders: TOTALS.orders - 7 * ago, captured: TOTALS.captured - 90_000 * ago },
        verified: true,
      }));
    case "certificate":
      return sampleCertificate(now, (args as Calls["certificate"]["args"]).day_id);
    case "certificate_export":
      return { folder: "~/간편주문/2026-11-21", files: ["certificate.json", "key.txt", "journal.jsonl", "README.txt"] };
    case "schedule":
      return SAMPLE_SCHEDULE;
    case "add_staff":
    case "change_staff":
      return { ...view.desk?.me, ...(args as { name?: string }) };
    case "cancel_sign_in":
      return done(() => host.show({ pending_sign_in: null }));
    case "decide_device":
      return done(() => view.desk && host.show({ desk: { ...view.desk, requests: [] } }));
    case "begin_second_factor":
      return { secret: "JBSWY3DPEHPK3PXP2W4VZ6AAQ7YB5R3M", uri: "otpauth://totp/Simple%20Order:hongdae?secret=JBSWY3DPEHPK3PXP2W4VZ6AAQ7YB5R3M&issuer=Simple%20Order", qr_svg: SAMPLE_QR };
    case "confirm_second_factor":
      return { codes: ["7KQ2-MX41", "P0ZD-88RT", "VW3N-1JCE", "4HYB-99KA", "EE2S-QD7U", "61MT-XF0L", "C8RV-2PZB", "ND5W-70HG"] };
    default:
      return undefined;
  }
}

function done(change: () => void): null {
  change();
  return null;
}
