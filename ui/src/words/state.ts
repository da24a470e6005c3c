// What is said of a service, and of those who find no place at it, besides what comes with the snapshot.

import { ago, moment, span } from "../clock";
import type { Crowd } from "../service";
import { plain } from "../text";
import type {
  Crowding,
  Model,
  Service,
  ServiceName,
  Timestamp,
  TurnedAway,
} from "../wire";

/** A service as a sentence has it: `the voice bridge`. */
export const inSentence = (name: ServiceName): string =>
  `the ${name.replaceAll("_", " ")}`;

export const furtherAddresses = (service: ServiceName): string =>
  `Further addresses of ${inSentence(service)}`;

/** About a command that tells more than can be seen from here. */
export const command = {
  purpose: "An administrator can learn who it is in a terminal:",
  copy: "Copy",
  copied: "Copied.",
  failed: "It could not be copied; select it instead.",
};

/** Since when a service is as it is, and for a proof, how fresh it is. */
export function sinceWhen(service: Service, now: number): string | null {
  const { face, state } = service;
  // A life that has more to say makes no claim about the port.
  if (face === "stopping" || face === "restarting" || face === "failed")
    return null;
  if (!("since" in state)) return null;
  const since = sinceMoment(state.since, now);
  return "proven_at" in state
    ? `${since} · last proven ${ago(state.proven_at, now)}`
    : since;
}

function sinceMoment(since: number, now: number): string {
  const lasted = now - since;
  return lasted < 60_000
    ? `Since ${moment(since, now)}`
    : `Since ${moment(since, now)} (${span(lasted)})`;
}

/** A voice model that is set to answer calls. */
export const model = {
  title: "Voice model",
  all: "Voice models",
  name: ({ server }: Model) => `Voice model at ${plain(server)}`,
  purpose: "Answers calls",
  asked: (at: Timestamp, now: number) => `Asked ${ago(at, now)}`,
};

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
