// What the window says as a whole: its frame.

import { exactMoment, moment } from "../clock";
import { sentence } from "../text";
import type { Snapshot } from "../wire";

export const app = {
  title: "xSwarm Voice",
  connecting: "Connecting to xSwarm Voice…",
  lost: "xSwarm Voice does not answer.",
  lostAtFirst:
    "Nothing is known about its services. It is asked again every few seconds.",
  lostSince: (at: number) =>
    `What you see here is how things were at ${exactMoment(at)}.`,
  services: "Services",
  notes: "Please note",
  noTray:
    "There is no tray on this desktop, so closing this window only minimises it. Quit ends xSwarm Voice.",
  quit: "Quit",
  quitFailed: (reason: string) =>
    `xSwarm Voice could not be ended: ${sentence(reason)}`,
  startAtLogin: "Start at login",
  switchFailed: (reason: string) =>
    `That could not be changed: ${sentence(reason)}`,
  switchUnknown: (reason: string) =>
    `Whether it does is not known: ${sentence(reason)}`,
  version: ({ version, pid }: Snapshot) =>
    `Version ${version} · process ${pid}`,
  running: ({ started }: Snapshot, now: number) =>
    `running since ${moment(started, now)}`,
};
