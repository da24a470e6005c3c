// The servers of speech models that can be started here, seen through the whole window.

import { expect, test } from "vitest";

import { FakeBackend, scene, settled } from "./fakes";
import { find, isThere, openWindow, press, text } from "./window";

const CHECK = "[data-action=check-servers]";

test("a machine is checked only when somebody asks for it", async () => {
  const { backend } = await openWindow();
  expect(isThere("[data-server]")).toBe(false);
  expect(text(CHECK)).toBe("Check this machine");
  await press(CHECK);
  expect(document.querySelectorAll("[data-server]")).toHaveLength(
    backend.servers.length,
  );
  expect(text(CHECK)).toBe("Check again");
});

test("what is missing is one sentence and one thing to do, with the command to copy", async () => {
  await openWindow();
  await press(CHECK);
  const python = (selector: string) =>
    `[data-server=kyutai_python] ${selector}`;
  const verdict = find(python("[data-fact=verdict]"));
  expect(verdict.dataset["isWell"]).toBe("false");
  expect(text(python("[data-fact=verdict]"))).toBe(
    "The Python package moshi isn't installed.",
  );
  expect(text(python("[data-check=packages] p"))).toBe(
    "Missing: The Python package moshi isn't installed. Install it, with all that it takes:",
  );
  expect(text(python("[data-check=packages] code"))).toContain(
    "pip install moshi",
  );
  expect(isThere(python("[data-check=hardware] code"))).toBe(false);
});

test("what is not known keeps nobody from a server", async () => {
  await openWindow();
  await press(CHECK);
  const rust = "[data-server=kyutai_rust]";
  expect(find(`${rust} [data-fact=verdict]`).dataset["isWell"]).toBe("true");
  expect(text(`${rust} [data-check=speed] p`)).toContain(
    "Not known: Speed unknown",
  );
});

test("a second click while it is looked changes nothing, and a failure is told", async () => {
  const backend = new FakeBackend(scene("listening"));
  let asked = 0;
  let fail: (reason: Error) => void = () => undefined;
  backend.knownServers = () => {
    asked += 1;
    return new Promise((_, reject) => (fail = reject));
  };
  await openWindow(backend);
  await press(CHECK);
  await press(CHECK);
  expect(asked).toBe(1);
  expect(text("[data-panel=servers] output")).toBe("Looking…");
  fail(new Error("no time"));
  await settled();
  expect(text("[data-panel=servers] output")).toContain("no time");
  expect(find(CHECK).getAttribute("aria-disabled")).toBe("false");
});

test("a server that was found is used by one click, and called by the next", async () => {
  const backend = new FakeBackend(scene("found"));
  await openWindow(backend);
  const server = "[data-found='127.0.0.1:8998']";
  expect(text(`${server} p`)).toContain("python3 (4711)");
  expect(isThere("[data-action=found-call]")).toBe(false);
  expect(backend.chosen).toEqual([]);
  await press("[data-action=use-server]");
  expect(backend.chosen).toEqual([
    { engine: "moshi", server: "ws://127.0.0.1:8998" },
  ]);
  await backend.tell(scene("listening"));
  expect(isThere(server)).toBe(false);
  expect(text("[data-fact=used]")).toContain("calls are answered");
  await press("[data-action=found-call]");
  expect(isThere("#call-title")).toBe(true);
});

test("a server that can't be used is said not to be", async () => {
  const backend = new FakeBackend(scene("found"));
  await openWindow(backend);
  backend.unchosen = { failure: "not_chosen", why: "it has gone" };
  await press("[data-action=use-server]");
  expect(text("[data-fact=used]")).toBe("It can't be used. It has gone.");
  expect(isThere("[data-action=found-call]")).toBe(false);
});

test("where nothing was found nothing is said of it", async () => {
  await openWindow();
  expect(isThere("#found-title")).toBe(false);
});
