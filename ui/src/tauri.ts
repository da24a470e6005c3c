// The app as the window reaches it: Tauri's commands and events.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Backend } from "./backend";
import { commands, type Events } from "./wire";

export const tauri: Backend = {
  ...commands(invoke),
  onSnapshot: (show) => on("snapshot", show),
  onConfirmFree: (ask) => on("confirm_free", ({ service }) => ask(service)),
  copy: (text) => navigator.clipboard.writeText(text),
};

const on = <Name extends keyof Events>(
  name: Name,
  hear: (told: Events[Name]) => void,
) => listen<Events[Name]>(name, ({ payload }) => hear(payload));
