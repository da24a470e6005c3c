// What the window says as a whole, and in its views: navigation, welcome, log and report.

import { exactMoment, moment } from "../clock";
import { capital, sentence } from "../text";
import type { LogLevel, Service, Snapshot } from "../wire";
import { calls } from "./calls";
import { inSentence } from "./state";

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

export const views = {
  title: "Views",
  overview: "Overview",
  call: "Test call",
  log: "Log",
  settings: "Settings",
  about: "About",
  waiting: "something waits here",
};

export const welcome = {
  title: "Welcome to xSwarm Voice",
  text: "It runs services on this machine and tells you the truth about their ports.",
  port: (service: Service) =>
    `${capital(inSentence(service.name))} on port ${service.port} ${service.deed}.`,
  isListening: (service: Service) => {
    if (service.face === "crowded") return "listening, but crowded";
    return service.face === "listening" ? "listening" : "not listening yet";
  },
  notKnown: "whether it listens is not known",
  engine: ({ engine }: Snapshot) =>
    `${calls.engine(engine)} ${calls.engineText(engine)}`,
  tray: "Closing this window leaves it in the tray; its menu brings this window back.",
  call: "Place a test call",
  done: "Got it",
};

const levels: Record<LogLevel, string> = {
  ERROR: "Error",
  WARN: "Warning",
  INFO: "Note",
  DEBUG: "Detail",
  TRACE: "Trace",
};

export const log = {
  title: "Log",
  text: "What happened since the start, the latest last. Sound, words of calls, tokens and phone numbers are never in it.",
  filter: "Filter",
  least: "Show",
  all: "Everything",
  warnings: "Warnings and errors",
  none: "Nothing has been logged.",
  noMatch: "No line matches.",
  count: (shown: number, all: number) =>
    shown < all
      ? `${shown} of ${all} lines`
      : all === 1
        ? "1 line"
        : `${all} lines`,
  level: (level: LogLevel) => levels[level],
  copy: "Copy",
  copied: "Copied.",
  notCopied: "It could not be copied.",
  open: "Open folder",
  openFailed: (reason: string) => `The folder could not be opened: ${reason}`,
  lost: (reason: string) => `The log cannot be read: ${reason}`,
  lines: "Lines of the log",
};

export const about = {
  title: "About and health",
  text: "One report of everything that matters when something is wrong. It holds no tokens, no words of calls and no phone numbers.",
  looking: "Looking…",
  well: "All is well.",
  findings: "What needs to be done",
  report: "The whole report",
  copy: "Copy report",
  again: "Look again",
  failed: (reason: string) => `The report could not be drawn up: ${reason}`,
};
