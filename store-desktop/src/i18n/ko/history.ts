export const history = {
  title: "주문 내역",
  lead: "이 PC에 기록된 모든 영업일의 주문이에요. 인터넷이 없어도 찾을 수 있어요.",
  search: "지난 주문 찾기",
  searchHint: "번호 · 호출명 · 메뉴 · 전화 끝번호",
  allDays: "모든 날",
  none: "찾는 주문이 없어요",
  count: (n: number) => `${n}건`,
  countMore: (n: number) => `${n}건 넘게 있어요. 처음 ${n}건이에요.`,
  more: "더 보기",
  story: "주문 이야기",
  prints: "출력",
  noPrints: "출력한 것이 없어요",
};
