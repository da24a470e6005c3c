// What a card shows and offers: plain functions of the service.

import type {
  Cause,
  Condition,
  Holder,
  Identity,
  PortState,
  Service,
  Snapshot,
} from "./wire";

/** The one word for a service: its port's state, unless its life has more to say. */
export type Face = PortState["state"] | "stopping" | "restarting" | "failed";

export function face({ life, state }: Service): Face {
  switch (life.life) {
    case "stopping":
    case "restarting":
    case "failed":
      return life.life;
    case "stopped":
    case "starting":
    case "waiting":
    case "running":
      return state.state;
  }
}

/** What a card's buttons do; `retry` is the order to start, given to a service that waits. */
export type Action = "free" | "start" | "retry" | "restart" | "stop";

/** The buttons that fit, the most helpful first. */
export function actions(service: Service): Action[] {
  const free: Action[] = mayBeEnded(holders(service)) ? ["free"] : [];
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
    case "silent":
      return ["restart", "stop"];
    case "shared":
      return [...free, "restart", "stop"];
  }
}

export function cause({ state }: Service): Cause | null {
  switch (state.state) {
    case "waiting":
    case "taken":
    case "shared":
      return state.cause;
    case "stopped":
    case "binding":
    case "proving":
    case "listening":
    case "silent":
    case "refused":
      return null;
  }
}

/** The processes that are known to hold the port. */
export function holders(service: Service): Holder[] {
  const why = cause(service);
  return why?.cause === "held" ? why.holders : [];
}

/** Whether these may be ended on confirmation: there are some, and none of them must be spared. */
export function mayBeEnded(all: Holder[]): boolean {
  return all.length > 0 && all.every(({ guard }) => guard === null);
}

/** Whether it is known who holds the port: while an attempt is made it is not. */
export function isSettled({ state }: Service): boolean {
  return state.state !== "binding" && state.state !== "proving";
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
    case "shared":
    case "silent":
    case "refused":
      return null;
  }
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
