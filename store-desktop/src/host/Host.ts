import type { AlarmOutput } from "../generated/AlarmOutput";
import type { CommandAction } from "../generated/CommandAction";
import type { CommandKey } from "../generated/CommandKey";
import type { HostError as HostProblem } from "../generated/HostError";
import type { Language } from "../generated/Language";
import type { OrderId } from "../generated/OrderId";
import type { SessionKind } from "../generated/SessionKind";
import type { StoreId } from "../generated/StoreId";
import type { View } from "../generated/View";
import type { DayCalls } from "./DayCalls";
import type { WorkCalls } from "./WorkCalls";

type Nothing = Record<string, never>;

export type SignInForm = {
  server_url: string;
  login_id: string;
  password: string;
  take_over: boolean;
  kind?: SessionKind;
  store_id?: StoreId;
  /** A code of an authenticator app, or a recovery code. */
  second_factor?: string;
};
export type ClaimForm = {
  server_url: string;
  claim_code: string;
  login_id: string;
  password: string;
  name?: string;
  /** The login exists and gets this store too. */
  existing_login?: boolean;
};

/** Everything that the window may ask of the program behind it: name, arguments, answer. */
export type Calls = DayCalls & WorkCalls & {
  view: { args: Nothing; answer: View };
  sign_in: { args: SignInForm; answer: null };
  claim: { args: ClaimForm; answer: null };
  /** Refused with `outbox_not_empty` while commands wait. */
  sign_out: { args: Nothing; answer: null };
  /** On the counter's disk when it answers; what it will do at the server is a prediction until then. */
  act: { args: { order_id: OrderId; expected_version: number | null; action: CommandAction }; answer: null };
  acknowledge: { args: { order_id: OrderId }; answer: null };
  dismiss_refusal: { args: { key: CommandKey }; answer: null };
  test_sound: { args: Nothing; answer: { output: AlarmOutput } };
  set_language: { args: { language: Language }; answer: null };
};

export type CallName = keyof Calls;

/** The program behind the window: the Rust core, over Tauri or over HTTP. */
export interface Host {
  /** Rejects with a {@link HostError}. */
  call<Name extends CallName>(name: Name, args: Calls[Name]["args"]): Promise<Calls[Name]["answer"]>;
  /** Hands over each new view, and returns how to stop. */
  onView(listener: (view: View) => void): () => void;
  /** Shows everything so many times as large; missing where the browser has its own way. */
  zoom?(factor: number): Promise<void>;
}

/** A call that failed, with what the host says about it in both languages. */
export class HostError extends Error {
  constructor(readonly problem: HostProblem) {
    super(problem.english);
    this.name = "HostError";
  }
}

const UNREACHABLE: HostProblem = {
  code: "host_unreachable",
  korean: "프로그램이 응답하지 않아요. 창을 닫고 다시 켜 주세요. 받은 주문은 이 PC에 남아 있어요.",
  english: "The program does not answer. Close the window and start it again. Received orders are kept on this PC.",
};

/** Reads whatever a host threw. */
export function hostError(thrown: unknown): HostError {
  if (thrown instanceof HostError) return thrown;
  return new HostError(isProblem(thrown) ? thrown : UNREACHABLE);
}

function isProblem(thrown: unknown): thrown is HostProblem {
  return (
    typeof thrown === "object" &&
    thrown !== null &&
    ["code", "korean", "english"].every((field) => typeof (thrown as Record<string, unknown>)[field] === "string")
  );
}
