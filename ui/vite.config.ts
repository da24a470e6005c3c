import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  clearScreen: false,
  server: { port: 1420, strictPort: true },
  build: {
    // WebKitGTK 2.40, the oldest engine that shows the window, is as old as Safari 16.4.
    target: "safari16.4",
    // A data URL in place of a file would need more than the content security policy allows.
    assetsInlineLimit: 0,
    // The polyfill would fetch modules; there is one module and nothing to preload.
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
    env: { TZ: "UTC" },
    // Machines may be busy with other things.
    testTimeout: 60_000,
    // A test reads the tokens as text.
    css: { include: /tokens\.css/ },
  },
});
