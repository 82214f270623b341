export const sound = {
  native: "소리 켜짐",
  none: "소리 없음",
  test: "소리 시험",
  tested: "시험 소리를 냈어요. 들리지 않으면 PC의 음량과 스피커를 확인해 주세요.",
  testedNone: "소리를 낼 장치가 없어요. 스피커를 연결해 주세요. 그때까지 새 주문은 화면이 깜박여 알려요.",
  flashing: "새 주문이 있어요",
};
