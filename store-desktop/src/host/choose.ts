import type { Host } from "./Host";
import { HttpHost } from "./HttpHost";
import { TauriHost } from "./TauriHost";

/** The host of this window. Only a development server offers the sample one, at `?sample`. */
export async function chooseHost(): Promise<Host> {
  if (import.meta.env.DEV && new URLSearchParams(location.search).has("sample")) {
    const { SampleHost } = await import("./sample/SampleHost");
    return SampleHost.fromAddress(location.search);
  }
  return "__TAURI_INTERNALS__" in window ? new TauriHost() : new HttpHost();
}
