// What is told of calls: who answers each, and what came of a test call.

import { expect, test } from "vitest";

import { heardBack, modelHeard, modelMissed } from "../dev/fixtures";
import type { ModelState, TestCall } from "../src/wire";
import { calls, testCall } from "../src/words";
import { FakeBackend, NOW, scene } from "./fakes";
import { isThere, openWindow, text } from "./window";

const fact = (call: number, name: string) =>
  `[data-call='${call}'] [data-fact=${name}]`;

test("what is set to answer calls is not said to answer them", async () => {
  await openWindow(new FakeBackend(scene("models")));
  expect(text("[data-fact=engine]")).toBe(
    "Calls are to be answered by a speech model (MOSHI).",
  );
});

test("each call tells how it is with its speech model", async () => {
  await openWindow(new FakeBackend(scene("models")));
  expect(text(fact(11, "model"))).toBe(
    "The speech model at gpu.example:8998 answers.",
  );
  expect(text(fact(12, "model"))).toBe(
    "It waits for the speech model at gpu.example:8998.",
  );
  expect(text(fact(14, "model"))).toBe("It asks for a speech model.");
});

test("a call that the line check took over says so", async () => {
  await openWindow(new FakeBackend(scene("models")));
  expect(text(fact(13, "model"))).toBe(
    "No speech model answers. The line check answers in its place.",
  );
});

test("a call that no speech model was meant for says nothing of one", async () => {
  await openWindow(new FakeBackend(scene("calls")));
  expect(isThere("[data-fact=model]")).toBe(false);
});

test("only what the line check plays back is counted as echoes", async () => {
  await openWindow(new FakeBackend(scene("models")));
  expect(text(fact(11, "since"))).toBe("Since 21:00 (4 min)");
  expect(text(fact(13, "since"))).toBe("Since 21:03 (30 s) · 2 echoes");
});

test.each<[ModelState, string]>([
  ["connecting", "It asks for the speech model at gpu:1."],
  ["queued", "It waits for the speech model at gpu:1."],
  ["ready", "The speech model at gpu:1 answers."],
  ["stalled", "The speech model at gpu:1 has stopped answering."],
  ["lost", "The speech model at gpu:1 has left."],
  ["reconnecting", "It asks for the speech model at gpu:1 again."],
  ["unanswered", "No speech model answers."],
])("a speech model that is %s is described", (state, sentence) => {
  const [call] = scene("models").calls;
  if (!call) throw new Error("the scene has no call");
  const model = { server: "gpu:1", state };
  expect(calls.model({ ...call, model })).toBe(sentence);
  expect(calls.since(call, NOW)).not.toContain("echo");
});

test("a test call that is cut off before the voice was spoken is no success", () => {
  const cut: TestCall = {
    ...heardBack(),
    has_spoken: false,
    echo: null,
    cut_off: "the bridge hung up",
  } as TestCall;
  expect(testCall.verdict(cut)).toBe(
    "The other side ended the call before the voice was spoken.",
  );
  expect(testCall.isWell(cut)).toBe(false);
  expect(testCall.isWell(heardBack())).toBe(true);
});

test("a test call is judged by who answered, and told with the model's words and level", () => {
  expect(testCall.verdict(modelHeard())).toBe(
    "The voice model at 127.0.0.1:8998 answered.",
  );
  expect(testCall.isWell(modelHeard())).toBe(true);
  const facts = new Map(testCall.facts(modelHeard()));
  expect(facts.get("Its last words")).toBe("Hey, how are you doing?");
  expect(facts.get("Level")).toBe("-21.4 dBFS");
  expect(testCall.verdict(modelMissed())).toBe(
    "No voice model answered (127.0.0.1:8998: nobody listens there); the line check did.",
  );
  expect(testCall.isWell(modelMissed())).toBe(false);
});
