export const product: string = "간편주문";
export const won = (amount: number) => `${amount.toLocaleString("en-US")}원`;
export const minutes = (n: number) => `${n}분`;
export const seconds = (n: number) => `${n}초`;
export const date = (month: number, day: number, weekday: number) =>
  `${month}월 ${day}일 (${"일월화수목금토"[weekday] ?? ""})`;
export const confirm: string = "확인";
export const close: string = "닫기";
export const back: string = "돌아가기";
/** What is said before something that was written is left. */
export const unsaved = {
  dialog: "쓰던 것이 저장되지 않아요. 닫으려면 한 번 더 눌러 주세요.",
  page: "저장하지 않은 변경이 있어요. 나가려면 Esc를 한 번 더 눌러 주세요. 쓰던 것은 남겨 둘게요.",
};
