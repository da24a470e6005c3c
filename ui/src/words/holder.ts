// What is said of a program that holds a port, and of ending it.

import { moment, span } from "../clock";
import { processes } from "../service";
import { list, plain } from "../text";
import type { Guard, Holder } from "../wire";

/** A holder by name and process id. */
export function who(holder: Holder): string {
  const { pid } = holder.identity;
  switch (holder.kind) {
    case "program":
      return `${plain(holder.name)} (${pid})`;
    case "older_xswarm":
      return `an older xSwarm Voice (${pid})`;
    case "container":
      return `a container, through ${plain(holder.name)} (${pid})`;
  }
}

export const holdersOf = (port: number): string =>
  `Programs that use port ${port}`;

export const holderKind: Record<Holder["kind"], string | null> = {
  program: null,
  older_xswarm: "An older xSwarm Voice",
  container: "Stands for a container",
};

export const frozen = "Frozen";
export const inherited = "Has inherited the port";

export const holderFact = {
  pid: "Process",
  path: "Path",
  command: "Command",
  user: "User",
  started: "Started",
  address: "Listens on",
  unknown: "not known",
  since: (started: number, now: number) =>
    `${moment(started, now)} (${span(now - started)} ago)`,
  startedBy: "Started by",
};

export const guardReason: Record<Guard, string> = {
  ourselves: "it is xSwarm Voice itself.",
  running_xswarm:
    "it is the xSwarm Voice that is running. Stop it from its tray or its terminal.",
  our_program:
    "it is a program that xSwarm Voice runs. Stop that service instead.",
  ancestor: "it is one of the programs that started xSwarm Voice.",
  system: "it belongs to the operating system.",
  another_user:
    "it belongs to another user. That user, or an administrator, can end it.",
  container: "it stands for a container. Stop the container instead.",
};

export const spared = (guard: Guard): string =>
  `xSwarm Voice will not end this program: ${guardReason[guard]}`;

export const confirmation = {
  question: (holders: Holder[], port: number) =>
    `End ${isOne(holders) ? "this program" : "these programs"} to free port ${port}?`,
  warning: (holders: Holder[], areAllAsked: boolean) =>
    areAllAsked
      ? isOne(holders)
        ? "It is asked to end, and ended firmly if it does not. What it has not saved may be lost."
        : "They are asked to end, and ended firmly if they do not. What they have not saved may be lost."
      : isOne(holders)
        ? "If it has a window it is asked to end; if not, or if it does not go, it is ended firmly. What it has not saved may be lost."
        : "Those with a window are asked to end; those without, or that do not go, are ended firmly. What they have not saved may be lost.",
  impossible: (port: number) => `Port ${port} cannot be freed from here`,
  nobody: (port: number) => `Nobody holds port ${port} who could be ended`,
  changed:
    "The port is held by others than you agreed to end, so nothing was ended. These hold it:",
  unconfirmed:
    "Nothing was ended yet, for these hold the port and were not all confirmed:",
  drifted: "Meanwhile this has changed: others hold the port, or nobody does.",
  lookAgain: "Look again",
  end: (holders: Holder[]) =>
    processes(holders).length > 2
      ? `End ${processes(holders).length} programs`
      : `End ${list(holders.map(({ name, identity }) => `${plain(name)} (${identity.pid})`))}`,
  ending: "Ending…",
  cancel: "Cancel",
  close: "Close",
};

const isOne = (holders: Holder[]): boolean => processes(holders).length === 1;
