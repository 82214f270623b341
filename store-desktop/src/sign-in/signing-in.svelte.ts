import type { SessionKind } from "../generated/SessionKind";
import type { StoreChoice } from "../generated/StoreChoice";
import type { View } from "../generated/View";
import type { Host } from "../host/Host";
import { attempt, missingField, NO_CHOICES, type Choices, type Form, type Mode, type Outcome } from "./attempt";

/** One person's way in: what was typed, what was chosen since, and how it stands. */
export class SigningIn {
  mode = $state<Mode>("sign_in");
  form = $state<Form>({ server_url: "", claim_code: "", login_id: "", password: "" });
  choices = $state.raw<Choices>(NO_CHOICES);
  outcome = $state.raw<Outcome>({ kind: "done" });
  missing = $state<keyof Form | null>(null);
  serverOpen = $state(false);
  working = $state(false);
  readonly #host: Host;

  constructor(host: Host, view: Pick<View, "server_url" | "login_id">) {
    this.#host = host;
    this.form = { server_url: view.server_url, claim_code: "", login_id: view.login_id ?? "", password: "" };
    this.serverOpen = view.server_url === "";
  }

  change(mode: Mode): void {
    this.mode = mode;
    this.again();
  }

  as(kind: SessionKind): void {
    this.choices = { ...NO_CHOICES, kind };
    this.outcome = { kind: "done" };
  }

  /** Back to the form, as if nothing had been asked. */
  again(): void {
    this.choices = { ...NO_CHOICES, kind: this.choices.kind };
    this.outcome = { kind: "done" };
    this.missing = null;
  }

  /** From the form itself: earlier choices were about an earlier try. */
  async submit(): Promise<void> {
    this.choices = { ...NO_CHOICES, kind: this.choices.kind };
    await this.#attempt();
  }

  async takeOver(): Promise<void> {
    this.choices = { ...this.choices, take_over: true };
    await this.#attempt();
  }

  async choose(store: StoreChoice): Promise<void> {
    this.choices = { ...this.choices, store_id: store.store_id };
    await this.#attempt();
  }

  async claimWithExistingLogin(): Promise<void> {
    this.choices = { ...this.choices, existing_login: true };
    await this.#attempt();
  }

  async #attempt(): Promise<void> {
    this.missing = missingField(this.form, this.mode);
    if (this.missing === "server_url") this.serverOpen = true;
    if (this.missing || this.working) return;
    this.working = true;
    this.outcome = await attempt(this.#host, this.mode, this.form, this.choices);
    // The server answered: its address makes room for the question.
    if (this.outcome.kind !== "failed") this.serverOpen = false;
    this.working = false;
  }
}
