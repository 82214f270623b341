import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { getCurrentWebview } from "@tauri-apps/api/webview";

import type { View } from "../generated/View";
import { hostError, type CallName, type Calls, type Host } from "./Host";

/** The program in the same process, when the window is the installed one. */
export class TauriHost implements Host {
  async call<Name extends CallName>(name: Name, args: Calls[Name]["args"]): Promise<Calls[Name]["answer"]> {
    try {
      return await invoke("call", { name, arguments: args });
    } catch (thrown) {
      throw hostError(thrown);
    }
  }

  onView(listener: (view: View) => void): () => void {
    const stopping = listen<View>("view", (event) => listener(event.payload));
    return () => void stopping.then((stop) => stop());
  }

  zoom(factor: number): Promise<void> {
    return getCurrentWebview().setZoom(factor);
  }
}
