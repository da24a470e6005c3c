// What is said of calls: those that go on, those that ended, and the test call.

import { moment, span } from "../clock";
import { capital, plain, sentence } from "../text";
import type {
  Call,
  CallOrder,
  CallOutcome,
  CallPhase,
  Carrier,
  EndedBy,
  Engine,
  Failure,
  ModelServer,
  Speaker,
  TestCall,
  Way,
  Words,
} from "../wire";
import { callFailure } from "./order";

const engineName: Record<Engine, string> = {
  line_check: "the built-in line check",
  moshi: "a speech model (MOSHI)",
};

const engineText: Record<Engine, string> = {
  line_check:
    "That is no AI: it greets the caller, plays back what was said and measures the line.",
  moshi: "They are put through to the servers named in the settings.",
};

const phase: Record<CallPhase, string> = {
  quiet: "Nobody speaks",
  caller: "The caller speaks",
  engine: "We speak",
};

const carrier: Record<Carrier, string> = {
  twilio: "Twilio",
  telnyx: "Telnyx",
  plivo: "Plivo",
  moshi: "MOSHI client",
};

const speaker: Record<Speaker, string> = {
  suggested: "Suggested",
  dictated: "To be said",
  engine: "Engine",
};

const endedBy: Record<EndedBy, string> = {
  caller: "the caller hung up",
  engine: "the engine hung up",
  supervisor: "a supervisor hung up",
  bridge: "the voice bridge stopped",
  limit: "a limit was reached",
  fault: "the caller's side broke the rules",
  lost: "the connection broke",
};

/** How it is between a call and a speech model. */
function modelSentence({ server, state }: ModelServer): string {
  const model = server
    ? `the speech model at ${plain(server)}`
    : "a speech model";
  switch (state) {
    case "connecting":
      return `It asks for ${model}.`;
    case "queued":
      return `It waits for ${model}.`;
    case "ready":
      return `${capital(model)} answers.`;
    case "stalled":
      return `${capital(model)} has stopped answering.`;
    case "lost":
      return `${capital(model)} has left.`;
    case "reconnecting":
      return `It asks for ${model} again.`;
    case "unanswered":
      return "No speech model answers.";
  }
}

const milliseconds = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export const calls = {
  title: "Calls",
  none: "No call at the moment.",
  count: ({ length }: Call[]) => (length === 1 ? "1 call" : `${length} calls`),
  /** What the settings want; what answers is told with each call. */
  engine: (engine: Engine) =>
    `Calls are to be answered by ${engineName[engine]}.`,
  engineText: (engine: Engine) => engineText[engine],
  name: ({ id }: Call) => `Call ${id}`,
  since: (call: Call, now: number) => {
    const { since, engine, echoes } = call;
    const begun = `Since ${moment(since, now)} (${span(now - since)})`;
    // Only the line check plays back what was said.
    if (engine !== "line_check") return begun;
    return `${begun} · ${echoes === 1 ? "1 echo" : `${echoes} echoes`}`;
  },
  /** How it is with the speech model that answers, or should; nothing where none is meant to. */
  model: ({ engine, model }: Call): string | null => {
    if (!model) return null;
    const sentence = modelSentence(model);
    return engine === "line_check"
      ? `${sentence} The line check answers in its place.`
      : sentence;
  },
  from: ({ from }: Call) => carrier[from],
  phase: ({ phase: now }: Call) => phase[now],
  caller: "Caller",
  us: "We",
  level: (dbfs: number) => (dbfs <= -100 ? "silent" : `${dbfs} dBFS`),
  words: ({ by, text }: Words) => `${speaker[by]}: “${plain(text)}”`,
  facts: ({ heard, said }: Call) => {
    const facts = [`${milliseconds(heard.lost_ms)} lost`];
    if (heard.odd)
      facts.push(
        heard.odd === 1
          ? "1 message not understood"
          : `${heard.odd} messages not understood`,
      );
    if (said.round_trip_ms !== null)
      facts.push(`round trip ${milliseconds(said.round_trip_ms)}`);
    facts.push(`frames every ${said.gaps.p50_ms} ms`);
    if (said.gaps.late > 0) facts.push(`${said.gaps.late} late`);
    return facts.join(" · ");
  },
  ended: "Ended lately",
  end: ({ from, since, end }: Call, now: number) => {
    const ended = end ? ` · ${endedBy[end.by]}` : "";
    const lasted = end ? `, ${span(end.at - since)}` : "";
    return `${carrier[from]} · ${moment(since, now)}${lasted}${ended}`;
  },
};

const orders: Record<CallOrder["order"], string> = {
  hang_up: "Hanging up…",
  suggest: "Waiting for the engine to use it…",
  speak: "Waiting for it to be heard…",
  stop_speech: "Stopping…",
};

export const steering = {
  open: "Say something",
  openOf: ({ id }: Call) => `Say something in call ${id}`,
  fieldOf: ({ id }: Call) => `What to say in call ${id}`,
  suggest: "Suggest",
  suggestText: "The engine says it in its own words, when it fits.",
  say: "Say it",
  sayText: "A voice says it word for word.",
  hangUp: "Hang up",
  hangUpOf: ({ id }: Call) => `Hang up call ${id}`,
  pending: ({ order }: CallOrder) => orders[order],
  done: (outcome: CallOutcome): string => {
    switch (outcome.outcome) {
      case "hung_up":
        return "Hung up.";
      case "suggested":
        return orders.suggest;
      case "delivered":
        return "The engine has used the suggestion.";
      case "speaking":
        return orders.speak;
      case "heard":
        return "Said.";
      case "speech_stopped":
        return "Stopped.";
    }
  },
  /** Why an order came to nothing. */
  failed: (failure: Failure): string => `That didn't work. ${why(failure)}`,
  /** Why something can't be done in that call; nothing if it can. */
  notOffered: ({ not_offered }: Call, way: Way): string | null => {
    const found = not_offered?.find((one) => one.way === way);
    return found ? `${ways[way]}: ${sentence(plain(found.why.reason))}` : null;
  },
};

const ways: Record<Way, string> = {
  suggest: "No suggestions",
  speak: "No speech",
};

function why(failed: Failure): string {
  if (failed.failure === "call") return callFailure(failed);
  if (failed.failure === "system") return sentence(plain(failed.message));
  if (failed.failure === "ending") return "xSwarm Voice is ending.";
  return "The order was not carried out.";
}

export const testCall = {
  title: "Test call",
  text: "xSwarm Voice calls its own voice bridge as Twilio would: it listens to the greeting, speaks a recorded voice, listens to what comes back and hangs up. No telephone and no network is needed; it takes about a quarter of a minute.",
  place: "Place a test call",
  again: "Call again",
  hangUp: "Hang up",
  calling: "The test call goes on.",
  live: "What the voice bridge hears and says",
  result: "What came of it",
  verdict: (result: TestCall): string => {
    switch (result.call) {
      case "unanswered":
        return result.reason === null
          ? "Nobody answers on the voice bridge's port. The overview tells why."
          : `The call was not taken: ${sentence(plain(result.reason))}`;
      case "hung_up":
        return "You hung up.";
      case "broken":
        return `The call broke off: ${sentence(plain(result.reason))}`;
      case "done":
        if (result.answerer && !result.answerer.is_wanted)
          return plain(result.answerer.sentence);
        if (result.answered_after_ms === null)
          return "The call was taken, but nothing was heard.";
        if (!result.has_spoken)
          return "The other side ended the call before the voice was spoken.";
        if (result.answerer?.engine === "moshi")
          return plain(result.answerer.sentence);
        return result.echo
          ? "The call was answered, and the voice came back."
          : "The call was answered. The voice did not come back, as with an engine that answers for itself.";
    }
  },
  isWell: (result: TestCall): boolean =>
    result.call === "done" &&
    result.answered_after_ms !== null &&
    result.has_spoken &&
    result.answerer?.is_wanted !== false,
  facts: (result: TestCall): [string, string][] => {
    if (result.call !== "done") return [];
    const facts: [string, string][] = [];
    if (result.answered_after_ms !== null)
      facts.push(
        ["First sound after", milliseconds(result.answered_after_ms)],
        ["Greeting", milliseconds(result.greeting_ms)],
      );
    facts.push(
      ["Heard in all", milliseconds(result.heard_ms)],
      ["Level", `${result.level_dbfs.toFixed(1)} dBFS`],
    );
    if (result.echo)
      facts.push(
        ["Voice came back after", milliseconds(result.echo.delay_ms)],
        ["Likeness", result.echo.correlation.toFixed(3)],
        ["Loudness", loudness(result.echo.gain_db)],
      );
    if (result.answerer?.words)
      facts.push(["Its last words", plain(result.answerer.words)]);
    if (result.cut_off !== null)
      facts.push([
        "Ended by the other side",
        capital(sentence(plain(result.cut_off))),
      ]);
    return facts;
  },
};

function loudness(gain: number): string {
  if (Math.abs(gain) < 0.5) return "as loud";
  return gain > 0
    ? `${gain.toFixed(1)} dB louder`
    : `${(-gain).toFixed(1)} dB quieter`;
}
