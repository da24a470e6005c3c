// What a card shows beside the words: plain functions of the service.

import type {
  Cause,
  Companion,
  Holder,
  Identity,
  PortState,
  Service,
} from "./wire";

/** Whether a further address is as the service itself is, and needs no words of its own. */
export const isLikeItsService = (
  service: Service,
  { state }: Companion,
): boolean => service.state.state === state.state && !("cause" in state);

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
export type Crowd = Extract<PortState, { state: "crowded" }> & {
  address: string;
};

/** The crowds at a service's port, at each of its addresses. */
export const crowds = (service: Service): Crowd[] =>
  ports(service).flatMap(({ address, state }) =>
    state.state === "crowded" ? [{ address, ...state }] : [],
  );

/** Everything that keeps the port, at any of its addresses, from being ours alone. */
const causes = (service: Service): Cause[] =>
  ports(service).flatMap(({ state }) =>
    "cause" in state ? [state.cause] : [],
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
export const mayBeEnded = (all: Holder[]): boolean =>
  all.length > 0 && all.every(({ guard }) => guard === null);

/** Whether it is known who holds the port: while an attempt is made it is not. */
export const isSettled = (service: Service): boolean =>
  ports(service).every(
    ({ state: { state } }) => state !== "binding" && state !== "proving",
  );

/** How far the attempts to take the port have come. */
export function attempts({ state }: Service) {
  if (!("attempts" in state)) return null;
  const { attempts: all } = state;
  return { made: "attempt" in state ? state.attempt : all, all };
}

export const isSameProcess = (one: Identity, other: Identity): boolean =>
  one.pid === other.pid &&
  one.began === other.began &&
  one.executable === other.executable &&
  one.uid === other.uid;

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
