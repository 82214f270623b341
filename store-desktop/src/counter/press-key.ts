import type { CommandAction } from "../generated/CommandAction";
import { neighbour, type Direction } from "../lanes/neighbour";
import { steps } from "../order/steps";
import type { Counter } from "./counter.svelte";
import type { KeyMeaning } from "./keyboard";

/** What answers an order. */
const ANSWERS: ReadonlySet<KeyMeaning["does"]> = new Set([
  "accept_oldest",
  "choose_prep",
  "confirm_prep",
  "cooking",
  "ready",
  "handed_over",
]);

/** Does what a key means. */
export function pressKey(counter: Counter, meaning: KeyMeaning): void {
  const { desk, words } = counter;
  const answers = ANSWERS.has(meaning.does);
  // A viewer has no buttons for it either.
  if (counter.readOnly && (answers || meaning.does === "undo")) return counter.say(words.topBar.readOnlyHint, "remark");
  // An open list of reasons is about to end the order.
  if (desk.asking && answers) return;
  switch (meaning.does) {
    case "accept_oldest": {
      const oldest = desk.allLanes.fresh[0];
      if (!oldest) return counter.say(words.actions.noneToAccept, "remark");
      return void counter.act(oldest, { kind: "accept", prep_minutes: desk.prepMinutes(oldest.order.id) });
    }
    case "choose_prep":
      return choosePrep(counter, meaning.minutes);
    case "confirm_prep": {
      const card = desk.selected;
      const minutes = card && desk.chosenPrep(card.order.id);
      desk.forgetPrep();
      if (!card || minutes === null || card.order.state !== "placed") return;
      return void counter.act(card, { kind: "accept", prep_minutes: minutes });
    }
    case "cooking":
    case "ready":
    case "handed_over":
      return step(counter, { kind: meaning.does });
    case "break":
      return askForBreak(counter);
    case "print_again":
      return printAgain(counter);
    case "sold_out":
      counter.panel = "sold-out";
      return;
    case "keys":
      counter.panel = "keys";
      return;
    case "undo":
      return undo(counter);
    case "escape":
      return escape(counter);
    case "details":
      if (desk.detailsOpen) desk.close();
      else if (desk.selected) desk.open(desk.selected);
      return;
    case "search":
      return document.querySelector<HTMLInputElement>("[data-search]")?.focus();
    case "move":
      return move(counter, meaning.direction);
  }
}

/** Asks how long a break is to be; nothing changes by the key alone. */
function askForBreak(counter: Counter): void {
  if (counter.readOnly || !counter.view?.day_view.actions.includes("break_start")) {
    return counter.say(counter.words.day.noBreakNow, "remark");
  }
  counter.dayPanel = "break_start";
}

/** Another kitchen ticket of the selected order; it says that it is a copy. */
function printAgain(counter: Counter): void {
  const { words } = counter;
  const card = counter.desk.selected;
  if (!card) return counter.say(words.actions.chooseFirst, "remark");
  void counter.does("reprint", { order_id: card.order.id, kind: "kitchen" }).then((done) => {
    if (done) counter.say(words.printing.asked, "remark");
  });
}

function undo(counter: Counter): void {
  const last = counter.view?.undo;
  if (!last || last.until <= counter.clock.counter) return counter.say(counter.words.undo.nothing, "remark");
  counter.undo(last);
}

/** Kitchen steps go to the selected order only: a wrong guess would call a wrong customer. */
function step(counter: Counter, action: CommandAction): void {
  const { words } = counter;
  const card = counter.desk.selected;
  if (!card) return counter.say(words.actions.chooseFirst, "remark");
  if (!steps(card.order).includes(action.kind)) {
    return counter.say(words.actions.notNow(words.action[action.kind]), "remark");
  }
  void counter.act(card, action);
}

function choosePrep(counter: Counter, minutes: number): void {
  const { desk } = counter;
  const selected = desk.selected?.order.state === "placed" ? desk.selected : desk.allLanes.fresh[0];
  if (!selected) return counter.say(counter.words.actions.noneToAccept, "remark");
  desk.select(selected.order.id);
  desk.choosePrep(selected.order.id, minutes);
}

/** Leaves the innermost thing: a question, a search, this order's sound, a chosen time, the details. */
function escape(counter: Counter): void {
  const { desk } = counter;
  const id = desk.selectedId;
  if (desk.asking) desk.asking = null;
  else if (desk.query !== "") desk.query = "";
  else if (id !== null && counter.isRinging(id)) counter.acknowledge(id);
  else if (id !== null && desk.chosenPrep(id) !== null) desk.forgetPrep();
  else desk.close();
}

function move(counter: Counter, direction: Direction): void {
  const { fresh, cooking, ready, done } = counter.desk.lanes;
  const ids = [fresh, cooking, ready, done].map((lane) => lane.map((card) => card.order.id));
  const next = neighbour(ids, counter.desk.selectedId, direction);
  if (next === null) return;
  counter.desk.select(next);
  document.querySelector<HTMLElement>(`[data-open-order="${next}"]`)?.focus();
}
