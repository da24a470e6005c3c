// One snapshot for each way that things can be, for designers and for tests.

import { crowdedPort, crowding, turnedAway } from "./crowds";
import {
  command,
  container,
  foreign,
  heir,
  held,
  older,
  onlyIpv6,
  talkative,
  zombie,
} from "./holders";
import { notes } from "./notes";
import type {
  Call,
  Cause,
  Companion,
  Condition,
  Crowding,
  Engine,
  Life,
  ModelState,
  Note,
  PortState,
  Refusal,
  Service,
  Silence,
  Snapshot,
  Timestamp,
  TurnedAway,
} from "../src/wire";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A service; its condition is given, for here it is data like the rest. */
const bridge = (
  condition: Condition,
  life: Life,
  state: PortState,
  companions: Companion[] = [],
): Service => ({
  name: "voice_bridge",
  title: "Voice bridge",
  purpose: "Phone calls",
  deed: "takes phone calls and MOSHI clients",
  address: "127.0.0.1:9998",
  port: 9998,
  condition,
  life,
  state,
  companions,
  troubles: [],
});

const onIpv6 = (state: PortState, is_shadowed = false): Companion => ({
  address: "[::1]:9998",
  state,
  is_shadowed,
});

const listening = (now: Timestamp): PortState => ({
  state: "listening",
  since: now - 2 * HOUR - 5 * MINUTE,
  proven_at: now - 2 * SECOND,
});

const supervisor = (now: Timestamp): Service => ({
  ...bridge("well", { life: "running" }, listening(now)),
  name: "supervisor",
  title: "Supervisor",
  purpose: "Watching and steering",
  deed: "lets people and agents watch and steer them",
  address: "127.0.0.1:9999",
  port: 9999,
  companions: [{ ...onIpv6(listening(now)), address: "[::1]:9999" }],
});

interface Besides {
  engine?: Engine;
  calls?: Call[];
  ended_calls?: Call[];
  turned_away?: TurnedAway[];
  notes?: Note[];
}

const snapshot = (
  now: Timestamp,
  services: Service[],
  {
    engine = "line_check",
    calls = [],
    ended_calls = [],
    turned_away = [],
    notes = [],
  }: Besides = {},
): Snapshot => ({
  version: "0.1.0",
  pid: 5120,
  started: now - 2 * HOUR - 5 * MINUTE,
  services,
  engine,
  calls,
  ended_calls,
  turned_away,
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
  bridge("well", { life: "running" }, listening(now), [onIpv6(listening(now))]);

/** A service that listens, and whose further address is otherwise. */
const wellBut = (
  condition: Condition,
  now: Timestamp,
  companion: Companion,
): Service =>
  bridge(condition, { life: "running" }, listening(now), [companion]);

const silent = (now: Timestamp, why: Silence): Service =>
  bridge(
    "needs_you",
    { life: "running" },
    { state: "silent", since: now - MINUTE, why },
  );

const crowded = (
  now: Timestamp,
  by: Crowding[],
  turned_away?: number,
): Service =>
  bridge("needs_you", { life: "running" }, crowdedPort(now, by, turned_away), [
    onIpv6(listening(now)),
  ]);

const refused = (refusal: Refusal): Service =>
  bridge("needs_you", { life: "waiting" }, { state: "refused", refusal });

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
  taken_inherited: (now) => taken(held(zombie(now), heir(now))),
  taken_frozen: (now) => taken(held({ ...zombie(now), is_frozen: true })),
  taken_reserved: (now) => taken({ cause: "reserved", holders: [zombie(now)] }),
  taken_connected: (now) =>
    taken({ cause: "connected", holders: [zombie(now)] }),
  taken_hidden: () => taken({ cause: "hidden", user: "root", command }),
  taken_hidden_nameless: () => taken({ cause: "hidden", user: null, command }),
  taken_orphaned: () => taken({ cause: "orphaned", pid: 4711 }),
  taken_exhausted: () => taken({ cause: "exhausted" }),
  taken_unseen: () => taken({ cause: "unseen", command }),
  shadowed: (now) =>
    wellBut(
      "needs_you",
      now,
      onIpv6(
        { state: "taken", attempts: 5, cause: held(onlyIpv6(zombie(now))) },
        true,
      ),
    ),
  shadowed_shared: (now) =>
    wellBut(
      "needs_you",
      now,
      onIpv6(
        {
          state: "shared",
          since: now - MINUTE,
          cause: held(onlyIpv6(zombie(now))),
          is_intended: false,
        },
        true,
      ),
    ),
  companion_silent: (now) =>
    wellBut(
      "needs_you",
      now,
      onIpv6({ state: "silent", since: now - MINUTE, why: "unreachable" }),
    ),
  companion_lingering: (now) =>
    wellBut(
      "well",
      now,
      onIpv6({
        state: "waiting",
        attempt: 2,
        attempts: 5,
        next_at: now + 3 * SECOND,
        cause: { cause: "lingering", free_at: now + 40 * SECOND },
      }),
    ),
  companion_absent: (now) =>
    wellBut(
      "well",
      now,
      onIpv6({ state: "refused", refusal: { refusal: "no_such_address" } }),
    ),
  shared: (now) =>
    bridge(
      "needs_you",
      { life: "running" },
      {
        state: "shared",
        since: now - MINUTE,
        cause: held(zombie(now)),
        is_intended: false,
      },
    ),
  shared_intended: (now) =>
    bridge(
      "well",
      { life: "running" },
      {
        state: "shared",
        since: now - MINUTE,
        cause: held(zombie(now)),
        is_intended: true,
      },
    ),
  crowded: (now) => crowded(now, crowding),
  crowded_unknown: (now) => crowded(now, [], 1),
  crowded_both: (now) => {
    const service = crowded(now, crowding.slice(0, 1));
    return { ...service, companions: [onIpv6(crowdedPort(now, [], 3))] };
  },
  companion_crowded: (now) =>
    wellBut("needs_you", now, onIpv6(crowdedPort(now, crowding.slice(1)))),
  silent: (now) => silent(now, "unanswered"),
  silent_descriptors: (now) => silent(now, "out_of_descriptors"),
  silent_unreachable: (now) => silent(now, "unreachable"),
  silent_unverifiable: (now) => silent(now, "unverifiable"),
  refused: () => refused({ refusal: "not_permitted" }),
  refused_address: () => refused({ refusal: "no_such_address" }),
  refused_reserved: () =>
    refused({ refusal: "reserved", from: 9950, to: 10049 }),
  refused_other: () =>
    refused({
      refusal: "other",
      message: "Protocol not supported (os error 93)",
    }),
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

const call = (
  id: number,
  since: Timestamp,
  phase: Call["phase"],
  echoes: number,
): Call => ({
  id,
  from: "twilio",
  carrier_id: `CA${String(id).padStart(32, "0")}`,
  engine: "line_check",
  since,
  phase,
  echoes,
  heard: {
    level_dbfs: phase === "caller" ? -21 : -100,
    sound_ms: 40 * SECOND,
    lost_ms: 0,
    lag_ms: 4,
    utterances: echoes,
    keys: 1,
    dropped: 0,
  },
  said: {
    level_dbfs: phase === "engine" ? -16 : -100,
    sound_ms: 12 * SECOND,
    clears: 0,
    gaps: { p50_ms: 20, p95_ms: 21, p99_ms: 22, late: 0 },
    round_trip_ms: 38,
  },
  model: null,
  words: null,
  end: null,
});

const calls = (now: Timestamp): Call[] => [
  call(7, now - 4 * MINUTE, "caller", 3),
  call(9, now - 40 * SECOND, "engine", 1),
  call(10, now - 2 * SECOND, "quiet", 0),
];

const GPU = "gpu.example:8998";

/** A call for which a speech model is meant to be had. */
const modelled = (
  call: Call,
  state: ModelState,
  server = GPU,
  engine: Engine = "moshi",
): Call => ({ ...call, engine, model: { server, state } });

const modelledCalls = (now: Timestamp): Call[] => [
  modelled(call(11, now - 4 * MINUTE, "engine", 0), "ready"),
  modelled(call(12, now - 40 * SECOND, "quiet", 0), "queued"),
  modelled(
    call(13, now - 30 * SECOND, "caller", 2),
    "unanswered",
    GPU,
    "line_check",
  ),
  modelled(call(14, now - 2 * SECOND, "quiet", 0), "connecting", ""),
];

const wholes: Record<string, (now: Timestamp) => Snapshot> = {
  calls: (now) =>
    snapshot(now, [well(now), supervisor(now)], { calls: calls(now) }),
  models: (now) =>
    snapshot(now, [well(now), supervisor(now)], {
      engine: "moshi",
      calls: modelledCalls(now),
    }),
  notes: (now) => snapshot(now, [well(now), supervisor(now)], { notes }),
  turned_away: (now) =>
    snapshot(now, [well(now), supervisor(now)], {
      turned_away: turnedAway(now),
    }),
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
