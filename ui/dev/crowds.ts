// Ports that are crowded, for tests.

import type { Crowding, PortState, Timestamp } from "../src/wire";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

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
