import type { Actor } from "../generated/Actor";
import type { CancelReason } from "../generated/CancelReason";
import type { CommandAction } from "../generated/CommandAction";
import type { Conflict } from "../generated/Conflict";
import type { JournalNote } from "../generated/JournalNote";
import type { LinkCause } from "../generated/LinkCause";
import type { OrderEvent } from "../generated/OrderEvent";
import type { OrderMode } from "../generated/OrderMode";
import type { PhaseName } from "../generated/PhaseName";
import type { RejectReason } from "../generated/RejectReason";

/** Every sentence of the window, in Korean. The English file has the same shape. */
export const ko = {
  product: "간편주문",
  won: (amount: number) => `${amount.toLocaleString("en-US")}원`,
  minutes: (n: number) => `${n}분`,
  seconds: (n: number) => `${n}초`,
  date: (month: number, day: number, weekday: number) => `${month}월 ${day}일 (${"일월화수목금토"[weekday] ?? ""})`,
  confirm: "확인",
  close: "닫기",
  back: "돌아가기",

  signIn: {
    title: "카운터 로그인",
    lead: "주문을 받을 PC에서 로그인하세요. 매장마다 카운터는 한 대만 쓸 수 있어요.",
    claimTitle: "매장 처음 등록",
    claimLead: "운영자에게 받은 등록 코드로 매장을 등록하고, 쓸 아이디와 비밀번호를 정하세요.",
    modes: "로그인 방법",
    modeSignIn: "로그인",
    modeClaim: "처음 등록",
    claimCode: "등록 코드",
    loginId: "아이디",
    password: "비밀번호",
    passwordHint: "8자 이상으로 정해 주세요.",
    serverSettings: "서버 설정",
    server: "서버 주소",
    serverHint: "운영자가 알려 준 주소예요. 한 번 넣으면 이 PC가 기억해요.",
    submit: "로그인",
    submitClaim: "등록하고 시작",
    working: "확인하는 중…",
    missing: (field: string) => `${field} 칸을 채워 주세요.`,
    heldTitle: "다른 기기가 카운터를 쓰고 있어요",
    heldDevice: "기기",
    heldSince: "로그인한 때",
    heldLastSeen: "마지막 연결",
    heldNever: "연결된 적 없음",
    heldWhat: "넘겨받으면 그 기기는 바로 로그아웃되고, 주문은 이 PC에서 울려요.",
    takeOver: "넘겨받기",
    takeOverAgain: "한 번 더 누르면 넘겨받아요",
    problem: {
      session_taken_over: "다른 기기가 카운터를 넘겨받아 이 PC는 로그아웃되었어요. 여기서 계속 받으려면 다시 로그인하세요.",
      signed_out: "로그인이 끝났어요. 주문을 계속 받으려면 다시 로그인하세요.",
      device_copied:
        "이 PC의 기록은 예전 것이 복원되었거나 다른 PC에 복사된 것이에요. 같은 기록으로 켜진 다른 PC가 있는지 확인하고, 여기서 계속하려면 다시 로그인하세요.",
    },
  },

  topBar: {
    label: "매장 상태",
    open: "영업 중",
    notOpen: "영업 전",
    openedAt: (clock: string) => `${clock}에 시작`,
    waiting: (n: number) => `전송 대기 ${n}건`,
    waitingSince: (minutes: number) => `${minutes}분째`,
    allSent: "모두 전송됨",
    counts: (fresh: number, cooking: number, ready: number) => `신규 ${fresh} · 조리 ${cooking} · 준비 ${ready}`,
    language: "언어",
    signOut: "로그아웃",
    signOutAgain: "한 번 더 누르면 로그아웃",
    signOutRefused: (n: number) =>
      `아직 서버로 보내지 못한 처리가 ${n}건 있어요. 연결되어 모두 전송된 뒤에 로그아웃해 주세요.`,
    titleRinging: (n: number) => `새 주문 ${n}건`,
  },

  sound: {
    native: "소리 켜짐",
    none: "소리 없음",
    test: "소리 시험",
    tested: "시험 소리를 냈어요. 들리지 않으면 PC의 음량과 스피커를 확인해 주세요.",
    testedNone: "소리를 낼 장치가 없어요. 스피커를 연결해 주세요. 그때까지 새 주문은 화면이 깜박여 알려요.",
    flashing: "새 주문이 있어요",
  },

  link: {
    label: "연결 상태",
    green: "정상",
    amber: "주의",
    red: "끊김",
    lastProof: (age: string) => `마지막 확인 ${age} 전`,
    noProof: "아직 확인 전",
    since: (clock: string) => `${clock}부터`,
    silentTitle: "화면이 프로그램과 끊겼어요",
    silentText: (seconds: number) =>
      `${seconds}초 동안 새 소식이 없어요. 소리는 프로그램이 따로 내요. 계속되면 창을 닫고 다시 켜 주세요.`,
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
  },

  journal: {
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
  },

  refusals: {
    title: (n: number) => `서버가 받지 않은 처리 ${n}건`,
    line: (order: string, action: string) => `${order} ${action}`,
    unknownOrder: "알 수 없는 주문",
  },

  stop: {
    text: "이미 취소된 주문이에요. 조리를 멈춰 주세요.",
  },

  lanes: {
    fresh: "신규",
    freshHint: "자동 취소까지",
    freshEmpty: "새 주문을 기다리고 있어요",
    cooking: "조리",
    cookingHint: "약속 시간까지",
    cookingEmpty: "조리할 주문이 없어요",
    ready: "준비완료",
    readyHint: "기다린 시간",
    readyEmpty: "건넬 주문이 없어요",
    done: "오늘 완료",
    doneEmpty: "아직 끝난 주문이 없어요",
    doneSummary: (completed: number, cancelled: number) => `완료 ${completed} · 취소 ${cancelled}`,
    noMatch: "찾는 주문이 없어요",
    search: "주문 찾기",
    searchHint: "번호 · 호출명 · 메뉴",
    clearSearch: "지우기",
    searching: "찾는 주문만 보고 있어요. 신규는 모두 보여요.",
  },

  card: {
    label: (number: string, callName: string) => `${number}번 ${callName}`,
    open: (number: string, callName: string) => `${number}번 ${callName} 상세 보기`,
    left: (minutes: number) => `${minutes}분 남음`,
    late: (minutes: number) => `+${minutes}분`,
    lateWord: "지남",
    waited: (minutes: number) => (minutes < 1 ? "방금" : `${minutes}분째`),
    autoCancel: "자동 취소까지",
    autoCancelling: "자동 취소되는 중",
    pending: "전송 대기",
    pendingHint: "이 PC에 기록됨. 서버 확인 전이에요.",
    unreadable: "모르는 변경",
    unreadableHint: "이 주문에 이 프로그램이 모르는 변경이 있어요. 프로그램을 최신으로 바꿔 주세요.",
    phone: (last4: string) => `끝번호 ${last4}`,
    ringing: "알림 울리는 중",
    acknowledge: "이 주문 알림 멈춤",
    request: "요청사항",
    requestMissing: "요청사항이 있지만 이 PC에 내용이 없어요. 손님에게 확인해 주세요.",
    moreLines: (n: number) => `외 ${n}가지 더`,
  },

  mode: { takeout: "포장", delivery: "배달" } satisfies Record<OrderMode, string>,

  phase: {
    pending_payment: "결제 대기",
    placed: "접수 대기",
    accepted: "접수됨",
    cooking: "조리 중",
    ready: "준비완료",
    handed_over: "전달됨",
    completed: "완료",
    rejected: "거절됨",
    cancelled: "취소됨",
  } satisfies Record<PhaseName, string>,

  action: {
    accept: "접수",
    reject: "거절",
    cooking: "조리 시작",
    ready: "준비완료",
    handed_over: "전달 완료",
    cancel: "주문 취소",
  } satisfies Record<CommandAction["kind"], string>,

  actions: {
    accept: (minutes: number) => `접수 · ${minutes}분`,
    prepTime: "준비 시간",
    prep: (minutes: number) => `${minutes}분`,
    choosePrep: (minutes: number) => `준비 시간 ${minutes}분`,
    nothing: "이 주문에서 더 할 일은 없어요.",
    chooseFirst: "먼저 주문을 골라 주세요.",
    notNow: (action: string) => `이 주문은 지금 '${action}' 단계가 아니에요.`,
    noneToAccept: "접수할 새 주문이 없어요.",
  },

  reasons: {
    rejectTitle: "왜 거절하나요?",
    cancelTitle: "왜 취소하나요?",
    customerReads: "손님이 읽는 말",
    refund: (amount: string) => `${amount}은 자동으로 전액 환불돼요.`,
    rejectConfirm: "거절하고 환불",
    cancelConfirm: "취소하고 환불",
    pickFirst: "이유를 먼저 골라 주세요",
    hint: "거절된 손님은 다시 주문하는 일이 줄어요. 시간을 늘려 접수할 수 있는지 먼저 살펴보세요.",
    reject: {
      sold_out: "재료 소진",
      too_busy: "주문이 몰림",
      closing_soon: "곧 마감",
      request_impossible: "요청 수행 불가",
      equipment_trouble: "장비 고장",
      customer_asked: "손님 요청",
      duplicate_order: "중복 주문",
      other: "그 밖의 사정",
    } satisfies Record<RejectReason, string>,
    cancel: {
      not_accepted: "접수 시간 지남",
      customer_changed_mind: "손님이 취소",
      sold_out: "재료 소진",
      store_trouble: "매장 사정",
      customer_asked: "손님 요청",
      operator: "고객센터 취소",
      payment_expired: "결제 시간 지남",
      payment_failed: "결제 실패",
      replaced: "새 주문서로 바뀜",
      not_orderable: "주문할 수 없게 됨",
    } satisfies Record<CancelReason, string>,
  },

  detail: {
    title: "주문 상세",
    placedAt: (clock: string) => `${clock} 주문`,
    lines: "메뉴",
    supply: "공급가액",
    vat: "부가세",
    taxFree: "면세",
    total: "합계",
    history: "이력",
    noHistory: "아직 이력이 없어요",
    predicted: "전송 대기",
    reason: "이유",
    refund: "환불",
    refundDone: (amount: string) => `${amount} 환불 완료`,
    refundRunning: (amount: string) => `${amount} 환불 진행 중`,
    refundPartly: (done: string, all: string) => `${all} 중 ${done} 환불됨, 나머지 진행 중`,
  },

  event: {
    order_placed: "주문 · 결제 완료",
    order_accepted: "접수",
    cooking_started: "조리 시작",
    order_ready: "준비완료",
    order_handed_over: "전달",
    order_completed: "완료",
    order_rejected: "거절",
    order_cancelled: "취소",
    refund_completed: "환불 완료",
    conflict_raised: "확인 필요",
  } satisfies Record<OrderEvent["kind"], string>,

  actor: {
    counter: "카운터",
    customer: "손님",
    timer: "자동",
    payment: "결제",
    operator: "운영자",
  } satisfies Record<Actor["who"], string>,

  conflict: {
    title: "끝난 주문인데 조리가 이어졌어요",
    cooked_after_cancel: "취소되거나 거절된 뒤에 조리를 시작했어요. 조리를 멈추고 손님에게 확인해 주세요.",
    ready_after_cancel: "취소되거나 거절된 뒤에 음식이 준비되었어요. 건네지 말고 손님에게 확인해 주세요.",
    handed_over_after_cancel: "취소되거나 거절된 주문을 건넸어요. 돈은 환불되니 손님과 운영자에게 확인해 주세요.",
  } satisfies Record<Conflict | "title", string>,

  announce: {
    fresh: (order: string, amount: string) => `새 주문 ${order}, ${amount}`,
  },

  keys: {
    label: "단축키",
    hints: [
      ["F1", "오래된 신규 접수"],
      ["1–9", "준비 시간"],
      ["Enter", "접수"],
      ["F2", "조리 시작"],
      ["F3", "준비완료"],
      ["F4", "전달"],
      ["Space", "상세"],
      ["Esc", "알림 멈춤"],
    ] satisfies [string, string][],
  },
};

export type Dictionary = typeof ko;
