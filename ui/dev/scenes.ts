// One snapshot for each way that things can be, for designers and for tests. Their facts stand in `scenes.json`; what is
// said of them is put in there by the station's own words.

import type { Snapshot, Timestamp } from "../src/wire";
import told from "./scenes.json";

/** The moment that the scenes are told of: Sunday, 22 November 2026, 21:04:05 UTC. */
const TOLD = Date.UTC(2026, 10, 22, 21, 4, 5);

/** A number so large is a moment. */
const MOMENTS = 1e12;

/** The same, told at another moment. */
function shifted(value: unknown, by: number): unknown {
  if (typeof value === "number") return value > MOMENTS ? value + by : value;
  if (Array.isArray(value)) return value.map((each) => shifted(each, by));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, shifted(each, by)]),
  );
}

/** Every scene by its name: each state of the voice bridge beside a supervisor that is well, and a few wholes. */
export const scenes: Record<string, (now: Timestamp) => Snapshot> =
  Object.fromEntries(
    Object.entries(told).map(([name, snapshot]) => [
      name,
      (now: Timestamp) => shifted(snapshot, now - TOLD) as Snapshot,
    ]),
  );
