import type { CommandAction } from "../../generated/CommandAction";
import type { Lanes } from "../../generated/Lanes";
import type { OrderCard } from "../../generated/OrderCard";
import type { Phase } from "../../generated/Phase";
import type { View } from "../../generated/View";
import { HostError, type CallName, type Calls, type Host } from "../Host";
import { answerDayCall } from "./day-calls";
import { SampleReviews } from "./reviews";
import { severalStores } from "./sign-in";
import { SCENES, sampleView, type Scene } from "./views";
import { SampleWork } from "./work-answers";

/** How long a press can be taken back, in milliseconds. */
const UNDO_MS = 5_000;

/** A host in memory with a café's orders, for tests and for looking at the window. It is not in the built program. */
export class SampleHost implements Host {
  readonly calls: { name: CallName; args: unknown }[] = [];
  /** Thrown by the next call of that name. */
  readonly failures = new Map<CallName, HostError>();
  readonly work = new SampleWork();
  readonly reviews = new SampleReviews(Date.now());
  /** How large the window was made. */
  factor = 1;
  #listeners = new Set<(view: View) => void>();

  constructor(public current: View = sampleView("busy", Date.now())) {}

  static fromAddress(search: string): SampleHost {
    const parameters = new URLSearchParams(search);
    const wanted = parameters.get("sample");
    const scene: Scene = SCENES.find((scene) => scene === wanted) ?? "busy";
    const host = new SampleHost(sampleView(scene, Date.now()));
    if (parameters.get("lang") === "en") host.current = { ...host.current, language: "en" };
    if (scene === "sign-in" || scene === "taken-over") host.failures.set("sign_in", held(Date.now()));
    if (scene === "choose-store") host.failures.set("sign_in", severalStores());
    setInterval(() => host.show({}), 1000);
    return host;
  }

  /** Changes the view and hands it out. */
  show(change: Partial<View>): void {
    this.current = { ...this.current, now: Date.now(), ...change };
    for (const listener of this.#listeners) listener(this.current);
  }

  async zoom(factor: number): Promise<void> {
    this.factor = factor;
  }

  onView(listener: (view: View) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async call<Name extends CallName>(name: Name, args: Calls[Name]["args"]): Promise<Calls[Name]["answer"]> {
    this.calls.push({ name, args });
    const failure = this.failures.get(name);
    if (failure) {
      this.failures.delete(name);
      throw failure;
    }
    return this.#answer(name, args) as Calls[Name]["answer"];
  }

  #answer(name: CallName, args: unknown): unknown {
    const { alarm, refusals } = this.current;
    switch (name) {
      case "view":
        return this.current;
      case "act": {
        const { order_id, action } = args as Calls["act"]["args"];
        const lanes = moved(this.current.lanes, order_id, action, Date.now());
        const conflicts = this.current.conflicts.filter((one) => one.order_id !== order_id);
        const undo = Object.values(lanes).flat().find((card) => card.order.id === order_id)?.undo ?? null;
        this.show({ lanes, conflicts, undo, alarm: without(alarm, order_id) });
        return null;
      }
      case "acknowledge":
        this.show({ alarm: without(alarm, (args as Calls["acknowledge"]["args"]).order_id) });
        return null;
      case "dismiss_refusal": {
        const { key } = args as Calls["dismiss_refusal"]["args"];
        this.show({ refusals: refusals.filter((refusal) => refusal.key !== key) });
        return null;
      }
      case "test_sound":
        return { output: alarm.output };
      case "set_language":
        this.show({ language: (args as Calls["set_language"]["args"]).language });
        return null;
      case "sign_in":
      case "confirm_sign_in":
      case "claim":
        this.show(sampleView("busy", Date.now()));
        return null;
      case "sign_out":
        this.show({ screen: "sign_in" });
        return null;
      default:
        return this.#work(name, args);
    }
  }

  #work(name: CallName, args: unknown): unknown {
    const answered = this.work.answer(name, args, this.current, Date.now());
    if (!answered) return this.reviews.answer(name, args, Date.now()) ?? answerDayCall(this, name, args) ?? null;
    if (answered.change) this.show(answered.change);
    return answered.answer;
  }
}

/** What a second counter hears. */
export function held(now: number): HostError {
  return new HostError({
    code: "counter_session_held",
    korean: "다른 기기가 카운터를 쓰고 있어요. 넘겨받으려면 '넘겨받기'를 눌러 주세요.",
    english: "Another device holds the counter. Press 'Take over' to move it here.",
    holder: { device_name: "카운터 PC (주방 옆)", since: now - 3 * 3_600_000, last_seen: now - 8_000 },
  });
}

function without(alarm: View["alarm"], id: string): View["alarm"] {
  const order_ids = alarm.order_ids.filter((ringing) => ringing !== id);
  return { ...alarm, order_ids, sounding: order_ids.length > 0 };
}

function moved(lanes: Lanes, id: string, action: CommandAction, now: number): Lanes {
  const all = [...lanes.reserved, ...lanes.fresh, ...lanes.cooking, ...lanes.ready, ...lanes.done];
  const cards = all.map((card) => (card.order.id === id ? changed(card, action, now) : card));
  const where = (...states: Phase["state"][]) => cards.filter((card) => states.includes(card.order.state));
  return {
    reserved: where("reserved"),
    fresh: where("placed"),
    cooking: where("accepted", "cooking"),
    ready: where("ready"),
    done: where("handed_over", "completed", "rejected", "cancelled"),
  };
}

const EVENTS: Partial<Record<CommandAction["kind"], string>> = {
  accept: "order_accepted",
  reject: "order_rejected",
  cooking: "cooking_started",
  ready: "order_ready",
  handed_over: "order_handed_over",
  cancel: "order_cancelled",
};

function changed(card: OrderCard, action: CommandAction, now: number): OrderCard {
  const kind = EVENTS[action.kind];
  if (kind === undefined) return card;
  const by = { who: "counter", device_id: "", staff_id: "" } as const;
  const order = { ...card.order, version: card.order.version + 1, ...phaseAfter(card, action, now) } as OrderCard["order"];
  const undo = { key: `0195d000-0000-7000-9000-${String(now).slice(-12)}`, order_id: card.order.id, action, until: now + UNDO_MS };
  return { ...card, order, undo, acknowledged: true, events: [...card.events, { kind, at: now, by, provisional: false }] };
}

function phaseAfter(card: OrderCard, action: CommandAction, now: number): Partial<Phase> {
  switch (action.kind) {
    case "accept":
      return { state: "accepted", prep_minutes: action.prep_minutes, ready_by: now + action.prep_minutes * 60_000 };
    case "reject":
      return { state: "rejected", at: now, reason: action.reason };
    case "cooking":
      return { state: "cooking", since: now, ready_by: "ready_by" in card.order ? card.order.ready_by : now };
    case "ready":
      return { state: "ready", since: now };
    case "handed_over":
      return { state: "handed_over", at: now };
    case "cancel":
      return { state: "cancelled", at: now, reason: action.reason };
    default:
      return {};
  }
}
