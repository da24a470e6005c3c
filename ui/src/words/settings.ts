// What is said of settings. A setting that has no name here is called by its key.

import type { SettingsProblem } from "../wire";
import { capital, isGrouped, plain, sentence } from "../text";

const sections: Record<string, string> = {
  voice_bridge: "Voice bridge",
  "voice_bridge.limits": "Voice bridge: who may call, and how much",
  "voice_bridge.recording": "Recordings of calls",
  moshi: "Speech model (MOSHI)",
  supervisor: "Supervisor",
  "supervisor.limits": "Supervisor: who may watch, and how many",
  retry: "When a port is in use",
  proof: "Proof of the ports",
  desktop: "Desktop",
};

const fields: Record<string, string> = {
  address: "Address",
  also: "Also listen on",
  reuse_port: "Let other programs listen beside it",
  hosts: "Further host names",
  origins: "Web pages that may connect",
  calls: "Calls at once",
  message_bytes: "Largest message (bytes)",
  start: "Time to begin a call (s)",
  idle: "Give up a silent call after (s)",
  connections: "Clients at once",
  login: "Time to show the token (s)",
  attempts: "Attempts",
  first_delay: "First wait (s)",
  growth: "Waits grow",
  longest_delay: "Longest wait (s)",
  jitter: "Jitter (0 to 1)",
  interval: "Prove every (s)",
  deadline: "Time to answer (s)",
  notifications: "Notify me while the window is closed",
  on: "Record calls",
  days: "Keep each for (days)",
  megabytes: "Keep at most (MB)",
  public_url: "Public address",
  twilio_auth_token: "Twilio's auth token",
  stream_secret: "Secret of streams",
  engine: "What answers calls",
  longest: "Longest call (s)",
  servers: "Servers",
  connect: "Time to connect (s)",
  ready: "Time to be ready (s)",
  fall_back: "Line check answers where no server does",
  self_signed: "Take certificates that nobody vouches for",
  text_prompt: "What it is told to be",
  voice_prompt: "Voice file",
  stall: "Cut off one that reads nothing after (s)",
  events: "Events that may wait",
  suggestion_interval: "Time between two suggestions (s)",
  suggestions: "Suggestions that may wait",
  speeches: "Texts said at once",
};

/** What may be chosen, where that is not any text. */
const choices: Record<string, string[]> = {
  "retry.growth": ["linear", "exponential"],
  "voice_bridge.engine": ["line_check", "moshi"],
};

const readable = (key: string): string =>
  capital(key.replaceAll(".", ": ").replaceAll("_", " "));

const lastPart = (key: string): string => key.split(".").at(-1) ?? key;

export const settings = {
  title: "Settings",
  text: "They are kept in a file that you can edit by hand as well; your comments in it stay.",
  section: (name: string) => sections[name] ?? readable(name),
  field: (key: string) => fields[lastPart(key)] ?? readable(lastPart(key)),
  /** Whether its value is not to be seen over a shoulder. */
  isSecret: (key: string) => /(token|secret)$/.test(key),
  choices: (key: string) => choices[key] ?? null,
  choice: (value: string) => value.split("\n").map(readable).join(", else "),
  path: (path: string) => `File: ${path}`,
  list: "One per line.",
  isDefault: "Default",
  toDefault: "Back to default",
  toDefaultOf: (key: string) => `${settings.field(key)}: back to default`,
  number: (typed: string | boolean) =>
    typeof typed === "string" && isGrouped(typed)
      ? "This must be a number without separators between its digits."
      : "This must be a number.",
  /** What is wrong with a setting, where the setting itself may be out of sight. */
  wrong: (section: string, key: string, problem: string) =>
    `${settings.field(key)} (${settings.section(section)}): ${problem}`,
  /** The same for what the file says, where it may be no setting. */
  wrongInFile: ({ key, line, problem }: SettingsProblem) => {
    const parts = [line && `Line ${line}:`, key, problem].filter(Boolean);
    const text = sentence(plain(parts.join(" ")));
    return key === null ? capital(text) : text;
  },
  fileProblems: (problems: SettingsProblem[]) => {
    const isClosed = problems.some(
      ({ effect }) => effect === "only_this_machine",
    );
    return [
      "The file has errors; the rest of it is used.",
      ...problems.map((problem) => settings.wrongInFile(problem)),
      isClosed &&
        "Until you fix that and restart, only this machine can connect.",
    ]
      .filter(Boolean)
      .join(" ");
  },
  unchanged: "Nothing has been changed.",
  changed: (count: number) =>
    count === 1 ? "1 change, not saved." : `${count} changes, not saved.`,
  save: "Save",
  saveAnyway: "Save anyway",
  discard: "Discard",
  taken: "These addresses cannot be had now:",
  needsRestart: "What was saved needs a restart.",
  restart: "Restart xSwarm Voice now",
  restarting: "Calls that go on are ended.",
  failed: (reason: string) => `That could not be done: ${sentence(reason)}`,
  reading: "Reading the settings…",
  problem: (problem: string) => capital(sentence(problem)),
};
