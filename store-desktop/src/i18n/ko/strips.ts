export const refusals = {
  title: (n: number) => `서버가 받지 않은 처리 ${n}건`,
  line: (order: string, action: string) => `${order} ${action}`,
  unknownOrder: "알 수 없는 주문",
};

export const stop = {
  text: "이미 취소된 주문이에요. 조리를 멈춰 주세요.",
};

export const announce = {
  fresh: (order: string, amount: string) => `새 주문 ${order}, ${amount}`,
};
