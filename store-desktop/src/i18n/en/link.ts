import type { Dictionary } from "../ko";
import { plural } from "./plural";

export const link: Dictionary["link"] = {
  label: "Connection",
  green: "Connected",
  amber: "Caution",
  red: "Offline",
  lastProof: (age) => `checked ${age} ago`,
  noProof: "not checked yet",
  since: (clock) => `since ${clock}`,
  silentTitle: "The window lost its program",
  silentFor: (seconds) => `No news for ${seconds} s.`,
  silentText: "The program still rings by itself. If this goes on, close the window and start it again.",
  cause: {
    ok: { title: "Connected", text: "The check all the way to the server is late. You can keep working on orders." },
    connecting: {
      title: "Connecting",
      text: "You can keep accepting, cooking and finishing; it is sent once connected.",
    },
    catching_up: {
      title: "Receiving missed orders",
      text: "This will be up to date in a moment. You can keep working on orders.",
    },
    server_unreachable: {
      title: "The internet is cut",
      text: "You can keep accepting, cooking and finishing; it is sent once connected. New orders appear after that. If the internet works, the server is the problem.",
    },
    degraded: {
      title: "The server is not answering properly",
      text: "What you see may be old. You can keep accepting, cooking and finishing; it is sent later.",
    },
    counter_not_connected: {
      title: "No counter is connected",
      text: "A read-only screen goes on only while a counter runs. It comes back by itself as soon as the counter is connected again. What you see is from before.",
    },
    signed_out: { title: "You are signed out", text: "Sign in again to receive new orders." },
    taken_over: {
      title: "Another device took over the counter",
      text: "New orders do not come to this PC. Sign in again to continue here.",
    },
    clock_skew: {
      title: "The clock of this PC is wrong",
      text: "Remaining times follow the server's clock. Set date and time of this PC to automatic.",
    },
  },
  viewerText: {
    connecting: "This will be up to date by itself once connected.",
    catching_up: "This will be up to date in a moment.",
    server_unreachable:
      "What you see is from before the cut. It goes on by itself once connected. If the internet works, the server is the problem.",
    degraded: "What you see may be old. Look at the counter's screen when it is urgent.",
  },
};

export const journal: Dictionary["journal"] = {
  title: "This PC cannot record",
  text: "What you press may not be kept. Check the free disk space and tell the operator.",
  note: {
    disk_full: {
      title: "The disk is full",
      text: "This PC cannot record, so new orders do not appear, and what you press is shown as done only when the server has confirmed it. Delete files now; the orders that wait appear as soon as there is room.",
    },
    write_through: {
      title: "This PC's disk cannot be relied on",
      text: "It failed twice within an hour. What you press is shown as done only when the server has confirmed it. Have the disk checked and tell the operator.",
    },
    commands_lost: {
      title: "The journal was damaged and begun anew",
      text: "Some changes that were not sent yet cannot be read. Look at each order and press again what is missing. The damaged file is kept in the data folder.",
    },
    set_aside: {
      title: "The journal was damaged and begun anew",
      text: "The orders came from the server again, and every change that was not sent yet was carried over. The damaged file is kept in the data folder. Have the disk checked.",
    },
    restored: {
      title: "This PC's journal was replaced by an older one",
      text: "It seems to have been restored from a backup, or copied to another PC. The orders came from the server again. Check that everything you pressed since then is there.",
    },
    space_low: {
      title: "There is little room on the disk",
      text: "Less than 500 MB are left. Delete files that you do not need.",
    },
    space_critical: {
      title: "There is almost no room on the disk",
      text: "Less than 100 MB are left. Delete files now, or this PC cannot record soon.",
    },
  },
  lost: (n) => `${plural(n, "change", "changes")} to check`,
};
