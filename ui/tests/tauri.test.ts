// The backend in the app speaks the commands and events that the program behind the window knows.

import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { emit } from "@tauri-apps/api/event";
import { afterEach, expect, test } from "vitest";

import { tauri } from "../src/tauri";
import { scene } from "./fakes";

afterEach(clearMocks);

function answering(answers: Record<string, unknown>) {
  const asked: [command: string, sent: unknown][] = [];
  mockIPC(
    (command, sent) => {
      asked.push([command, sent]);
      return answers[command];
    },
    { shouldMockEvents: true },
  );
  return asked;
}

test("each question is its command, with its arguments by name", async () => {
  const asked = answering({
    snapshot: scene("taken"),
    desktop: { tray: false, all_are_asked: true },
    launch_at_login: true,
  });
  expect(await tauri.snapshot()).toEqual(scene("taken"));
  expect(await tauri.desktop()).toEqual({ tray: false, all_are_asked: true });
  expect(await tauri.launchAtLogin()).toBe(true);
  await tauri.order({ order: "stop", service: "supervisor" });
  await tauri.setLaunchAtLogin(true);
  await tauri.pendingConfirmation();
  await tauri.quit();
  expect(asked).toEqual([
    ["snapshot", {}],
    ["desktop", {}],
    ["launch_at_login", {}],
    ["order", { order: { order: "stop", service: "supervisor" } }],
    ["set_launch_at_login", { on: true }],
    ["pending_confirmation", {}],
    ["quit", {}],
  ]);
});

test("each event hands over its payload", async () => {
  answering({});
  const heard: unknown[] = [];
  await tauri.onSnapshot((snapshot) => heard.push(snapshot.version));
  await tauri.onConfirmFree((service) => heard.push(service));
  await emit("snapshot", scene("taken"));
  await emit("confirm_free", { service: "voice_bridge" });
  expect(heard).toEqual(["0.1.0", "voice_bridge"]);
});
