import type { JournalNote } from "../../generated/JournalNote";
import type { LinkCause } from "../../generated/LinkCause";

export const link = {
  label: "연결 상태",
  green: "정상",
  amber: "주의",
  red: "끊김",
  lastProof: (age: string) => `마지막 확인 ${age} 전`,
  noProof: "아직 확인 전",
  since: (clock: string) => `${clock}부터`,
  silentTitle: "화면이 프로그램과 끊겼어요",
  silentFor: (seconds: number) => `${seconds}초 동안 새 소식이 없어요.`,
  silentText: "소리는 프로그램이 따로 내요. 계속되면 창을 닫고 다시 켜 주세요.",
  cause: {
    ok: { title: "연결됨", text: "서버까지 오가는 확인이 늦어지고 있어요. 접수·조리·완료는 계속 누를 수 있어요." },
    connecting: {
      title: "연결하는 중이에요",
      text: "접수·조리·완료는 계속 누를 수 있고, 연결되면 전송돼요.",
    },
    catching_up: {
      title: "밀린 주문을 받는 중이에요",
      text: "곧 최신 상태가 돼요. 접수·조리·완료는 계속 누를 수 있어요.",
    },
    server_unreachable: {
      title: "인터넷이 끊겼어요",
      text: "접수·조리·완료는 계속 누를 수 있고, 연결되면 전송돼요. 새 주문은 연결된 뒤에 보여요. 인터넷이 되는데도 계속되면 서버 문제예요.",
    },
    degraded: {
      title: "서버가 제대로 응답하지 않아요",
      text: "보이는 내용이 늦을 수 있어요. 접수·조리·완료는 계속 누를 수 있고, 나중에 전송돼요.",
    },
    counter_not_connected: {
      title: "연결된 카운터가 없어요",
      text: "읽기 전용 화면은 카운터가 켜져 있을 때만 이어져요. 카운터가 다시 연결되면 저절로 보여요. 지금 보이는 내용은 그 전의 것이에요.",
    },
    signed_out: { title: "로그인이 끝났어요", text: "새 주문을 받으려면 다시 로그인해 주세요." },
    taken_over: {
      title: "다른 기기가 카운터를 넘겨받았어요",
      text: "이 PC에는 새 주문이 오지 않아요. 계속하려면 다시 로그인해 주세요.",
    },
    clock_skew: {
      title: "PC 시계가 맞지 않아요",
      text: "남은 시간은 서버 시계로 보여 드려요. PC의 날짜와 시각을 자동으로 맞춰 주세요.",
    },
  } satisfies Record<LinkCause, { title: string; text: string }>,
  /** The same for a screen that only looks on: it has nothing to press. */
  viewerText: {
    connecting: "연결되면 저절로 최신 상태가 돼요.",
    catching_up: "곧 최신 상태가 돼요.",
    server_unreachable:
      "보이는 내용은 끊기기 전의 것이에요. 연결되면 저절로 이어져요. 인터넷이 되는데도 계속되면 서버 문제예요.",
    degraded: "보이는 내용이 늦을 수 있어요. 급하면 카운터 화면을 확인해 주세요.",
  } as Partial<Record<LinkCause, string>>,
};

export const journal = {
  title: "이 PC에 기록할 수 없어요",
  text: "누른 것이 저장되지 않을 수 있어요. 디스크의 남은 공간을 확인하고 운영자에게 알려 주세요.",
  note: {
    disk_full: {
      title: "디스크가 가득 찼어요",
      text: "이 PC에 기록할 수 없어서 새 주문이 보이지 않고, 누른 것은 서버가 확인한 뒤에만 처리된 것으로 보여요. 지금 파일을 지워 자리를 만들어 주세요. 자리가 생기면 밀린 주문이 바로 보여요.",
    },
    write_through: {
      title: "이 PC의 디스크를 믿을 수 없어요",
      text: "한 시간 안에 두 번 쓰지 못했어요. 누른 것은 서버가 확인한 뒤에만 처리된 것으로 보여요. 디스크를 점검하고 운영자에게 알려 주세요.",
    },
    commands_lost: {
      title: "기록 파일이 손상되어 새로 시작했어요",
      text: "보내지 못한 처리 가운데 읽을 수 없는 것이 있어요. 주문마다 상태를 확인하고 필요한 것은 다시 눌러 주세요. 손상된 파일은 데이터 폴더에 남겨 두었어요.",
    },
    set_aside: {
      title: "기록 파일이 손상되어 새로 시작했어요",
      text: "주문은 서버에서 다시 받았고, 보내지 못한 처리는 모두 옮겼어요. 손상된 파일은 데이터 폴더에 남겨 두었어요. 디스크를 점검해 주세요.",
    },
    restored: {
      title: "이 PC의 기록이 예전 것으로 바뀌었어요",
      text: "백업에서 복원했거나 다른 PC로 복사된 것 같아요. 주문은 서버에서 다시 받았어요. 복원 뒤에 누른 것이 모두 있는지 확인해 주세요.",
    },
    space_low: {
      title: "디스크에 자리가 얼마 없어요",
      text: "500MB보다 적게 남았어요. 필요 없는 파일을 지워 주세요.",
    },
    space_critical: {
      title: "디스크에 자리가 거의 없어요",
      text: "100MB보다 적게 남았어요. 지금 파일을 지우지 않으면 곧 이 PC에 기록할 수 없어요.",
    },
  } satisfies Record<JournalNote, { title: string; text: string }>,
  lost: (n: number) => `확인할 처리 ${n}건`,
};
