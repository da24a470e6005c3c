// Builds the window as for the app, but with the doors of a plain browser in it, and serves it as the app does: under the
// same content security policy.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { preview } from "vite";
import type { TestProject } from "vitest/node";

import { lacking } from "./lacking";

declare module "vitest" {
  interface ProvidedContext {
    /** The origin of the window's page. */
    origin: string;
  }
}

const UI = join(import.meta.dirname, "../..");

export default async function setup({ provide }: TestProject) {
  if (lacking !== null) {
    console.log(`The window is not tested in a browser: ${lacking}.`);
    return undefined;
  }
  const outDir = await mkdtemp(join(tmpdir(), "xswarm-window-"));
  await build(outDir);
  const server = await preview({
    root: UI,
    configFile: false,
    build: { outDir },
    preview: {
      host: "127.0.0.1",
      port: 0,
      headers: { "content-security-policy": await policy() },
    },
  });
  const origin = server.resolvedUrls?.local[0]?.replace(/\/$/, "");
  if (!origin) throw new Error("the window is served nowhere");
  provide("origin", origin);
  return async () => {
    await server.close();
    await rm(outDir, { recursive: true });
  };
}

async function build(outDir: string): Promise<void> {
  const vite = join(UI, "node_modules/vite/bin/vite.js");
  const words = ["build", "--mode", "browser", "--emptyOutDir", "--outDir"];
  // What vitest says of its own surroundings is not to be built in.
  const { NODE_ENV, VITEST, ...env } = process.env;
  await promisify(execFile)(process.execPath, [vite, ...words, outDir], {
    cwd: UI,
    env,
  });
}

/** The app's policy, but that the page may reach the supervisor's WebSocket in place of the app. */
async function policy(): Promise<string> {
  const path = join(UI, "../src-tauri/tauri.conf.json");
  const { app } = JSON.parse(await readFile(path, "utf8")) as {
    app: { security: { csp: Record<string, string> } };
  };
  const rules = { ...app.security.csp, "connect-src": "ws://127.0.0.1:*" };
  return Object.entries(rules)
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");
}
