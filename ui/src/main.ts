import { isTauri } from "@tauri-apps/api/core";
import { mount } from "svelte";

import App from "./App.svelte";
import { systemClock } from "./clock";
import type { Door } from "./door";
import { tauri } from "./tauri";

import "./tokens.css";
import "./base.css";

// A plain browser has no program behind the window: there, and only in development, a stand-in plays it.
async function door(): Promise<Door> {
  if (import.meta.env.DEV && !isTauri()) {
    const { standIn } = await import("../dev/stand_in");
    return standIn(location.search, systemClock);
  }
  return tauri;
}

const target = document.getElementById("window");
if (target)
  mount(App, { target, props: { door: await door(), clock: systemClock } });
