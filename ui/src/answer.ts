// What came of an order, and for how long that is worth saying.

import type { Backend } from "./backend";
import type { Failure, Order, Outcome, Service } from "./wire";
import { log as words } from "./words";

export type Answer =
  | { answer: "pending"; order: Order }
  | { answer: "carried_out"; order: Order; outcome: Outcome }
  | { answer: "failed"; order: Order; failure: Failure; wasWell: boolean };

/** Whether the service still is what the answer says of it. */
export function isCurrent(answer: Answer, service: Service): boolean {
  switch (answer.answer) {
    case "pending":
      return true;
    case "carried_out":
      return isSameStay(answer.outcome.service, service);
    case "failed":
      return answer.wasWell || service.condition !== "well";
  }
}

function isSameStay(one: Service, other: Service): boolean {
  const since = ({ state }: Service) => ("since" in state ? state.since : null);
  return (
    one.life.life === other.life.life &&
    one.state.state === other.state.state &&
    since(one) === since(other)
  );
}

/** Why something was rejected, in words to end a sentence with. */
export function reasonOf(thrown: unknown): string {
  const failure = asFailure(thrown);
  if (failure.failure === "not_chosen") return failure.why;
  return failure.failure === "system" ? failure.message : failure.failure;
}

/** What a rejected order means: a failure of ours, or else the system's words. */
export function asFailure(thrown: unknown): Failure {
  if (typeof thrown === "object" && thrown !== null && "failure" in thrown)
    return thrown as Failure;
  return {
    failure: "system",
    message: thrown instanceof Error ? thrown.message : String(thrown),
  };
}

/** Copies a text, and tells what is to be said of that. */
export async function copied(backend: Backend, text: string): Promise<string> {
  try {
    await backend.copy(text);
    return words.copied;
  } catch {
    return words.notCopied;
  }
}
