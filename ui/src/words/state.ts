// What is said of a service besides what comes with the snapshot.

import { ago, moment, span } from "../clock";
import type { Service, ServiceName } from "../wire";

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
