import type { Dictionary } from "../ko";
import * as basics from "./basics";
import * as lanes from "./lanes";
import * as link from "./link";
import * as order from "./order";
import { signIn } from "./sign-in";
import { sound } from "./sound";
import * as strips from "./strips";
import { topBar } from "./top-bar";

/** Every sentence of the window, in English. */
export const en: Dictionary = { ...basics, ...lanes, ...link, ...order, ...strips, signIn, sound, topBar };
