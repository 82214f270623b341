import type { Suggestion } from "../../generated/Suggestion";

export const conflicts = {
  title: (n: number) => `확인할 주문 ${n}건`,
  strip: "주방과 서버의 기록이 달라요. 한 건씩 정해 주세요.",
  open: "보기",
  lead: "취소된 뒤에 조리가 이어진 주문이에요. 돈은 이미 환불되고 있어요.",
  look: "주문 보기",
  suggestion: {
    accept_the_loss: "음식은 버렸어요",
    ask_the_customer: "손님에게 드렸어요",
    stop_preparing: "조리를 멈췄어요",
    look_again: "다시 볼게요",
    dismiss: "확인했어요",
    call_for_help: "확인했어요",
  } satisfies Record<Suggestion, string>,
};
