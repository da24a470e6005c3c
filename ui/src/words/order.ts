// What is said of an order: its button, its progress, and what came of it.

import { isSameProcess } from "../service";
import { capital, list, plain, sentence, told } from "../text";
import type {
  CallFailure,
  Cause,
  Ended,
  Failure,
  Holder,
  Offer,
  Order,
  Outcome,
  Service,
} from "../wire";
import { guardReason, who } from "./holder";
import { inSentence } from "./state";

/** A button's name where its card is not seen. */
export const offerName = ({ label }: Offer, { title }: Service): string =>
  `${label} (${title})`;

const asked: Record<Order["order"], string> = {
  start: "Starting…",
  stop: "Stopping…",
  restart: "Restarting…",
  free_port: "Freeing the port…",
};

export const pending = ({ order }: Order): string => asked[order];

const carriedOut: Record<Order["order"], string> = {
  start: "Started.",
  stop: "Stopped.",
  restart: "Restarted.",
  free_port: "Freed.",
};

/** What an order led to. Says no more than the service's own state does. */
export function outcome(
  order: Order,
  { outcome, service, ...rest }: Outcome,
): string {
  if (outcome === "freed" && "ended" in rest) {
    return `${endedSentence(rest.ended)} Port ${service.port} is listening again after ${seconds(rest.took_ms)}.`;
  }
  const isThere =
    service.condition === (order.order === "stop" ? "off" : "well");
  if (isThere) return carriedOut[order.order];
  switch (service.state.state) {
    case "waiting":
    case "taken":
      return `Tried: port ${service.port} is still in use.`;
    case "refused":
      return `Tried: the system still refuses port ${service.port}.`;
    case "crowded":
      return order.order === "stop" ? "Under way." : carriedOut[order.order];
    case "stopped":
    case "binding":
    case "proving":
    case "listening":
    case "shared":
    case "silent":
      return "Under way.";
  }
}

function endedSentence(ended: Ended[]): string {
  const firmly = ended.some(({ force }) => force === "firm")
    ? " firmly, for it did not go when asked"
    : "";
  const gone = ended.every(({ force }) => force === "none");
  const names = list(
    ended.map(({ name, identity }) => `${plain(name)} (${identity.pid})`),
  );
  if (ended.length === 0) return "Nobody had to be ended.";
  return gone ? `${names} had already gone.` : `Ended ${names}${firmly}.`;
}

const seconds = (milliseconds: number): string =>
  milliseconds < 100
    ? `${milliseconds} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;

export function failure(
  failed: Failure,
  service: Service,
  now: number,
): string {
  switch (failed.failure) {
    case "not_here":
      return `This xSwarm Voice does not run ${inSentence(failed.service)}.`;
    case "not_running":
      return `${capital(inSentence(failed.service))} is not running, so it cannot be restarted.`;
    case "nothing_to_free":
      return `Nobody else holds port ${service.port}, so there is nothing to free.`;
    case "unconfirmed":
      return `Nothing was ended: ${list(failed.holders.map(who))} must be confirmed first.`;
    case "not_visible":
      return `Nothing was ended. ${told(service.sentence, now)}`;
    case "refused":
      return `${plain(failed.name)} (${failed.pid}) was not ended: ${guardReason[failed.guard]}`;
    case "changed":
      return `Process ${failed.pid} was not ended: it is not the one that you confirmed.`;
    case "survived":
      return `${plain(failed.name)} (${failed.pid}) could not be ended.`;
    case "still_taken":
      return `${endedSentence(failed.ended)} ${stillTaken(failed.ended, failed.cause, service, now)}`;
    case "halfway":
      return `${endedSentence(failed.ended)} ${failure(failed.then, service, now)}`;
    case "not_chosen":
      return capital(sentence(plain(failed.why)));
    case "system":
      return `The system did not allow it: ${sentence(failed.message)}`;
    case "ending":
      return "xSwarm Voice is ending.";
    case "call":
      return callFailure(failed);
  }
}

/** Why an order for a call came to nothing. */
export function callFailure(failed: CallFailure): string {
  switch (failed.call_failure) {
    case "no_such_call":
      return `There is no call ${failed.call}.`;
    case "expired":
      return "It waited too long.";
    case "not_taken":
    case "not_delivered":
    case "not_heard":
      return capital(sentence(plain(failed.reason)));
  }
}

function stillTaken(
  ended: Ended[],
  cause: Cause,
  service: Service,
  now: number,
): string {
  const back = returned(ended, cause);
  if (back === null)
    return `But the port is not ours yet. ${told(service.sentence, now)}`;
  const from =
    back.started_by === null
      ? ""
      : `, started by ${plain(back.started_by)}, which may start it again`;
  return `But it came back as process ${back.identity.pid}${from}.`;
}

/** The holder that is the same program as one that was ended, in another process. */
function returned(ended: Ended[], cause: Cause): Holder | null {
  if (cause.cause !== "held") return null;
  const isBack = ({ name, identity }: Holder) =>
    ended.some((one) => one.name === name) &&
    !ended.some((one) => isSameProcess(one.identity, identity));
  return cause.holders.find(isBack) ?? null;
}
