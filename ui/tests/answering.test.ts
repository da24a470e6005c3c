// What answers calls, seen and chosen in the window.

import { expect, test } from "vitest";

import { FakeBackend, scene } from "./fakes";
import { find, isThere, openWindow, press, text } from "./window";

const LINE_CHECK = "[data-engine=line_check]";
const MOSHI = "[data-engine=moshi]";
const CHOSEN = "[data-fact=chosen]";

const isPressed = (selector: string) =>
  find(selector).getAttribute("aria-pressed") === "true";

test("what is chosen is seen, and another is chosen with one click", async () => {
  const { backend } = await openWindow();
  expect([isPressed(LINE_CHECK), isPressed(MOSHI)]).toEqual([true, false]);
  await press(LINE_CHECK);
  expect(backend.chosen).toEqual([]);
  await press(MOSHI);
  expect(backend.chosen).toEqual([{ engine: "moshi" }]);
  expect(text(CHOSEN)).toContain("From the next one on");
  expect(isPressed(MOSHI)).toBe(false);
  const engines = backend.now.engines.map((offer) => ({
    ...offer,
    is_chosen: offer.choice === "moshi",
  }));
  await backend.tell({ ...backend.now, engine: "moshi", engines });
  expect([isPressed(LINE_CHECK), isPressed(MOSHI)]).toEqual([false, true]);
});

test("why something can't be chosen is said", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.unchosen = { failure: "not_chosen", why: "it has no server" };
  await openWindow(backend);
  await press(MOSHI);
  expect(text(CHOSEN)).toBe("Not chosen. It has no server.");
});

test("what needs something first says so and can't be chosen", async () => {
  const backend = new FakeBackend(scene("listening"));
  const needs = "Name a server first.";
  const engines = backend.now.engines.map((offer) =>
    offer.choice === "moshi" ? { ...offer, needs } : offer,
  );
  backend.now = { ...backend.now, engines };
  await openWindow(backend);
  expect(text("#answering-moshi")).toContain(needs);
  await press(MOSHI);
  expect(backend.chosen).toEqual([]);
});

test("a list is chosen as a list", async () => {
  const backend = new FakeBackend(scene("listening"));
  const list = {
    choice: ["moshi" as const, "line_check" as const],
    title: "MOSHI, else Line check",
    text: "A call takes the first of these that can answer.",
    is_chosen: false,
    needs: null,
  };
  backend.now = { ...backend.now, engines: [...backend.now.engines, list] };
  await openWindow(backend);
  await press("[data-engine='moshi+line_check']");
  expect(backend.chosen).toEqual([{ engine: ["moshi", "line_check"] }]);
});

test("an app that tells of no choice offers none", async () => {
  const backend = new FakeBackend({ ...scene("listening"), engines: [] });
  await openWindow(backend);
  expect(isThere("#answering-title")).toBe(false);
});
