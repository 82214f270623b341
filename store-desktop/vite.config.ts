import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  // The window loads everything from itself; relative addresses also work from any folder of the HTTP host.
  base: "./",
  build: {
    target: "es2022",
    // The window's content security policy allows no inline resources.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 1420,
    strictPort: true,
    // A test compares the reasons with the Rust source.
    fs: { allow: [".", "../shared/src/order"] },
    // `counter` serves the host calls when the window runs in a browser.
    proxy: { "/host": "http://127.0.0.1:1421" },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    // Every test must give the same answer on a PC that is not set to Korean time.
    env: { TZ: "America/New_York" },
  },
});
