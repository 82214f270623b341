import type { Language } from "../generated/Language";
import { en } from "./en";
import { ko, type Dictionary } from "./ko";

export type { Dictionary };

export const dictionaries: Record<Language, Dictionary> = { ko, en };

/** The sentence of an error in the language of the window. */
export function sentence(of: { korean: string; english: string }, language: Language): string {
  return language === "ko" ? of.korean : of.english;
}
