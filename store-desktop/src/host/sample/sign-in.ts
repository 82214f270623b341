import type { PendingSignIn } from "../../generated/PendingSignIn";
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

/** A device that nobody knows yet: the counter has been asked. */
export function pendingSignIn(now: number): PendingSignIn {
  return { number: "47", expires_at: now + 10 * 60_000, by_counter: true, by_second_factor: true, problem: null };
}
