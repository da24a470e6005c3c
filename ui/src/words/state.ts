// What is said of a service: how it is, why, and since when.

import { ago, exactMoment, moment, secondsUntil, span } from "../clock";
import { face, type Face } from "../service";
import { capital, list, plain, sentence } from "../text";
import type {
  Cause,
  Companion,
  Holder,
  Refusal,
  Service,
  ServiceName,
  Silence,
} from "../wire";
import { who } from "./holder";

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

export const stateWord: Record<Face, string> = {
  stopped: "Stopped",
  binding: "Starting",
  waiting: "Waiting",
  proving: "Checking",
  listening: "Listening",
  crowded: "Crowded",
  shared: "Shared",
  silent: "No answer",
  taken: "Port taken",
  refused: "Refused",
  stopping: "Stopping",
  restarting: "Restarting",
  failed: "Failed",
  partial: "Partly reachable",
};

/** The one word for a further address. */
export const companionWord = ({ state }: Companion): string =>
  state.state === "refused" && state.refusal.refusal === "no_such_address"
    ? "Not there"
    : stateWord[state.state];

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

function portSentence(service: Service): string {
  const { address, state } = service;
  const port = `port ${service.port}`;
  switch (state.state) {
    case "stopped":
      return "It stays stopped until you start it.";
    case "binding":
      return `It tries to take ${port}.`;
    case "waiting":
      return causeSentence(port, state.cause);
    case "proving":
      return `${capital(port)} is ours; whether it answers is being checked.`;
    case "listening":
      return `${capital(face(service) === "listening" ? port : address)} answers, and it is ours alone.`;
    case "crowded":
      return crowdedSentence(port);
    case "shared":
      return sharedSentence(port, state.cause, state.is_intended);
    case "silent":
      return silenceSentence(port, state.why);
    case "taken":
      return `${causeSentence(port, state.cause)} The service starts by itself when ${state.cause.cause === "exhausted" ? "some are free" : "the port is free"}.`;
    case "refused":
      return refusalSentence(port, address, state.refusal);
  }
}

/** What is the matter at one of a service's further addresses. */
export function companionSentence(companion: Companion): string {
  const { address, state } = companion;
  switch (state.state) {
    case "stopped":
      return `${address} is not used.`;
    case "binding":
      return `The service tries to take ${address}, too.`;
    case "waiting":
    case "taken":
      return companion.is_shadowed
        ? `${astray(address)} lead to ${user(state.cause)}, which ${verb(state.cause, "hold")} ${address}.`
        : causeSentence(address, state.cause);
    case "proving":
      return `${address} is ours; whether it answers is being checked.`;
    case "listening":
      return `${address} answers as well.`;
    case "crowded":
      return crowdedSentence(address);
    case "shared":
      return companion.is_shadowed
        ? `${astray(address)} lead to ${user(state.cause)}, which ${verb(state.cause, "share")} ${address} with us.`
        : sharedSentence(address, state.cause, state.is_intended);
    case "silent":
      return silenceSentence(address, state.why);
    case "refused":
      return state.refusal.refusal === "no_such_address"
        ? `This machine has no address ${host(address)}; the service does without it.`
        : refusalSentence(address, address, state.refusal);
  }
}

const LOCALHOST = ["127.0.0.1", "[::1]"];

/** Connections that are meant for this address, with the name under which they mostly come. */
const astray = (address: string): string =>
  LOCALHOST.includes(host(address))
    ? "localhost may"
    : `Connections to ${address} may`;

const verb = (cause: Cause, word: string): string =>
  cause.cause === "held" && names(cause.holders).length > 1 ? word : `${word}s`;

const host = (address: string): string =>
  address.slice(0, address.lastIndexOf(":"));

/** Why a port, or the one at some address, is in use. */
export function causeSentence(port: string, cause: Cause): string {
  switch (cause.cause) {
    case "held":
      return `${capital(port)} is used by ${user(cause)}${besides(cause.holders)}`;
    case "reserved":
      return `${capital(port)} is reserved by ${user(cause)}, which ${cause.holders.length > 1 ? "do" : "does"} not listen on it.`;
    case "connected":
      return `${capital(port)} is one end of a connection of ${user(cause)}, until that ends.`;
    case "hidden":
      return `${capital(port)} is used by ${user(cause)}.`;
    case "orphaned":
      return `${capital(port)} is used by ${user(cause)}. The system does not say which, so end what that process has started.`;
    case "lingering":
      return `Closing connections of an earlier run still hold ${port}, until ${exactMoment(cause.free_at)} at the latest.`;
    case "exhausted":
      return `xSwarm Voice is out of file descriptors or buffers, so ${port} cannot be taken.`;
    case "unseen":
      return `${capital(port)} is in use, but the system does not say by whom.`;
  }
}

const names = (holders: Holder[]): string[] => [...new Set(holders.map(who))];

/** What must be known besides the holders' names to understand why the port is not free; ends the sentence. */
function besides(holders: Holder[]): string {
  const all = names(holders);
  const heirs = names(holders.filter(({ has_inherited }) => has_inherited));
  const frozen = names(holders.filter(({ is_frozen }) => is_frozen));
  if (all.length === 1)
    return frozen.length > 0
      ? ", which is frozen: it accepts connections and never answers them."
      : ".";
  const end = `${all.length === 2 ? "both" : "all"} must end.`;
  const inherited =
    heirs.length === 0
      ? "."
      : heirs.length === 1 && heirs[0] === all.at(-1)
        ? `, which inherited it: ${end}`
        : `; ${list(heirs)} inherited it: ${end}`;
  return frozen.length === 0
    ? inherited
    : `${inherited} ${capital(list(frozen))} ${frozen.length === 1 ? "is" : "are"} frozen.`;
}

/** Who uses a port, as far as that is known. */
function user(cause: Cause): string {
  switch (cause.cause) {
    case "held":
    case "reserved":
    case "connected":
      return cause.holders.length > 0
        ? list(names(cause.holders))
        : "another program";
    case "hidden":
      return `a program of ${cause.user === null ? "another user" : plain(cause.user)} that cannot be seen from here`;
    case "orphaned":
      return `a program that process ${cause.pid} started before it ended`;
    case "lingering":
    case "exhausted":
    case "unseen":
      return "another program";
  }
}

const crowdedSentence = (port: string): string =>
  `${capital(port)} answers, but it is crowded. Your own commands and test calls still get in.`;

const sharedSentence = (
  port: string,
  cause: Cause,
  isIntended: boolean,
): string =>
  isIntended
    ? `${capital(port)} answers. It is shared with ${user(cause)}, as the settings allow.`
    : `Connections may go astray: ${port} is ours, but also used by ${user(cause)}.`;

function silenceSentence(port: string, why: Silence): string {
  switch (why) {
    case "unanswered":
      return `${capital(port)} is ours, but the service does not answer on it. A restart may help.`;
    case "out_of_descriptors":
      return `${capital(port)} is ours, but xSwarm Voice is out of file descriptors to take connections with. It answers again when some are free.`;
    case "unreachable":
      return `${capital(port)} is ours, but no connection gets through to it. The loopback network may be down.`;
    case "unverifiable":
      return `${capital(port)} is ours, but the system does not tell who listens, so that nobody else can be ruled out.`;
  }
}

function refusalSentence(
  port: string,
  address: string,
  refusal: Refusal,
): string {
  switch (refusal.refusal) {
    case "not_permitted":
      return `The system allows ${port} only to privileged programs, or has reserved it. Choose another port in the settings.`;
    case "no_such_address":
      return `This machine has no address ${host(address)}. Correct it in the settings.`;
    case "reserved":
      return `The system has reserved the ports ${refusal.from} to ${refusal.to} for itself. Choose another port in the settings.`;
    case "other":
      return `The system refuses ${port}: ${sentence(refusal.message)}`;
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
    case "crowded":
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
  const shown = face(service);
  if (shown === "stopping" || shown === "restarting" || shown === "failed")
    return null;
  switch (state.state) {
    case "listening":
    case "crowded":
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
