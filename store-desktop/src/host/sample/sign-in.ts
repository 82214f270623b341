import { HostError } from "../Host";

/** What somebody hears whose login belongs to two stores. */
export function severalStores(): HostError {
  return new HostError({
    code: "choose_store",
    korean: "여러 매장에 속한 아이디예요. 들어갈 매장을 골라 주세요.",
    english: "This id belongs to several stores. Choose one.",
    stores: [
      { store_id: "0195d000-0000-7000-8000-00000000a001", store_name: "골목커피 홍대점" },
      { store_id: "0195d000-0000-7000-8000-00000000a002", store_name: "골목커피 망원점" },
    ],
  });
}

/** What a device hears that nobody knows yet. */
export function unconfirmed(now: number): HostError {
  return new HostError({
    code: "device_unconfirmed",
    korean: "처음 보는 기기예요. 카운터에서 같은 번호를 확인하고 허용하거나, 인증 앱의 번호를 넣어 주세요.",
    english: "This device is new. Allow it at the counter, or enter a code of your authenticator app.",
    confirmation: { token: "a token", number: "47", expires_at: now + 10 * 60_000, by_counter: true, by_second_factor: true },
  });
}
