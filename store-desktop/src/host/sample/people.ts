import type { Desk } from "../../generated/Desk";

const MINUTE = 60_000;
const staff = (n: number) => `0195d000-0000-7000-8000-00000000e00${n}`;
const device = (n: number) => `0195d000-0000-7000-8000-00000000d00${n}`;

/** People and devices of the sample café; one tablet asks to come in. */
export function sampleDesk(now: number): Desk {
  const owner = { staff_id: staff(1), name: "김정아", login_id: "hongdae", role: "owner" as const, disabled_at: null, has_second_factor: false };
  const since = now - 190 * MINUTE;
  return {
    me: owner,
    device_id: device(1),
    staff: [
      owner,
      { staff_id: staff(2), name: "박서준", login_id: "seojun22", role: "staff", disabled_at: null, has_second_factor: true },
      { staff_id: staff(3), name: "이하늘", login_id: "haneul", role: "staff", disabled_at: now - 9 * 24 * 60 * MINUTE, has_second_factor: false },
    ],
    devices: [
      {
        device_id: device(2),
        name: "주방 태블릿",
        enrolled_at: now - 40 * 24 * 60 * MINUTE,
        last_seen: now - 4_000,
        has_key: true,
        confirmed_by: "counter",
        revoked_at: null,
        session: { session_id: "0195d000-0000-7000-8000-00000000f002", kind: "viewer", staff_id: staff(2), since, connected: true },
      },
      {
        device_id: device(1),
        name: "카운터 PC",
        enrolled_at: now - 60 * 24 * 60 * MINUTE,
        last_seen: now - 2_000,
        has_key: true,
        confirmed_by: "password",
        revoked_at: null,
        session: { session_id: "0195d000-0000-7000-8000-00000000f001", kind: "counter", staff_id: staff(1), since, connected: true },
      },
      {
        device_id: device(3),
        name: "사장님 노트북",
        enrolled_at: now - 12 * 24 * 60 * MINUTE,
        last_seen: now - 30 * 60 * MINUTE,
        has_key: false,
        confirmed_by: "second_factor",
        revoked_at: null,
        session: null,
      },
      {
        device_id: device(4),
        name: "예전 카운터 PC",
        enrolled_at: now - 300 * 24 * 60 * MINUTE,
        last_seen: now - 61 * 24 * 60 * MINUTE,
        has_key: false,
        confirmed_by: "recovery_code",
        revoked_at: now - 59 * 24 * 60 * MINUTE,
        session: null,
      },
    ],
    requests: [
      {
        confirmation_id: "0195d000-0000-7000-8000-00000000c101",
        device_id: device(5),
        device_name: "홀 태블릿",
        number: "47",
        kind: "viewer",
        staff_id: staff(2),
        asked_at: now - 40_000,
        expires_at: now + 9 * MINUTE + 20_000,
        is_known: false,
      },
    ],
    settings: { confirm_new_devices: false },
    alert_phone: "010-****-5678",
    stores: [],
  };
}
