import { line } from "./orders";

/** What the sample café sells. */
export const sampleLines = {
  americano: (quantity = 1) =>
    line("아메리카노", 3_200, quantity, [
      ["온도", "ICE"],
      ["사이즈", "라지", 700],
      ["원두", "디카페인", 500],
    ]),
  hotAmericano: () => line("아메리카노", 3_200, 1, [["온도", "HOT"]]),
  latte: (quantity = 1) =>
    line("카페라떼", 3_900, quantity, [
      ["온도", "ICE"],
      ["추가", "샷 추가", 500, 2],
      ["추가", "귀리우유로 변경", 700],
    ]),
  einspanner: () =>
    line("아인슈페너", 4_800, 1, [
      ["원두", "마일드"],
      ["당도", "덜 달게"],
    ]),
  croissant: (quantity = 1) => line("소금빵", 3_300, quantity, [["데우기", "데워 주세요"]]),
  cake: () => line("바스크 치즈케이크", 6_500),
  tea: () => line("자몽 허니 블랙티", 5_200, 1, [["온도", "HOT"]]),
  ade: (quantity = 1) => line("레몬에이드", 5_000, quantity, [["사이즈", "1리터", 2_500]]),
};
