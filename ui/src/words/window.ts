// What the window says as a whole: its frame, its notes and the calls.

import { moment, exactMoment, span } from "../clock";
import { overall } from "../service";
import { capital, sentence } from "../text";
import type {
  Call,
  CallPhase,
  Condition,
  Engine,
  Note,
  Snapshot,
} from "../wire";
import { inSentence } from "./state";

export const app = {
  title: "xSwarm Voice",
  connecting: "Connecting to xSwarm Voice…",
  lost: "xSwarm Voice does not answer.",
  lostAtFirst: "Nothing is known about its services.",
  lostSince: (at: number) =>
    `What you see here is how things were at ${exactMoment(at)}.`,
  services: "Services",
  notes: "Please note",
  noServices: "This xSwarm Voice runs no services.",
  noTray:
    "There is no tray on this desktop: closing this window hides nothing; use Quit.",
  quit: "Quit",
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

const conditionWord: Record<Condition, string> = {
  off: "Off",
  well: "All well",
  busy: "Getting ready",
  needs_you: "Needs you",
};

export const overallWord = (snapshot: Snapshot): string =>
  conditionWord[overall(snapshot)];

const partHeadline = (name: string, condition: Condition): string =>
  ({
    off: `${name} is stopped`,
    well: `${name} is listening`,
    busy: `${name} is getting ready`,
    needs_you: `${name} needs you`,
  })[condition];

const wholeHeadline: Record<Condition, string> = {
  off: "Both services are stopped.",
  well: "Both services are listening.",
  busy: "Both services are getting ready.",
  needs_you: "Both services need you.",
};

/** How everything is, in one sentence; what needs a person comes first. */
export function headline({ services }: Snapshot): string {
  const [first, second] = [...services].sort(
    (one, other) =>
      Number(other.condition === "needs_you") -
      Number(one.condition === "needs_you"),
  );
  if (!first) return app.noServices;
  if (!second)
    return capital(`${partHeadline(inSentence[first.name], first.condition)}.`);
  if (first.condition === second.condition)
    return wholeHeadline[first.condition];
  const parts = [first, second].map(({ name, condition }) =>
    partHeadline(inSentence[name], condition),
  );
  return capital(`${parts.join("; ")}.`);
}

export function note(note: Note): string {
  switch (note.note) {
    case "settings_unreadable":
      return `The settings file has an error, so the defaults are in force. ${note.path}: ${sentence(note.problem)}`;
    case "published_token":
      return "SUPERVISOR_TOKEN holds a token that was once published. It is not accepted; your private token is in force.";
  }
}

const engineName: Record<Engine, string> = {
  line_check: "Built-in line check",
};

const phase: Record<CallPhase, string> = {
  quiet: "Nobody speaks",
  caller: "The caller speaks",
  engine: "We speak",
};

export const calls = {
  title: "Calls",
  none: "No call at the moment.",
  count: ({ length }: Call[]) => (length === 1 ? "1 call" : `${length} calls`),
  engine: (engine: Engine) => `${engineName[engine]} answers.`,
  name: ({ id }: Call) => `Call ${id}`,
  since: ({ since }: Call, now: number) =>
    `Since ${moment(since, now)} (${span(now - since)})`,
  phase: ({ phase: now }: Call) => phase[now],
  echoes: ({ echoes }: Call) => (echoes === 1 ? "1 echo" : `${echoes} echoes`),
};
