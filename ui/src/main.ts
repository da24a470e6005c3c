import { isTauri } from "@tauri-apps/api/core";
import { mount } from "svelte";

import App from "./App.svelte";
import { systemClock } from "./clock";
import type { Backend } from "./backend";
import { tauri } from "./tauri";

import "./tokens.css";
import "./base.css";

// A plain browser has no program behind the window: there, and never in what the app is built with, it is looked for
// elsewhere.
async function backend(): Promise<Backend> {
  if (import.meta.env.MODE !== "production" && !isTauri()) {
    const { backend } = await import("../dev/backend");
    return backend(location, systemClock);
  }
  return tauri;
}

const target = document.getElementById("window");
if (target)
  mount(App, {
    target,
    props: { backend: await backend(), clock: systemClock },
  });
