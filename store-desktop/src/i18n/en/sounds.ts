import type { Dictionary } from "../ko";

export const sounds: Dictionary["sounds"] = {
  title: "Sounds",
  lead: "Play the four sounds and check that the kitchen hears them. They sound even when the window is minimised.",
  level: "Loudness of the PC",
  device: (name) => `Device: ${name}`,
  state: {
    good: "Sound works",
    unknown: "Sound works (its loudness is not known)",
    quiet: "The PC is quiet",
    muted: "The PC is muted",
    none: "There is no sound device",
  },
  what: {
    quiet: "The kitchen may not hear it. Turn the PC up.",
    muted: "Unmute the PC.",
    none: "Connect a speaker. Until then the window flashes for new orders.",
  },
  name: { fresh: "New order", cancelled: "Cancelled", rider: "Rider arrived", trouble: "Trouble" },
  when: {
    fresh: "Rings until that order is opened or accepted.",
    cancelled: "The loudest and fastest. Rings until 'Seen' is pressed.",
    rider: "Rings twice when a rider has come.",
    trouble: "Rings when the link or the printer fails; the screen says why.",
  },
  play: "Play",
  again: "Once more",
  question: "Did the kitchen hear it?",
  yes: "Heard",
  no: "Not heard",
  help: "Check the loudness of the PC, the speaker's cable and the sound device, and play it again. Bluetooth speakers may fall asleep.",
  heardAt: (moment) => `Heard ${moment}`,
  unheardAt: (moment) => `Not heard ${moment}`,
  neverHeard: "Not tried yet",
};
