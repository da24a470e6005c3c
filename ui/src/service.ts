// What a card shows and offers: plain functions of the service.

import type {
  Cause,
  Companion,
  Condition,
  Crowding,
  Holder,
  Identity,
  PortState,
  Service,
  Snapshot,
} from "./wire";

/** The one word for a service: its port's state, unless its life or its further addresses have more to say. */
export type Face =
  PortState["state"] | "stopping" | "restarting" | "failed" | "partial";

export function face({ life, state, companions }: Service): Face {
  switch (life.life) {
    case "stopping":
    case "restarting":
    case "failed":
      return life.life;
    case "stopped":
    case "starting":
    case "waiting":
    case "running":
      if (state.state !== "listening") return state.state;
      if (companions.some(isAstray)) return "partial";
      return companions.some(isCrowded) ? "crowded" : "listening";
  }
}

/** Whether connections that are meant for us go astray at that address, or are not answered. */
const isAstray = ({ is_shadowed, state }: Companion): boolean =>
  is_shadowed || state.state === "silent";

const isCrowded = ({ state }: { state: PortState }): boolean =>
  state.state === "crowded";

/** How an address is that a service has where it can. */
export function companionCondition(companion: Companion): Condition {
  if (isAstray(companion) || isCrowded(companion)) return "needs_you";
  switch (companion.state.state) {
    case "listening":
    case "shared":
      return "well";
    case "binding":
    case "waiting":
    case "proving":
    case "taken":
      return "busy";
    case "stopped":
    case "refused":
    case "silent":
    case "crowded":
      return "off";
  }
}

/** The further addresses that are as the service itself is, and need no words of their own. */
export const isLikeItsService = (
  { state }: Service,
  companion: Companion,
): boolean =>
  state.state === companion.state.state && causeOf(companion.state) === null;

/** What a card's buttons do; `retry` is the order to start, given to a service that waits. */
export type Action = "free" | "start" | "retry" | "restart" | "stop";

/** The buttons that fit, the most helpful first. */
export function actions(service: Service): Action[] {
  const free: Action[] =
    isToBeFreed(service) && mayBeEnded(holders(service)) ? ["free"] : [];
  switch (face(service)) {
    case "stopped":
      return ["start"];
    case "stopping":
      return [];
    case "binding":
    case "proving":
      return ["stop"];
    case "waiting":
    case "taken":
      return [...free, "retry", "stop"];
    case "refused":
    case "restarting":
      return ["retry", "stop"];
    case "failed":
      return ["start", "stop"];
    case "listening":
    case "crowded":
    case "silent":
    case "shared":
    case "partial":
      return [...free, "restart", "stop"];
  }
}

function causeOf(state: PortState): Cause | null {
  switch (state.state) {
    case "waiting":
    case "taken":
    case "shared":
      return state.cause;
    case "stopped":
    case "binding":
    case "proving":
    case "listening":
    case "crowded":
    case "silent":
    case "refused":
      return null;
  }
}

/** The port at each of its addresses, the one that it must have first. */
export const ports = ({
  address,
  state,
  companions,
}: Service): { address: string; state: PortState }[] => [
  { address, state },
  ...companions,
];

/** A port from whose backend somebody is turned away for want of a place, and who has the places. */
export interface Crowd {
  address: string;
  turnedAway: number;
  by: Crowding[];
}

/** The crowds at a service's port, at each of its addresses. */
export const crowds = (service: Service): Crowd[] =>
  ports(service).flatMap(({ address, state }) =>
    state.state === "crowded"
      ? [{ address, turnedAway: state.turned_away, by: state.by }]
      : [],
  );

const states = (service: Service): PortState[] =>
  ports(service).map(({ state }) => state);

/** Everything that keeps the port, at any of its addresses, from being ours alone. */
export const causes = (service: Service): Cause[] =>
  states(service)
    .map(causeOf)
    .filter((cause) => cause !== null);

/** Whether anybody is there whom the settings don't allow. */
const isToBeFreed = (service: Service): boolean =>
  states(service).some(
    (state) =>
      causeOf(state) !== null &&
      !(state.state === "shared" && state.is_intended),
  );

/** The processes that hold the port, at any of its addresses, and may have to be ended for it. */
export const holders = (service: Service): Holder[] =>
  causes(service).flatMap((cause) =>
    cause.cause === "held" || cause.cause === "reserved" ? cause.holders : [],
  );

/** What somebody with more rights may run to learn who is on the port. */
export const commands = (service: Service): string[] => [
  ...new Set(
    causes(service).flatMap((cause) =>
      "command" in cause ? [cause.command] : [],
    ),
  ),
];

/** Whether these may be ended on confirmation: there are some, and none of them must be spared. */
export function mayBeEnded(all: Holder[]): boolean {
  return all.length > 0 && all.every(({ guard }) => guard === null);
}

/** Whether it is known who holds the port: while an attempt is made it is not. */
export function isSettled(service: Service): boolean {
  return states(service).every(
    ({ state }) => state !== "binding" && state !== "proving",
  );
}

/** What the service waits for by itself, and until when at the latest. */
export function nextAt({ life, state }: Service): number | null {
  if (life.life === "restarting") return life.next_at;
  return state.state === "waiting" ? state.next_at : null;
}

/** How far the attempts to take the port have come. */
export function attempts({
  state,
}: Service): { made: number; all: number } | null {
  switch (state.state) {
    case "binding":
    case "waiting":
      return { made: state.attempt, all: state.attempts };
    case "taken":
      return { made: state.attempts, all: state.attempts };
    case "stopped":
    case "proving":
    case "listening":
    case "crowded":
    case "shared":
    case "silent":
    case "refused":
      return null;
  }
}

/** The page's own mark: its condition, or that nothing but crowds is the matter. */
export function overallState(snapshot: Snapshot): Condition | "crowded" {
  const condition = overall(snapshot);
  const isOnlyCrowded = (service: Service) =>
    service.condition !== "needs_you" || face(service) === "crowded";
  return condition === "needs_you" && snapshot.services.every(isOnlyCrowded)
    ? "crowded"
    : condition;
}

/** How the whole is: as the service that is worst off. */
export function overall({ services }: Snapshot): Condition {
  const order: Condition[] = ["off", "well", "busy", "needs_you"];
  const worst = Math.max(
    0,
    ...services.map(({ condition }) => order.indexOf(condition)),
  );
  return order[worst] ?? "off";
}

export function isSameProcess(one: Identity, other: Identity): boolean {
  return (
    one.pid === other.pid &&
    one.began === other.began &&
    one.executable === other.executable &&
    one.uid === other.uid
  );
}

/** The processes among the holders, each once: one process may listen on several addresses. */
export function processes(all: Holder[]): Identity[] {
  return all
    .map(({ identity }) => identity)
    .filter(
      (identity, place, identities) =>
        identities.findIndex((other) => isSameProcess(other, identity)) ===
        place,
    );
}

/** Whether both lists name the same processes, in whatever order. */
export function areSameHolders(some: Holder[], others: Holder[]): boolean {
  const isAmong = ({ identity }: Holder, list: Holder[]) =>
    list.some((holder) => isSameProcess(holder.identity, identity));
  return (
    some.length === others.length &&
    some.every((holder) => isAmong(holder, others)) &&
    others.every((holder) => isAmong(holder, some))
  );
}
