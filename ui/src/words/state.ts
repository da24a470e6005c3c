// What is said of a service: how it is, why, and since when.

import { exactMoment, moment, secondsUntil, span } from "../clock";
import { face, type Face } from "../service";
import { list, plain, sentence } from "../text";
import type { Cause, Refusal, Service, ServiceName } from "../wire";
import { who } from "./holder";

export const serviceName: Record<ServiceName, string> = {
  voice_bridge: "Voice bridge",
  supervisor: "Supervisor",
};

export const inSentence: Record<ServiceName, string> = {
  voice_bridge: "the voice bridge",
  supervisor: "the supervisor",
};

export const purpose: Record<ServiceName, string> = {
  voice_bridge: "Phone calls",
  supervisor: "Watching and steering",
};

export const stateWord: Record<Face, string> = {
  stopped: "Stopped",
  binding: "Starting",
  waiting: "Waiting",
  proving: "Checking",
  listening: "Listening",
  shared: "Shared",
  silent: "No answer",
  taken: "Port taken",
  refused: "Refused",
  stopping: "Stopping",
  restarting: "Restarting",
  failed: "Failed",
};

/** What is the matter with a service, or that nothing is. */
export function stateSentence(service: Service): string {
  const { life } = service;
  switch (life.life) {
    case "stopping":
      return "It finishes what it has begun, then lets its port go.";
    case "restarting":
      return `It ended by itself${crashes(life.crashes)} and is started again. The reason: ${sentence(life.reason)}`;
    case "failed":
      return `It ended too often and is not started again. The last reason: ${sentence(life.reason)}`;
    case "stopped":
    case "starting":
    case "waiting":
    case "running":
      return portSentence(service);
  }
}

const crashes = (count: number): string => (count > 1 ? ` ${count} times` : "");

function portSentence({ port, address, state }: Service): string {
  switch (state.state) {
    case "stopped":
      return "It stays stopped until you start it.";
    case "binding":
      return `It tries to take port ${port}.`;
    case "waiting":
      return causeSentence(port, state.cause);
    case "proving":
      return `Port ${port} is ours; whether it answers is being checked.`;
    case "listening":
      return `Port ${port} answers, and it is ours alone.`;
    case "shared":
      return `Connections may go astray: port ${port} is ours, but also used by ${user(state.cause)}.`;
    case "silent":
      return `Port ${port} is ours, but the service does not answer on it. A restart may help.`;
    case "taken":
      return `${causeSentence(port, state.cause)} The service starts by itself when the port is free.`;
    case "refused":
      return refusalSentence(port, address, state.refusal);
  }
}

export function causeSentence(port: number, cause: Cause): string {
  switch (cause.cause) {
    case "held":
    case "hidden":
      return `Port ${port} is used by ${user(cause)}.`;
    case "lingering":
      return `Closing connections of an earlier run still hold port ${port}, until ${exactMoment(cause.free_at)} at the latest.`;
    case "unseen":
      return `Port ${port} is in use, but the system does not say by whom.`;
  }
}

/** Who uses a port, as far as that is known. */
function user(cause: Cause): string {
  switch (cause.cause) {
    case "held":
      return cause.holders.length > 0
        ? list(cause.holders.map(who))
        : "another program";
    case "hidden":
      return `a program of ${cause.user === null ? "another user" : plain(cause.user)} that cannot be seen from here`;
    case "lingering":
    case "unseen":
      return "another program";
  }
}

function refusalSentence(
  port: number,
  address: string,
  refusal: Refusal,
): string {
  switch (refusal.refusal) {
    case "not_permitted":
      return `The system allows port ${port} only to privileged programs, or has reserved it. Choose another port in the settings.`;
    case "no_such_address":
      return `This machine has no address ${address.slice(0, address.lastIndexOf(":"))}. Correct it in the settings.`;
    case "other":
      return `The system refuses port ${port}: ${sentence(refusal.message)}`;
  }
}

/** How far the attempts to take the port have come. */
export function progress({ state }: Service): string {
  switch (state.state) {
    case "binding":
      return `Attempt ${state.attempt} of ${state.attempts}`;
    case "waiting":
      return `Attempt ${state.attempt} of ${state.attempts} failed`;
    case "taken":
      return state.attempts === 1
        ? "The one attempt failed"
        : `All ${state.attempts} attempts failed`;
    case "stopped":
    case "proving":
    case "listening":
    case "shared":
    case "silent":
    case "refused":
      return "";
  }
}

/** What the service does next by itself, and when. */
export function countdown(
  { life }: Service,
  nextAt: number,
  now: number,
): string {
  const next = life.life === "restarting" ? "Starts again" : "Next";
  const seconds = secondsUntil(nextAt, now);
  return seconds > 0 ? `${next} in ${seconds} s` : `${next} at once`;
}

/** Since when a service is as it is, and for a proof, how fresh it is. */
export function sinceWhen(service: Service, now: number): string | null {
  const { state } = service;
  // A life that has more to say makes no claim about the port.
  if (face(service) !== state.state) return null;
  switch (state.state) {
    case "listening":
      return `${sinceMoment(state.since, now)} · last proven ${ago(state.proven_at, now)}`;
    case "shared":
    case "silent":
    case "proving":
      return sinceMoment(state.since, now);
    case "stopped":
    case "binding":
    case "waiting":
    case "taken":
    case "refused":
      return null;
  }
}

function sinceMoment(since: number, now: number): string {
  const lasted = now - since;
  return lasted < 60_000
    ? `Since ${moment(since, now)}`
    : `Since ${moment(since, now)} (${span(lasted)})`;
}

const ago = (at: number, now: number): string =>
  now - at < 15_000 ? "just now" : `${span(now - at)} ago`;
