// What is said of a service: how it is, why, and since when.

import { exactMoment, moment, secondsUntil, span } from "../clock";
import type { Face } from "../service";
import { list, sentence } from "../text";
import type { Cause, PortState, Refusal, Service, ServiceName } from "../wire";
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
  voice_bridge: "Phone calls and MOSHI clients",
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
      return `Port ${port} is ours alone and answers.`;
    case "shared":
      return `We listen, and so does another program, so connections may go astray. ${causeSentence(port, state.cause)}`;
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
      return cause.holders.length > 0
        ? `Port ${port} is used by ${list(cause.holders.map(who))}.`
        : `Port ${port} is in use.`;
    case "hidden":
      return cause.user === null
        ? `Port ${port} is used by a program of another user, which cannot be seen from here.`
        : `Port ${port} is used by a program of ${cause.user}, which cannot be seen from here.`;
    case "lingering":
      return `Closing connections of an earlier run still hold port ${port}, until ${exactMoment(cause.free_at)} at the latest.`;
    case "unseen":
      return `Port ${port} is in use, but the system does not say by whom.`;
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
      return `This machine has no address ${address}. Correct it in the settings.`;
    case "other":
      return `The system refuses port ${port}: ${sentence(refusal.message)}`;
  }
}

export const progress = (
  attempt: number,
  attempts: number,
  state: PortState["state"],
): string =>
  `Attempt ${attempt} of ${attempts}${state === "waiting" ? " failed" : ""}`;

export function countdown(nextAt: number, now: number): string {
  const seconds = secondsUntil(nextAt, now);
  return seconds > 0 ? `Next in ${seconds} s` : "Next at once";
}

/** Since when a service is as it is, and for a proof, how fresh it is. */
export function sinceWhen({ state }: Service, now: number): string | null {
  switch (state.state) {
    case "listening":
      return `Since ${moment(state.since, now)} · last proven ${ago(state.proven_at, now)}`;
    case "shared":
    case "silent":
    case "proving":
      return `Since ${moment(state.since, now)}`;
    case "stopped":
    case "binding":
    case "waiting":
    case "taken":
    case "refused":
      return null;
  }
}

const ago = (at: number, now: number): string =>
  now - at < 15_000 ? "just now" : `${span(now - at)} ago`;
