import type { Sound as SoundName } from "../generated/Sound";
import type { IconName } from "../icons/paths";

/** The four sounds, in the order in which they matter to a day. */
export const SOUNDS: readonly { name: SoundName; icon: IconName }[] = [
  { name: "fresh", icon: "bell" },
  { name: "cancelled", icon: "stop" },
  { name: "rider", icon: "scooter" },
  { name: "trouble", icon: "alert" },
];

/** Below this loudness of the PC a kitchen does not hear it, from 0 to 100. */
export const QUIET_LEVEL = 40;
