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
  restart: () => invoke("restart"),
  settings: () => invoke("settings"),
  checkSettings: (changes) => invoke("check_settings", { changes }),
  saveSettings: (changes, evenIfTaken) =>
    invoke("save_settings", { changes, evenIfTaken }),
  log: (after) => invoke("log", { after }),
  openLogs: () => invoke("open_logs"),
  report: () => invoke("report"),
  testCall: () => invoke("test_call"),
  hangUp: () => invoke("hang_up"),
  isFirstRun: () => invoke("is_first_run"),
  wasWelcomed: () => invoke("was_welcomed"),
  copy: (text) => navigator.clipboard.writeText(text),
};
