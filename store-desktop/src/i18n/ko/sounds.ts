import type { Sound as SoundName } from "../../generated/Sound";

export const sounds = {
  title: "소리",
  lead: "네 가지 소리를 들어 보고, 주방에서 들리는지 확인하세요. 소리는 창을 내려 두어도 나요.",
  level: "PC 음량",
  device: (name: string) => `소리 장치: ${name}`,
  state: {
    good: "소리가 나요",
    unknown: "소리가 나요 (음량은 알 수 없어요)",
    quiet: "PC 음량이 작아요",
    muted: "PC가 음소거되어 있어요",
    none: "소리를 낼 장치가 없어요",
  },
  what: {
    quiet: "주방에서 들리지 않을 수 있어요. PC의 음량을 올려 주세요.",
    muted: "PC의 음소거를 풀어 주세요.",
    none: "스피커를 연결해 주세요. 그때까지 새 주문은 화면이 깜박여 알려요.",
  },
  name: { fresh: "새 주문", cancelled: "취소", rider: "라이더 도착", trouble: "장애" } satisfies Record<SoundName, string>,
  when: {
    fresh: "그 주문을 열거나 접수할 때까지 울려요.",
    cancelled: "가장 크고 빠른 소리예요. '확인했어요'를 누를 때까지 울려요.",
    rider: "라이더가 매장에 왔을 때 두 번 울려요.",
    trouble: "연결이나 프린터에 문제가 생겼을 때 울리고, 화면에 이유가 보여요.",
  } satisfies Record<SoundName, string>,
  play: "들어 보기",
  again: "한 번 더",
  question: "주방에서 들렸나요?",
  yes: "들렸어요",
  no: "안 들렸어요",
  help: "PC의 음량과 스피커 선, 소리 장치를 확인하고 다시 들어 보세요. 블루투스 스피커는 잠들 수 있어요.",
  heardAt: (moment: string) => `${moment}에 들렸다고 확인`,
  unheardAt: (moment: string) => `${moment}에 안 들린다고 했어요`,
  neverHeard: "아직 들어 보지 않았어요",
};
