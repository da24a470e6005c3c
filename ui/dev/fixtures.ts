// What the program behind the window has to tell besides its snapshot: settings, log, report, a test call.

import type {
  EngineChoice,
  EngineChosen,
  LogLine,
  Note,
  Report,
  Setting,
  SettingsForm,
  SettingsProblem,
  SettingsSaved,
  TestCall,
} from "../src/wire";

const field = (
  key: string,
  initial: Setting["default"],
  text = "",
  value: Setting["value"] = null,
): Setting => ({ key, text, default: initial, value });

export const wrong = (
  key: string | null,
  problem: string,
  line: number | null = null,
  effect: SettingsProblem["effect"] = "set_aside",
): SettingsProblem => ({ key, line, problem, effect });

export const form = (): SettingsForm => ({
  path: "/home/ada/.config/xswarm-voice/settings.toml",
  problems: [],
  sections: [
    {
      name: "voice_bridge",
      fields: [
        field(
          "voice_bridge.address",
          "127.0.0.1:9998",
          "Where phone calls come in.",
        ),
        field("voice_bridge.also", ["::1"]),
        field(
          "voice_bridge.reuse_port",
          false,
          "Whether other programs of yours may listen beside it.",
        ),
      ],
    },
    {
      name: "retry",
      fields: [
        field(
          "retry.attempts",
          5,
          "What happens when a port is in use: how many attempts are made, with which waits between them.",
          7,
        ),
        field("retry.growth", "linear"),
        field("retry.jitter", 0, "By which part of itself a wait may vary."),
      ],
    },
    {
      name: "desktop",
      fields: [
        field(
          "desktop.notifications",
          true,
          "Whether you are notified while the window is closed.",
        ),
      ],
    },
  ],
});

export const written: SettingsSaved = {
  saved: "written",
  sentence: "Saved, but needs a restart.",
};

/** What is known from then on. */
export const restartNeeded: Note = {
  note: "restart_needed",
  path: "settings.toml",
  settings: ["retry.jitter"],
  problem: null,
  only_this_machine: false,
};

/** The same as people read it. */
export const needsRestart = "Saved, but needs a restart: retry.jitter.";

/** What comes of choosing what answers calls. */
export const chosen = (engine: EngineChoice): EngineChosen => ({
  engine,
  path: form().path,
  unkept: null,
  sentence: `From the next one on, calls are answered by that. Kept in ${form().path}.`,
});

export const lines = (now: number): LogLine[] => [
  {
    number: 1,
    at: now - 7000,
    level: "INFO",
    source: "keeper::story",
    text: "Voice bridge WebSocket server listening address=127.0.0.1:9998",
  },
  {
    number: 2,
    at: now - 5000,
    level: "WARN",
    source: "keeper::story",
    text: "port is taken port=9999 attempt=1 attempts=5 delay=1s pid=4711",
  },
  {
    number: 3,
    at: now - 4000,
    level: "INFO",
    source: "keeper::story",
    text: "Supervisor WebSocket server listening address=127.0.0.1:9999 attempt=2",
  },
];

/** A log as full as it is kept, into which ten lines come every second. */
export const talk = (since: number, now: number): LogLine[] =>
  Array.from(
    { length: 1000 + Math.floor((now - since) / 100) },
    (_, place) => ({
      number: place + 1,
      at: since,
      level: "INFO",
      source: "stand_in",
      text: `line ${place + 1} ${"of many words ".repeat(place % 7)}`,
    }),
  );

export const report = (): Report => ({
  findings: [],
  lines: [
    "xSwarm Voice 0.1.0",
    "running   in the tray, as process 4711 for 2 h",
    "system    Linux 6.18.0 x86_64",
    "",
    "Voice bridge: listening on 127.0.0.1:9998, proven 2 s ago",
    "Supervisor: listening on 127.0.0.1:9999, proven 2 s ago",
    "",
    "All well.",
  ],
});

export const heardBack = (): TestCall => ({
  call: "done",
  answered_after_ms: 142,
  greeting_ms: 6320,
  has_spoken: true,
  echo: { delay_ms: 3984, gain_db: 0.1, correlation: 0.999 },
  heard_ms: 15200,
  level_dbfs: -21.4,
  cut_off: null,
  answerer: {
    engine: "line_check",
    is_wanted: true,
    sentence: "The built-in line check answered.",
    words: null,
  },
});

/** The same where a voice model is set to answer, and did. */
export const modelHeard = (): TestCall => ({
  ...done(heardBack()),
  echo: null,
  answerer: {
    engine: "moshi",
    is_wanted: true,
    sentence: "The voice model at 127.0.0.1:8998 answered.",
    words: "Hey, how are you doing?",
  },
});

/** The same where it did not. */
export const modelMissed = (): TestCall => ({
  ...done(heardBack()),
  answerer: {
    engine: "line_check",
    is_wanted: false,
    sentence:
      "No voice model answered (127.0.0.1:8998: nobody listens there); the line check did.",
    words: null,
  },
});

function done(call: TestCall): Extract<TestCall, { call: "done" }> {
  if (call.call !== "done") throw new Error("it was not seen through");
  return call;
}
