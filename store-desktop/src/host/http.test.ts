import { afterEach, describe, expect, it, vi } from "vitest";

import { HostError } from "./Host";
import { HttpHost } from "./HttpHost";

function answer(status: number, body: string): void {
  vi.stubGlobal("fetch", vi.fn(async () => new Response(body, { status })));
}

async function failure(): Promise<HostError> {
  return new HttpHost().call("sign_out", {}).then(
    () => Promise.reject(new Error("the call should have failed")),
    (thrown: HostError) => thrown,
  );
}

describe("the host over HTTP", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("posts the arguments and reads the answer", async () => {
    answer(200, '{"output":"none"}');
    expect(await new HttpHost().call("test_sound", {})).toEqual({ output: "none" });
    expect(fetch).toHaveBeenCalledWith("/host/test_sound", expect.objectContaining({ method: "POST", body: "{}" }));
  });

  it("takes an empty answer for done", async () => {
    answer(200, "");
    expect(await new HttpHost().call("sign_out", {})).toBeNull();
  });

  it("hands on the host's own words", async () => {
    answer(409, '{"code":"outbox_not_empty","korean":"남았어요.","english":"Some wait."}');
    expect((await failure()).problem).toEqual({ code: "outbox_not_empty", korean: "남았어요.", english: "Some wait." });
  });

  it("has words of its own for a host that is not there or talks nonsense", async () => {
    answer(502, "<html>");
    expect((await failure()).problem.code).toBe("host_unreachable");
    vi.stubGlobal("fetch", vi.fn(async () => Promise.reject(new TypeError("refused"))));
    expect((await failure()).problem.code).toBe("host_unreachable");
  });
});
