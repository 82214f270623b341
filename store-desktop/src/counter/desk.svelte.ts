import type { Lanes } from "../generated/Lanes";
import type { OrderCard } from "../generated/OrderCard";
import type { OrderId } from "../generated/OrderId";
import { searchLanes } from "../lanes/search";
import { steps } from "../order/steps";
import { PressGuard } from "../press/same-place";
import type { Counter } from "./counter.svelte";

const NO_LANES: Lanes = { reserved: [], fresh: [], cooking: [], ready: [], done: [] };

/** What the person is looking at: selection, open details, a running question, a chosen prep time, a search. */
export class Desk {
  selectedId = $state<OrderId | null>(null);
  detailsOpen = $state(false);
  /** The reason list that is open for the selected order. */
  asking = $state<"reject" | "cancel" | null>(null);
  query = $state("");
  #prep = $state.raw<{ id: OrderId; minutes: number } | null>(null);

  readonly guard = new PressGuard();
  readonly #counter: Counter;

  constructor(counter: Counter) {
    this.#counter = counter;
  }

  get allLanes(): Lanes {
    return this.#counter.view?.lanes ?? NO_LANES;
  }

  get lanes(): Lanes {
    return searchLanes(this.allLanes, this.query);
  }

  get selected(): OrderCard | null {
    return this.selectedId === null ? null : this.find(this.selectedId);
  }

  /** The order whose details are shown. */
  get detailed(): OrderCard | null {
    return this.detailsOpen ? this.selected : null;
  }

  find(id: OrderId): OrderCard | null {
    const { reserved, fresh, cooking, ready, done } = this.allLanes;
    for (const lane of [reserved, fresh, cooking, ready, done]) {
      const card = lane.find((card) => card.order.id === id);
      if (card) return card;
    }
    return null;
  }

  select(id: OrderId): void {
    if (this.selectedId !== id) this.asking = null;
    this.selectedId = id;
  }

  /** A person opens an order: a new one they have seen, so its sound stops. A cancellation asks for its own press. */
  open(card: OrderCard): void {
    const { id, state } = card.order;
    this.select(id);
    this.detailsOpen = true;
    if (state === "placed" && this.#counter.isRinging(id)) this.#counter.acknowledge(id);
  }

  close(): void {
    this.detailsOpen = false;
    this.asking = null;
  }

  /** Opens the list of reasons; nothing is sent before one is chosen and confirmed. */
  ask(card: OrderCard, question: "reject" | "cancel"): void {
    this.open(card);
    this.asking = question;
  }

  /** Forgets what the latest view leaves no room for: the question about an order, or its chosen time, once it moved on. */
  settle(): void {
    const card = this.detailed;
    const mayAsk = card !== null && !this.#counter.readOnly && this.asking !== null && steps(card.order).includes(this.asking);
    if (!mayAsk) this.asking = null;
    if (this.#prep && this.find(this.#prep.id)?.order.state !== "placed") this.#prep = null;
  }

  choosePrep(id: OrderId, minutes: number): void {
    this.#prep = { id, minutes };
  }

  forgetPrep(): void {
    this.#prep = null;
  }

  /** The prep time a person chose for this order, if any. */
  chosenPrep(id: OrderId): number | null {
    return this.#prep?.id === id ? this.#prep.minutes : null;
  }

  /** Minutes that the store promises now: its own time, and more while it is busy. */
  get usualPrep(): number {
    const view = this.#counter.view;
    const usual = view?.store?.prep_minutes_default ?? DEFAULT_PREP_MINUTES;
    return Math.min(MAX_PREP_MINUTES, usual + (view?.busy_minutes ?? 0));
  }

  /** Minutes that accepting this order would promise now. */
  prepMinutes(id: OrderId): number {
    return this.chosenPrep(id) ?? this.usualPrep;
  }
}

/** The longest promise, as `shared/src/order/mod.rs` has it. */
const MAX_PREP_MINUTES = 180;
/** Offered while the store's own setting is not known, in minutes. */
const DEFAULT_PREP_MINUTES = 20;
