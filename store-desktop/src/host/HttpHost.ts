import type { View } from "../generated/View";
import { hostError, type CallName, type Calls, type Host } from "./Host";

/** How long a call may take before the program counts as not answering, in milliseconds. */
const CALL_TIMEOUT_MS = 30_000;

/** The program reached over HTTP on the same PC, when the window is a browser. */
export class HttpHost implements Host {
  async call<Name extends CallName>(name: Name, args: Calls[Name]["args"]): Promise<Calls[Name]["answer"]> {
    try {
      const response = await fetch(`/host/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(args),
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      const text = await response.text();
      const answer: unknown = text === "" ? null : JSON.parse(text);
      if (!response.ok) throw answer;
      return answer as Calls[Name]["answer"];
    } catch (thrown) {
      throw hostError(thrown);
    }
  }

  onView(listener: (view: View) => void): () => void {
    // EventSource connects again by itself.
    const source = new EventSource("/host/events");
    source.addEventListener("view", (event: MessageEvent<string>) => listener(JSON.parse(event.data) as View));
    return () => source.close();
  }
}
