import type { Dictionary } from "../ko";

export const sound: Dictionary["sound"] = {
  native: "Sound on",
  none: "No sound",
  test: "Test sound",
  tested: "A test sound was played. If you did not hear it, check the volume and the speaker of this PC.",
  testedNone: "This PC has no sound device. Connect a speaker. Until then the window flashes for new orders.",
  flashing: "New order waiting",
};
