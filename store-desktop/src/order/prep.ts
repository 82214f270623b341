/** Prep times offered everywhere, in minutes. */
const PREP_CHOICES: readonly number[] = [5, 10, 15, 20, 30, 45, 60];

/** The prep times to offer at a store whose own default is `usual` minutes. */
export function prepChoices(usual: number | undefined): number[] {
  const all = usual === undefined ? PREP_CHOICES : [...PREP_CHOICES, usual];
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Minutes per digit key: `1` is five minutes, `9` forty-five. */
export const MINUTES_PER_DIGIT = 5;
