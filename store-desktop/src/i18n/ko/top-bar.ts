export const topBar = {
  label: "매장 상태",
  waiting: (n: number) => `전송 대기 ${n}건`,
  waitingSince: (minutes: number) => `${minutes}분째`,
  allSent: "모두 전송됨",
  counts: (fresh: number, cooking: number, ready: number) => `신규 ${fresh} · 조리 ${cooking} · 준비 ${ready}`,
  readOnly: "읽기 전용",
  readOnlyHint: "보기만 할 수 있어요. 주문 처리는 카운터에서 해 주세요.",
  signedInAs: (login: string) => `${login} 계정으로 로그인했어요`,
  language: "언어",
  signOut: "로그아웃",
  signOutAgain: "한 번 더 누르면 로그아웃",
  signOutRefused: (n: number) =>
    `아직 서버로 보내지 못한 처리가 ${n}건 있어요. 연결되어 모두 전송된 뒤에 로그아웃해 주세요.`,
  titleRinging: (n: number) => `새 주문 ${n}건`,
};
