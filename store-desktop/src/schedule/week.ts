import type { DayHours } from "../generated/DayHours";
import type { WeekSchedule } from "../generated/WeekSchedule";
import { MINUTES_OF_DAY, readMinute, writeMinute } from "./minute";

export type Weekday = keyof WeekSchedule;
export const WEEKDAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** One weekday as it stands in the form; times are what the person typed. */
export type DayForm = { works: boolean; open: string; close: string; rests: boolean; restFrom: string; restTo: string };
export type WeekForm = Record<Weekday, DayForm>;

export type TimeField = "open" | "close" | "restFrom" | "restTo";
/** What is wrong with a field, shown at that field. */
export type TimeProblem =
  | "not_a_time"
  | "close_before_open"
  | "rest_reversed"
  | "rest_outside"
  | "rest_too_long"
  | "overlaps_next";
export type Problems = Partial<Record<TimeField, TimeProblem>>;

/** Longest break, in minutes: `MAX_BREAK_MINUTES` of the domain. */
const LONGEST_REST = 12 * 60;

/** Offered when a closed day is opened and no other day says more. */
const USUAL: DayForm = { works: true, open: "10:00", close: "22:00", rests: false, restFrom: "15:00", restTo: "17:00" };

export function formOf(week: WeekSchedule): WeekForm {
  const day = (hours: DayHours | null): DayForm => {
    if (!hours) return { ...USUAL, works: false };
    const [restFrom, restTo] = hours.break ?? [USUAL.restFrom, USUAL.restTo];
    return { works: true, open: hours.open, close: hours.close, rests: hours.break !== undefined, restFrom, restTo };
  };
  return Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, day(week[weekday])])) as WeekForm;
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
  const read = (field: TimeField) => {
    const minute = readMinute(day[field]);
    if (minute === null) problems[field] = "not_a_time";
    return minute;
  };
  const open = read("open");
  const close = read("close");
  if (open !== null && close !== null && close <= open) problems.close = "close_before_open";
  const nextOpen = next.works ? readMinute(next.open) : null;
  if (close !== null && nextOpen !== null && close > MINUTES_OF_DAY + nextOpen) problems.close = "overlaps_next";
  if (!day.rests) return problems;
  const from = read("restFrom");
  const to = read("restTo");
  if (from !== null && open !== null && from <= open) problems.restFrom = "rest_outside";
  if (to !== null && close !== null && to >= close) problems.restTo = "rest_outside";
  if (from !== null && to !== null && to <= from) problems.restTo = "rest_reversed";
  if (from !== null && to !== null && to - from > LONGEST_REST) problems.restTo = "rest_too_long";
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
    return day.rests ? { open, close, break: [time(day.restFrom), time(day.restTo)] } : { open, close };
  };
  return Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, hours(form[weekday])])) as WeekSchedule;
}
