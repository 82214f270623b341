/** Prep times offered as buttons, in minutes. */
export const PREP_CHOICES: readonly number[] = [5, 10, 15, 20, 30, 45, 60];

/** Minutes per digit key: `1` is five minutes, `9` forty-five. */
export const MINUTES_PER_DIGIT = 5;
