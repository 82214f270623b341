import type { CounterHolder } from "../generated/CounterHolder";
import type { HostError as HostProblem } from "../generated/HostError";
import { hostError, type Host } from "../host/Host";

/** What the person typed. The claim code counts only when a store is registered. */
export type Form = { server_url: string; claim_code: string; login_id: string; password: string };

export type Mode = "sign_in" | "claim";

/** How an attempt ended. Success needs no word: the next view shows the counter. */
export type Outcome =
  | { kind: "done" }
  | { kind: "held"; holder: CounterHolder | null; problem: HostProblem }
  | { kind: "failed"; problem: HostProblem };

/** The first field that is empty, in the order of the form. */
export function missingField(form: Form, mode: Mode): keyof Form | null {
  const needed: (keyof Form)[] = ["server_url", "login_id", "password"];
  if (mode === "claim") needed.splice(1, 0, "claim_code");
  return needed.find((field) => form[field].trim() === "") ?? null;
}

/** Signs in, or registers the store and signs in. */
export async function attempt(host: Host, mode: Mode, form: Form, takeOver: boolean): Promise<Outcome> {
  const server_url = form.server_url.trim();
  const login_id = form.login_id.trim();
  const { password } = form;
  try {
    if (mode === "claim") {
      await host.call("claim", { server_url, claim_code: form.claim_code.trim(), login_id, password });
    } else {
      await host.call("sign_in", { server_url, login_id, password, take_over: takeOver });
    }
    return { kind: "done" };
  } catch (thrown) {
    const { problem } = hostError(thrown);
    return problem.code === "counter_session_held"
      ? { kind: "held", holder: problem.holder ?? null, problem }
      : { kind: "failed", problem };
  }
}
