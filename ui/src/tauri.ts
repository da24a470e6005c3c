// The door in the app: Tauri's commands and events.

import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

import type { Door } from "./door";
import type { ServiceName, Snapshot } from "./wire";

export const tauri: Door = {
  snapshot: () => invoke("snapshot"),
  onSnapshot: (show) =>
    listen<Snapshot>("snapshot", ({ payload }) => {
      show(payload);
    }),
  order: (order) => invoke("order", { order }),
  onConfirmFree: (ask) =>
    listen<{ service: ServiceName }>("confirm_free", ({ payload }) => {
      ask(payload.service);
    }),
  pendingConfirmation: () => invoke("pending_confirmation"),
  desktop: () => invoke("desktop"),
  quit: () => invoke("quit"),
  launchAtLogin: () => invoke("launch_at_login"),
  setLaunchAtLogin: (on) => invoke("set_launch_at_login", { on }),
};
