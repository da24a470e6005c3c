// Ports that are crowded, and those who were turned away, for designers and for tests.

import type { Crowding, PortState, Timestamp, TurnedAway } from "../src/wire";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Whose connections crowd a port. */
export const crowding: Crowding[] = [
  { pid: 4711, name: "python3", connections: 96 },
  {
    pid: 120994,
    name: "a-program-with-an-unreasonably-long-name-that-must-wrap",
    connections: 31,
  },
  { pid: 812, name: "curl", connections: 1 },
];

export const crowdedPort = (
  now: Timestamp,
  by: Crowding[],
  turned_away = 1240,
): PortState => ({
  state: "crowded",
  since: now - MINUTE,
  proven_at: now - 2 * SECOND,
  turned_away,
  by,
});

export const turnedAway = (now: Timestamp): TurnedAway[] => [
  {
    service: "voice_bridge",
    whom: "3 streams to the voice bridge",
    reason: "no_secret",
    because: "they showed no secret",
    cure: "Set voice_bridge.stream_secret at the carrier too, or sign the streams with the account of public_url.",
    times: 3,
    last_at: now - 2 * MINUTE,
  },
  {
    service: "supervisor",
    whom: "1 client of the supervisor",
    reason: "foreign_origin",
    because: "they came from a web page of another origin",
    cure: "If the page is yours, name its origin in supervisor.limits.origins.",
    times: 1,
    last_at: now - 5 * HOUR,
  },
];
