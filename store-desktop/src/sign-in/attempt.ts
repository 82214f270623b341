import type { CounterHolder } from "../generated/CounterHolder";
import type { HostError as HostProblem } from "../generated/HostError";
import type { SessionKind } from "../generated/SessionKind";
import type { StoreChoice } from "../generated/StoreChoice";
import type { StoreId } from "../generated/StoreId";
import { hostError, type Host } from "../host/Host";

/** What the person typed. The claim code counts only when a store is registered. */
export type Form = { server_url: string; claim_code: string; login_id: string; password: string };

export type Mode = "sign_in" | "claim";

/** What was chosen beside the form, step by step. */
export type Choices = { take_over: boolean; kind: SessionKind; store_id: StoreId | null; existing_login: boolean };

export const NO_CHOICES: Choices = { take_over: false, kind: "counter", store_id: null, existing_login: false };

/** How an attempt ended. Success needs no word: the next view shows the counter, or the number to be confirmed. */
export type Outcome =
  | { kind: "done" }
  | { kind: "held"; holder: CounterHolder | null; problem: HostProblem }
  | { kind: "choose"; stores: StoreChoice[] }
  | { kind: "failed"; problem: HostProblem };

/** The first field that is empty, in the order of the form. */
export function missingField(form: Form, mode: Mode): keyof Form | null {
  const needed: (keyof Form)[] = ["server_url", "login_id", "password"];
  if (mode === "claim") needed.splice(1, 0, "claim_code");
  return needed.find((field) => form[field].trim() === "") ?? null;
}

/** Signs in, or registers the store and signs in. */
export function attempt(host: Host, mode: Mode, form: Form, choices: Choices): Promise<Outcome> {
  const server_url = form.server_url.trim();
  const login_id = form.login_id.trim();
  const { password } = form;
  const { take_over, kind, store_id, existing_login } = choices;
  return outcomeOf(async () => {
    if (mode === "claim") {
      const claim_code = form.claim_code.trim();
      await host.call("claim", { server_url, claim_code, login_id, password, ...(existing_login && { existing_login }) });
    } else {
      const more = { ...(kind !== "counter" && { kind }), ...(store_id !== null && { store_id }) };
      await host.call("sign_in", { server_url, login_id, password, take_over, ...more });
    }
  });
}

/** Brings the code that lets this device in, or the word to take the counter over. */
export function confirmDevice(host: Host, code: string, take_over: boolean): Promise<Outcome> {
  const second_factor = code.replaceAll(/\s/g, "");
  return outcomeOf(async () => {
    await host.call("confirm_sign_in", { take_over, ...(second_factor !== "" && { second_factor }) });
  });
}

async function outcomeOf(ask: () => Promise<void>): Promise<Outcome> {
  try {
    await ask();
    return { kind: "done" };
  } catch (thrown) {
    const { problem } = hostError(thrown);
    return outcomeOfProblem(problem);
  }
}

/** What a refusal asks the person for. */
export function outcomeOfProblem(problem: HostProblem): Outcome {
  if (problem.code === "counter_session_held") return { kind: "held", holder: problem.holder ?? null, problem };
  if (problem.code === "choose_store" && problem.stores) return { kind: "choose", stores: problem.stores };
  // The host waits for the counter's word from here on, and its view says so.
  if (problem.code === "device_unconfirmed") return { kind: "done" };
  return { kind: "failed", problem };
}
