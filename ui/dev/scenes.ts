// One snapshot for each way that things can be, for designers and for tests.

import type {
  Call,
  Cause,
  Condition,
  Holder,
  Life,
  Note,
  PortState,
  Service,
  Snapshot,
  Timestamp,
} from "../src/wire";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const zombie = (now: Timestamp): Holder => ({
  identity: {
    pid: 4711,
    began: "884213",
    executable: "/usr/bin/python3.11",
    uid: 1000,
  },
  name: "python3",
  command_line: [
    "/usr/bin/python3",
    "-m",
    "http.server",
    "--bind",
    "0.0.0.0",
    "9998",
  ],
  user: "ada",
  started: now - 3 * HOUR - 12 * MINUTE,
  address: "0.0.0.0:9998",
  kind: "program",
  guard: null,
});

export const older = (now: Timestamp): Holder => ({
  identity: {
    pid: 2204,
    began: "120001",
    executable: "/opt/xswarm/xswarm-voice",
    uid: 1000,
  },
  name: "xswarm-voice",
  command_line: ["/opt/xswarm/xswarm-voice", "--hidden"],
  user: "ada",
  started: now - 50 * HOUR,
  address: "127.0.0.1:9998",
  kind: "older_xswarm",
  guard: null,
});

export const foreign = (now: Timestamp): Holder => ({
  identity: { pid: 912, began: "4021", executable: null, uid: 0 },
  name: "nginx",
  command_line: [],
  user: "root",
  started: now - 900 * HOUR,
  address: "0.0.0.0:9998",
  kind: "program",
  guard: "another_user",
});

export const container = (now: Timestamp): Holder => ({
  identity: {
    pid: 3055,
    began: "77120",
    executable: "/usr/bin/docker-proxy",
    uid: 0,
  },
  name: "docker-proxy",
  command_line: [
    "/usr/bin/docker-proxy",
    "-proto",
    "tcp",
    "-host-ip",
    "0.0.0.0",
    "-host-port",
    "9998",
  ],
  user: "root",
  started: now - 20 * MINUTE,
  address: "0.0.0.0:9998",
  kind: "container",
  guard: "container",
});

const talkative = (now: Timestamp): Holder => ({
  ...zombie(now),
  identity: {
    pid: 120994,
    began: "90021",
    executable: `/home/ada/projects/${"a-long-folder-name/".repeat(6)}bin/node`,
    uid: 1000,
  },
  name: "a-program-with-an-unreasonably-long-name-that-must-wrap",
  command_line: [
    "node",
    "--enable-source-maps",
    ...Array.from({ length: 40 }, (_, place) => `--option-${place}=some value`),
  ],
});

export const held = (...holders: Holder[]): Cause => ({
  cause: "held",
  holders,
});

/** A service; its condition is given, for here it is data like the rest. */
const bridge = (
  condition: Condition,
  life: Life,
  state: PortState,
): Service => ({
  name: "voice_bridge",
  address: "127.0.0.1:9998",
  port: 9998,
  condition,
  life,
  state,
});

const listening = (now: Timestamp): PortState => ({
  state: "listening",
  since: now - 2 * HOUR - 5 * MINUTE,
  proven_at: now - 2 * SECOND,
});

const supervisor = (now: Timestamp): Service => ({
  ...bridge("well", { life: "running" }, listening(now)),
  name: "supervisor",
  address: "127.0.0.1:9999",
  port: 9999,
});

interface Besides {
  calls?: Call[];
  notes?: Note[];
}

const snapshot = (
  now: Timestamp,
  services: Service[],
  { calls = [], notes = [] }: Besides = {},
): Snapshot => ({
  version: "0.1.0",
  pid: 5120,
  started: now - 2 * HOUR - 5 * MINUTE,
  services,
  engine: "line_check",
  calls,
  notes,
});

const waiting = (now: Timestamp, cause: Cause): Service =>
  bridge(
    "busy",
    { life: "waiting" },
    {
      state: "waiting",
      attempt: 2,
      attempts: 5,
      next_at: now + 3 * SECOND,
      cause,
    },
  );

const taken = (cause: Cause): Service =>
  bridge(
    "needs_you",
    { life: "waiting" },
    { state: "taken", attempts: 5, cause },
  );

const well = (now: Timestamp): Service =>
  bridge("well", { life: "running" }, listening(now));

const services: Record<string, (now: Timestamp) => Service> = {
  listening: well,
  stopped: () => bridge("off", { life: "stopped" }, { state: "stopped" }),
  binding: () =>
    bridge(
      "busy",
      { life: "starting" },
      { state: "binding", attempt: 1, attempts: 5 },
    ),
  proving: (now) =>
    bridge("busy", { life: "starting" }, { state: "proving", since: now }),
  waiting: (now) => waiting(now, held(zombie(now))),
  waiting_lingering: (now) =>
    waiting(now, { cause: "lingering", free_at: now + 40 * SECOND }),
  taken: (now) => taken(held(zombie(now))),
  taken_older: (now) => taken(held(older(now))),
  taken_two: (now) => taken(held(zombie(now), older(now))),
  taken_foreign: (now) => taken(held(foreign(now))),
  taken_container: (now) => taken(held(container(now))),
  taken_long: (now) => taken(held(talkative(now))),
  taken_hidden: () => taken({ cause: "hidden", user: "root" }),
  taken_hidden_nameless: () => taken({ cause: "hidden", user: null }),
  taken_unseen: () => taken({ cause: "unseen" }),
  shared: (now) =>
    bridge(
      "needs_you",
      { life: "running" },
      { state: "shared", since: now - MINUTE, cause: held(zombie(now)) },
    ),
  silent: (now) =>
    bridge(
      "needs_you",
      { life: "running" },
      { state: "silent", since: now - MINUTE },
    ),
  refused: () =>
    bridge(
      "needs_you",
      { life: "waiting" },
      { state: "refused", refusal: { refusal: "not_permitted" } },
    ),
  refused_address: () =>
    bridge(
      "needs_you",
      { life: "waiting" },
      { state: "refused", refusal: { refusal: "no_such_address" } },
    ),
  refused_other: () =>
    bridge(
      "needs_you",
      { life: "waiting" },
      {
        state: "refused",
        refusal: {
          refusal: "other",
          message: "Protocol not supported (os error 93)",
        },
      },
    ),
  stopping: (now) => bridge("busy", { life: "stopping" }, listening(now)),
  restarting: (now) =>
    bridge(
      "busy",
      {
        life: "restarting",
        crashes: 2,
        next_at: now + 4 * SECOND,
        reason: "the accept loop ended",
      },
      listening(now),
    ),
  failed: (now) =>
    bridge(
      "needs_you",
      { life: "failed", reason: "the accept loop ended" },
      listening(now),
    ),
};

const calls = (now: Timestamp): Call[] => [
  { id: 7, since: now - 4 * MINUTE, phase: "caller", echoes: 3 },
  { id: 9, since: now - 40 * SECOND, phase: "engine", echoes: 1 },
  { id: 10, since: now - 2 * SECOND, phase: "quiet", echoes: 0 },
];

const notes: Note[] = [
  {
    note: "settings_unreadable",
    path: "/home/ada/.config/xswarm-voice/settings.toml",
    problem: "line 4: unknown field `adress`, expected `address`",
  },
  { note: "published_token" },
];

const wholes: Record<string, (now: Timestamp) => Snapshot> = {
  calls: (now) =>
    snapshot(now, [well(now), supervisor(now)], { calls: calls(now) }),
  notes: (now) => snapshot(now, [well(now), supervisor(now)], { notes }),
  single: (now) => snapshot(now, [well(now)]),
};

/** Every scene by its name: each state of the voice bridge beside a supervisor that is well, and a few wholes. */
export const scenes: Record<string, (now: Timestamp) => Snapshot> = {
  ...Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      (now: Timestamp) => snapshot(now, [service(now), supervisor(now)]),
    ]),
  ),
  ...wholes,
};
