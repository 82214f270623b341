import type { DayHours } from "../generated/DayHours";
import type { WeekSchedule } from "../generated/WeekSchedule";
import { MINUTES_OF_DAY, readMinute, writeMinute } from "./minute";

export type Weekday = keyof WeekSchedule;
export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export type BreakForm = { from: string; to: string };
/** One weekday as it stands in the form; times are what the person typed. There is always a break to be switched on. */
export type DayForm = { works: boolean; open: string; close: string; rests: boolean; breaks: BreakForm[] };
export type WeekForm = Record<Weekday, DayForm>;

/** The breaks are counted from 0. */
export type TimeField = "open" | "close" | `from${number}` | `to${number}`;
/** What is wrong with a field, shown at that field. */
export type TimeProblem =
  | "not_a_time"
  | "close_before_open"
  | "rest_reversed"
  | "rest_outside"
  | "rest_too_long"
  | "rests_overlap"
  | "overlaps_next";
export type Problems = Partial<Record<TimeField, TimeProblem>>;

/** Longest break, in minutes: `MAX_BREAK_MINUTES` of the domain. */
const LONGEST_REST = 12 * 60;
/** Most breaks of a day: `MAX_BREAKS` of the domain. */
export const MAX_BREAKS = 6;
/** What is offered as the next break: so many minutes after the last one, and so long. */
const NEXT_BREAK = { after: 120, long: 30 };

/** Offered when a closed day is opened and no other day says more. */
const USUAL = { works: true, open: "10:00", close: "22:00", rests: false, rest: { from: "15:00", to: "17:00" } };

export function formOf(week: WeekSchedule): WeekForm {
  const day = (hours: DayHours | null): DayForm => {
    const { rest, ...usual } = USUAL;
    if (!hours) return { ...usual, works: false, breaks: [{ ...rest }] };
    const breaks = breaksOf(hours).map(([from, to]) => ({ from, to }));
    const rests = breaks.length > 0;
    return { works: true, open: hours.open, close: hours.close, rests, breaks: rests ? breaks : [{ ...rest }] };
  };
  return Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, day(week[weekday])])) as WeekForm;
}

/** Every break of a day, wherever it is written. */
export function breaksOf(hours: DayHours): [string, string][] {
  return [...(hours.break ? [hours.break] : []), ...(hours.more_breaks ?? [])];
}

/** A break to begin with after the others; empty where the day has no room for it. */
export function nextBreak(day: DayForm): BreakForm {
  const ends = day.breaks.map((one) => readMinute(one.to) ?? 0);
  const from = Math.max(...ends) + NEXT_BREAK.after;
  const close = readMinute(day.close);
  if (close === null || from + NEXT_BREAK.long >= close) return { from: "", to: "" };
  return { from: writeMinute(from), to: writeMinute(from + NEXT_BREAK.long) };
}

/** What is wrong, by weekday and field; a weekday without problems has an empty entry. */
export function problemsOf(form: WeekForm): Record<Weekday, Problems> {
  return Object.fromEntries(
    WEEKDAYS.map((weekday, index) => {
      const next = form[WEEKDAYS[(index + 1) % WEEKDAYS.length] ?? "mon"];
      return [weekday, dayProblems(form[weekday], next)];
    }),
  ) as Record<Weekday, Problems>;
}

function dayProblems(day: DayForm, next: DayForm): Problems {
  if (!day.works) return {};
  const problems: Problems = {};
  const read = (field: TimeField, text: string) => {
    const minute = readMinute(text);
    if (minute === null) problems[field] = "not_a_time";
    return minute;
  };
  const open = read("open", day.open);
  const close = read("close", day.close);
  if (open !== null && close !== null && close <= open) problems.close = "close_before_open";
  const nextOpen = next.works ? readMinute(next.open) : null;
  if (close !== null && nextOpen !== null && close > MINUTES_OF_DAY + nextOpen) problems.close = "overlaps_next";
  if (!day.rests) return problems;
  const before: [number, number][] = [];
  day.breaks.forEach((one, index) => {
    const from = read(`from${index}`, one.from);
    const to = read(`to${index}`, one.to);
    if (from !== null && open !== null && from <= open) problems[`from${index}`] = "rest_outside";
    if (to !== null && close !== null && to >= close) problems[`to${index}`] = "rest_outside";
    if (from === null || to === null) return;
    if (to <= from) problems[`to${index}`] = "rest_reversed";
    if (to - from > LONGEST_REST) problems[`to${index}`] = "rest_too_long";
    // One that begins the moment another ends is the same break.
    if (before.some(([start, end]) => from <= end && start <= to)) problems[`from${index}`] ??= "rests_overlap";
    before.push([from, to]);
  });
  return problems;
}

export function countProblems(problems: Record<Weekday, Problems>): number {
  return WEEKDAYS.reduce((sum, weekday) => sum + Object.keys(problems[weekday]).length, 0);
}

/** The week to be sent, or nothing while something is wrong. */
export function weekOf(form: WeekForm): WeekSchedule | null {
  if (countProblems(problemsOf(form)) > 0) return null;
  const time = (text: string) => writeMinute(readMinute(text) ?? 0);
  const hours = (day: DayForm): DayHours | null => {
    if (!day.works) return null;
    const { open, close } = { open: time(day.open), close: time(day.close) };
    if (!day.rests) return { open, close };
    const breaks = day.breaks.map(({ from, to }): [string, string] => [time(from), time(to)]);
    const [first, ...more] = breaks.sort(([a], [b]) => (readMinute(a) ?? 0) - (readMinute(b) ?? 0));
    return { open, close, ...(first && { break: first }), ...(more.length > 0 && { more_breaks: more }) };
  };
  return Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, hours(form[weekday])])) as WeekSchedule;
}
