// What the window says as a whole: its frame and its notes.

import { exactMoment, moment } from "../clock";
import { face, overall, overallState, type Face } from "../service";
import { capital, sentence } from "../text";
import type {
  Condition,
  Note,
  Service,
  SettingsEffect,
  Snapshot,
} from "../wire";
import { onlyThisMachine } from "./settings";
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
  noServices: "This xSwarm Voice runs no services.",
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

const conditionWord: Record<Condition | "crowded", string> = {
  crowded: "Crowded",
  off: "Off",
  well: "All well",
  busy: "Working on it",
  needs_you: "Needs you",
};

export const overallWord = (snapshot: Snapshot): string =>
  conditionWord[overallState(snapshot)];

const predicate: Record<Face, { one: string; both: string }> = {
  stopped: { one: "is stopped", both: "are stopped" },
  binding: { one: "is starting", both: "are starting" },
  proving: { one: "is starting", both: "are starting" },
  waiting: { one: "waits for its port", both: "wait for their ports" },
  listening: { one: "is listening", both: "are listening" },
  crowded: { one: "is crowded", both: "are crowded" },
  shared: { one: "shares its port", both: "share their ports" },
  silent: { one: "does not answer", both: "do not answer" },
  taken: { one: "cannot have its port", both: "cannot have their ports" },
  refused: { one: "cannot have its port", both: "cannot have their ports" },
  stopping: { one: "is stopping", both: "are stopping" },
  restarting: { one: "is restarting", both: "are restarting" },
  failed: { one: "has failed", both: "have failed" },
  partial: {
    one: "is only partly reachable",
    both: "are only partly reachable",
  },
};

/** How everything is, in one sentence: what is on its way or in trouble is said alone. */
export function headline(snapshot: Snapshot): string {
  const worst = overall(snapshot);
  const isSaid = ({ condition }: Service) =>
    worst === "well" || condition === worst;
  const [first, second] = snapshot.services.filter(isSaid);
  if (!first) return app.noServices;
  const of = (service: Service) => predicate[face(service)];
  const part = (service: Service) =>
    `${inSentence(service.name)} ${of(service).one}`;
  if (!second) return `${capital(part(first))}.`;
  if (of(first).both === of(second).both)
    return `Both services ${of(first).both}.`;
  return `${capital(part(first))}; ${part(second)}.`;
}

/** What is done about an error in the settings. */
function settingsEffect(effect: SettingsEffect): string {
  switch (effect) {
    case "kept":
      return "";
    case "set_aside":
      return " The rest of the file is used.";
    case "only_this_machine":
      return ` ${onlyThisMachine}`;
  }
}

export function note(note: Note): string {
  switch (note.note) {
    case "settings_unreadable":
      return `The settings file has an error. ${note.path}: ${sentence(note.problem)}${settingsEffect(note.effect)}`;
    case "published_token":
      return "SUPERVISOR_TOKEN holds a token that was once published. It is not accepted; your private token is in force.";
    case "short_token":
      return "SUPERVISOR_TOKEN is ignored: a token needs at least 16 characters, or it could be guessed. This installation's own token is used.";
    case "secret_replaced":
      return `${note.problem}, so a new secret was made in its place. Programs that used the old one need it.`;
    case "not_kept":
      return `Nothing can be kept in ${note.path} (${note.problem}), so tokens and recordings may be lost at the next start. Make room there, or make it writable.`;
  }
}
