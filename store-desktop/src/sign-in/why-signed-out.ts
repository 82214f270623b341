import type { Language } from "../generated/Language";
import type { Problem } from "../generated/Problem";
import type { Dictionary } from "../i18n/dictionary";
import { kstClock } from "../time/kst";

/** Why the counter was signed out, in words that say what to do. */
export function whySignedOut(problem: Problem, words: Dictionary, language: Language): string {
  switch (problem.code) {
    case "session_taken_over":
      return problem.holder
        ? words.signIn.takenOverBy(problem.holder.device_name, kstClock(problem.holder.since))
        : words.signIn.problem.session_taken_over;
    case "signed_out":
    case "device_copied":
      return words.signIn.problem[problem.code];
    default:
      return language === "ko" ? problem.detail : problem.title;
  }
}
