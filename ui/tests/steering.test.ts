// What people do in a call that goes on: say something, and hang up.

import { expect, test } from "vitest";

import type { Failure, NotOffered, Snapshot, Way } from "../src/wire";
import { FakeBackend, scene } from "./fakes";
import { find, isThere, openWindow, press, text, type } from "./window";

const inCall = (id: number, selector: string) =>
  `[data-call='${id}'] ${selector}`;
const told = (id: number) => text(inCall(id, "[data-fact=steering]"));

/** Calls in which this comes to nothing. */
function lacking(...ways: Way[]): Snapshot {
  const not_offered: NotOffered[] = ways.map((way) => ({
    way,
    why: {
      reason: "this machine has no voice",
      code: "no_voice",
      can_speak: false,
    },
  }));
  const snapshot = scene("calls");
  const calls = snapshot.calls.map((call) => ({ ...call, not_offered }));
  return { ...snapshot, calls };
}

const say = async (id: number, words: string) => {
  await type(inCall(id, "[data-field=words]"), words);
};

test("a call is hung up from the window", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await press(inCall(9, "[data-action=hang-up-call]"));
  expect(backend.steered).toEqual([{ order: "hang_up", call: 9 }]);
  expect(told(9)).toBe("Hanging up…");
  expect(told(7)).toBe("");
  await backend.endSteering({ outcome: "hung_up", call: 9 });
  expect(told(9)).toBe("Hung up.");
});

test("something is suggested to one call, and told of when it was used", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await say(7, " Ask for the order number. ");
  await press(inCall(7, "[data-action=suggest]"));
  expect(backend.steered).toEqual([
    {
      order: "suggest",
      text: "Ask for the order number.",
      priority: "normal",
      call: 7,
    },
  ]);
  expect(told(7)).toBe("Waiting for the engine to use it…");
  expect((find(inCall(7, "input")) as HTMLInputElement).value).toBe("");
  await backend.endSteering({
    outcome: "delivered",
    suggestion: 1,
    call: 7,
    at: 0,
  });
  expect(told(7)).toBe("The engine has used the suggestion.");
});

test("something is said word for word", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await say(7, "One moment, please.");
  await press(inCall(7, "[data-action=speak]"));
  expect(backend.steered).toEqual([
    { order: "speak", text: "One moment, please.", call: 7, stream_sid: null },
  ]);
  expect(told(7)).toBe("Waiting for it to be heard…");
  await backend.endSteering({
    outcome: "heard",
    call: 7,
    speech: 1,
    duration_ms: 900,
  });
  expect(told(7)).toBe("Said.");
});

test("the Enter key suggests, or says it where nothing can be suggested", async () => {
  const enter = async (id: number) => {
    const form = find(inCall(id, "form")) as HTMLFormElement;
    form.requestSubmit();
    await Promise.resolve();
  };
  const both = await openWindow(new FakeBackend(scene("calls")));
  await say(7, "Hello");
  await enter(7);
  expect(both.backend.steered.map(({ order }) => order)).toEqual(["suggest"]);
  document.body.replaceChildren();
  const speech = await openWindow(new FakeBackend(lacking("suggest")));
  await say(7, "Hello");
  await enter(7);
  expect(speech.backend.steered.map(({ order }) => order)).toEqual(["speak"]);
});

test("words that came to nothing stay, with the reason", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await say(7, "Hello");
  await press(inCall(7, "[data-action=speak]"));
  await backend.endSteering({
    failure: "call",
    call_failure: "not_heard",
    call: 7,
    speech: null,
    heard_ms: null,
    reason: "this machine has no voice",
    code: "no_voice",
    can_speak: false,
  });
  expect(told(7)).toBe("That didn't work. This machine has no voice.");
  expect((find(inCall(7, "input")) as HTMLInputElement).value).toBe("Hello");
});

test("each reason why an order came to nothing is the one that is told", async () => {
  const reasons: [Failure, string][] = [
    [{ failure: "ending" }, "xSwarm Voice is ending."],
    [
      { failure: "call", call_failure: "no_such_call", call: 7 },
      "There is no call 7.",
    ],
    [
      { failure: "call", call_failure: "expired", suggestion: 1 },
      "It waited too long.",
    ],
  ];
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  for (const [failure, reason] of reasons) {
    await press(inCall(7, "[data-action=hang-up-call]"));
    await backend.endSteering(failure);
    expect(told(7)).toBe(`That didn't work. ${reason}`);
  }
});

test("nothing is said without words", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await say(7, "  ");
  await press(inCall(7, "[data-action=suggest]"));
  await press(inCall(7, "[data-action=speak]"));
  expect(backend.steered).toEqual([]);
});

test("of two orders that overlap the later one is spoken of", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("calls")));
  await say(7, "Hello");
  await press(inCall(7, "[data-action=suggest]"));
  const first = backend.endSteering;
  await press(inCall(7, "[data-action=hang-up-call]"));
  await first({ failure: "call", call_failure: "expired", suggestion: 1 });
  expect(told(7)).toBe("Hanging up…");
});

test("what a call does not take is not offered, and why is told", async () => {
  await openWindow(new FakeBackend(lacking("speak")));
  expect(isThere(inCall(7, "[data-action=suggest]"))).toBe(true);
  expect(isThere(inCall(7, "[data-action=speak]"))).toBe(false);
  expect(text(inCall(7, "[data-not-offered=speak]"))).toBe(
    "No speech: this machine has no voice.",
  );
  document.body.replaceChildren();
  await openWindow(new FakeBackend(lacking("suggest", "speak")));
  expect(isThere(inCall(7, "form"))).toBe(false);
  expect(text(inCall(7, "[data-not-offered=both]"))).toBe(
    "No suggestions: this machine has no voice. No speech: this machine has no voice.",
  );
  expect(isThere(inCall(7, "[data-action=hang-up-call]"))).toBe(true);
});
