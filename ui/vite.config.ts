import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

// Machines may be busy with other things.
const PATIENCE = 60_000;

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
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "parts",
          environment: "happy-dom",
          include: ["tests/*.test.ts"],
          env: { TZ: "UTC" },
          testTimeout: PATIENCE,
          // A test reads the tokens as text.
          css: { include: /tokens\.css/ },
        },
      },
      {
        test: {
          name: "chromium",
          include: ["tests/chromium/*.test.ts"],
          globalSetup: "tests/chromium/setup.ts",
          env: { TZ: "UTC" },
          testTimeout: PATIENCE,
        },
      },
    ],
  },
});
