// What is said of those who were turned away, and of those who crowd a port.

import { ago, moment } from "../clock";
import type { Crowd } from "../service";
import { plain } from "../text";
import type { Crowding, TurnedAway } from "../wire";

export const crowd = {
  of: ({ address }: Crowd) => `Who crowds ${address}`,
  turnedAway: ({ address, turned_away }: Crowd) =>
    turned_away === 1
      ? `1 connection to ${address} was just turned away.`
      : `${turned_away} connections to ${address} were just turned away.`,
  by: "These programs hold most of the places:",
  unknown: "Who holds the places isn't known.",
  process: ({ pid }: Crowding) => `Process ${pid}`,
  connections: ({ connections }: Crowding) =>
    counted(connections, ["connection", "connections"]),
};

const RECENT = 60 * 60 * 1000;

export const turnedAway = {
  title: "Turned away",
  /** For those who hear the page: it changes when somebody is turned away for another reason, not for each. */
  count: (entries: TurnedAway[]) =>
    `Somebody was turned away, for ${counted(entries.length, ["reason", "reasons"])}.`,
  who: ({ whom, because }: TurnedAway) => `${whom}, because ${plain(because)}`,
  when: ({ times, last_at }: TurnedAway, now: number) =>
    `${times === 1 ? "At" : "Last at"} ${moment(last_at, now)} (${ago(last_at, now)})`,
  /** Whether it may be what a person looks for. */
  isRecent: ({ last_at }: TurnedAway, now: number) => now - last_at < RECENT,
  cure: ({ cure }: TurnedAway) => plain(cure),
};

const counted = (count: number, [one, many]: [string, string]): string =>
  `${count} ${count === 1 ? one : many}`;
