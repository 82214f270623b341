import type { Dictionary } from "../ko";
import * as basics from "./basics";
import * as closing from "./closing";
import * as day from "./day";
import * as lanes from "./lanes";
import * as link from "./link";
import { opening } from "./opening";
import * as order from "./order";
import * as people from "./people";
import { reserved } from "./reserved";
import { reviews } from "./reviews";
import { schedule } from "./schedule";
import { signIn } from "./sign-in";
import { sound } from "./sound";
import * as strips from "./strips";
import { topBar } from "./top-bar";
import * as workplace from "./workplace";

/** Every sentence of the window, in English. */
export const en: Dictionary = {
  ...basics,
  ...closing,
  ...day,
  ...lanes,
  ...link,
  ...order,
  ...people,
  ...strips,
  ...workplace,
  opening,
  reserved,
  reviews,
  schedule,
  signIn,
  sound,
  topBar,
};
