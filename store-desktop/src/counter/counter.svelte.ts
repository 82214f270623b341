import { createContext } from "svelte";

import type { CommandAction } from "../generated/CommandAction";
import type { Language } from "../generated/Language";
import type { OrderCard } from "../generated/OrderCard";
import type { OrderId } from "../generated/OrderId";
import type { Refusal } from "../generated/Refusal";
import type { Undo } from "../generated/Undo";
import type { View } from "../generated/View";
import { hostError, type CallName, type Calls, type Host } from "../host/Host";
import { dictionaries, sentence } from "../i18n/dictionary";
import { Pages } from "../pages/pages.svelte";
import type { ScheduleDraft } from "../schedule/draft";
import { ThemeChoice } from "../style/theme.svelte";
import { ZoomChoice } from "../style/zoom.svelte";
import { Clock } from "../time/clock.svelte";
import { Desk } from "./desk.svelte";

/** How long a remark that needs no answer stays, in milliseconds. */
const REMARK_MS = 8_000;

/** Something the window says about what was just pressed. The same words said again are another one. */
export type Said = { text: string };

export const [useCounter, provideCounter] = createContext<Counter>();

/** The counter as the window knows it: the last view, the clock, and what may be asked of the host. */
export class Counter {
  view = $state.raw<View | null>(null);
  /** Needs no answer and leaves by itself. */
  remark = $state.raw<Said | null>(null);
  /** Stays until it is dismissed. */
  problem = $state.raw<Said | null>(null);
  readonly clock = new Clock();
  readonly desk: Desk;
  readonly pages = new Pages();
  readonly theme = new ThemeChoice();
  readonly zoom: ZoomChoice;
  /** What lies over everything else because a key asked for it. */
  panel = $state<"sold-out" | "keys" | null>(null);
  /** What the day is being asked for, over everything else. */
  dayPanel = $state<"break_start" | "busy" | null>(null);
  /** What was written on a page and is not saved, while somebody is signed in. */
  readonly drafts: { schedule: ScheduleDraft | null } = { schedule: null };
  /** A viewer sees everything and presses nothing. */
  readonly readOnly = $derived(this.view?.read_only ?? false);
  readonly language = $derived<Language>(this.view?.language ?? "ko");
  readonly words = $derived(dictionaries[this.language]);
  /** Orders whose last press is still being written to the disk. */
  #writing = $state.raw<ReadonlySet<OrderId>>(new Set());
  #remarkEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly host: Host) {
    this.desk = new Desk(this);
    this.zoom = new ZoomChoice(host.zoom?.bind(host));
  }

  /** Follows the host until the returned function is called. */
  start(): () => void {
    const stopTicker = this.clock.start();
    const stopViews = this.host.onView((view) => this.#show(view));
    void this.call("view", {}).then((view) => view && !this.view && this.#show(view));
    return () => {
      stopTicker();
      stopViews();
      clearTimeout(this.#remarkEnds);
    };
  }

  /** Asks the host; a failure becomes a problem that is said, and `undefined`. */
  async call<Name extends CallName>(
    name: Name,
    args: Calls[Name]["args"],
  ): Promise<Calls[Name]["answer"] | undefined> {
    try {
      return await this.host.call(name, args);
    } catch (thrown) {
      this.say(sentence(hostError(thrown).problem, this.language), "problem");
      return undefined;
    }
  }

  /** Asks the host, and says whether it did it. */
  async does<Name extends CallName>(name: Name, args: Calls[Name]["args"]): Promise<boolean> {
    return (await this.call(name, args)) !== undefined;
  }

  /**
   * Presses one of the order's buttons, after what it asks of the store itself. A second press while the first is
   * written does nothing.
   */
  async act(card: OrderCard, action: CommandAction, before: readonly CommandAction[] = []): Promise<void> {
    const { id, version } = card.order;
    if (this.#writing.has(id)) return;
    this.#writing = new Set([...this.#writing, id]);
    for (const first of before) await this.actStore(first);
    await this.call("act", { order_id: id, expected_version: version, action });
    this.#writing = new Set([...this.#writing].filter((other) => other !== id));
  }

  /** Does something to an order of which only the name is known. */
  actOn(id: OrderId, action: CommandAction): Promise<boolean> {
    return this.does("act", { order_id: id, expected_version: null, action });
  }

  /** Does something to the store itself, and says whether it is on the disk. */
  actStore(action: CommandAction): Promise<boolean> {
    return this.does("act_store", { action });
  }

  /** Takes a press back. */
  undo({ key }: Undo): void {
    void this.call("undo", { key });
  }

  isWriting(id: OrderId): boolean {
    return this.#writing.has(id);
  }

  /** Whether this order's sound is on. */
  isRinging(id: OrderId): boolean {
    return this.view?.alarm.order_ids.includes(id) ?? false;
  }

  acknowledge(id: OrderId): void {
    void this.call("acknowledge", { order_id: id });
  }

  dismiss(refusal: Refusal): void {
    void this.call("dismiss_refusal", { key: refusal.key });
  }

  /** A remark takes no problem's place: somebody may not have read it. */
  say(text: string, tone: "remark" | "problem"): void {
    if (tone === "problem") {
      this.problem = { text };
      return;
    }
    clearTimeout(this.#remarkEnds);
    this.remark = { text };
    this.#remarkEnds = setTimeout(() => (this.remark = null), REMARK_MS);
  }

  #show(view: View): void {
    this.view = view;
    this.clock.follow(view);
    this.desk.settle();
    if (this.dayPanel !== null && !view.day_view.actions.includes(this.dayPanel)) this.dayPanel = null;
    if (view.screen !== "counter") this.drafts.schedule = null;
  }
}
