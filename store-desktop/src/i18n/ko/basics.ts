export const product: string = "간편주문";
export const won = (amount: number) => `${amount.toLocaleString("en-US")}원`;
export const minutes = (n: number) => `${n}분`;
export const seconds = (n: number) => `${n}초`;
export const date = (month: number, day: number, weekday: number) =>
  `${month}월 ${day}일 (${"일월화수목금토"[weekday] ?? ""})`;
export const confirm: string = "확인";
export const close: string = "닫기";
export const back: string = "돌아가기";
