// What the window claims, and what it does not: connection, notes, calls, the tray and the login switch.

import { expect, test } from "vitest";

import type { Snapshot } from "../src/wire";
import { FakeBackend, scene, settled } from "./fakes";
import {
  find,
  inCard,
  isThere,
  openView,
  openWindow,
  press,
  text,
} from "./window";

test("before the first snapshot it claims nothing", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.isDumb = true;
  await openWindow(backend);
  expect(text("[data-fact=connection]")).toBe("Connecting to xSwarm Voice…");
  expect(isThere("[data-service]")).toBe(false);
});

test("a program that never answers is said not to", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.isDumb = true;
  const { clock } = await openWindow(backend);
  await clock.pass(2);
  expect(text("[data-fact=connection]")).toContain("Connecting");
  await clock.pass(1);
  expect(text("[data-fact=connection]")).toContain(
    "xSwarm Voice does not answer.",
  );
});

test("a program that falls silent is said to have, and since when, until it answers again", async () => {
  const { backend, clock } = await openWindow();
  backend.isDumb = true;
  await clock.pass(9);
  expect(text("[data-fact=headline]")).toBe("xSwarm Voice does not answer.");
  expect(find("main").textContent).toContain("how things were at 21:04:05");
  expect(
    find(inCard("voice_bridge", "[data-state]")).dataset["condition"],
  ).toBe("off");
  backend.isDumb = false;
  await clock.pass(5);
  expect(text("[data-fact=headline]")).toBe("Both services are listening.");
});

test("a program that goes is noticed at the next question", async () => {
  const { backend, clock } = await openWindow();
  backend.isGone = true;
  await clock.pass(5);
  expect(text("[data-fact=headline]")).toBe("xSwarm Voice does not answer.");
});

test("an answer that was overtaken by an event is not shown", async () => {
  const backend = new FakeBackend(scene("listening"));
  let answerLate: (snapshot: Snapshot) => void = () => undefined;
  backend.snapshot = () => new Promise((resolve) => (answerLate = resolve));
  await openWindow(backend);
  await backend.tell(scene("taken"));
  answerLate(scene("listening"));
  await settled();
  expect(isThere(inCard("voice_bridge", "[data-state=taken]"))).toBe(true);
});

test("an attempt between two waits is shown only if it lasts", async () => {
  const { backend, clock } = await openWindow(
    new FakeBackend(scene("waiting")),
  );
  await backend.tell(scene("binding"));
  expect(isThere(inCard("voice_bridge", "[data-state=waiting]"))).toBe(true);
  await clock.pass(1);
  expect(isThere(inCard("voice_bridge", "[data-state=binding]"))).toBe(true);
});

test("calls are counted and each is shown with its carrier, age, phase and echoes", async () => {
  await openWindow(new FakeBackend(scene("calls")));
  expect(text("[data-fact=calls]")).toBe("3 calls");
  expect(text("[data-call='7']")).toBe(
    "Call 7 The caller speaks Since 21:00 (4 min) · 3 echoes Caller We Twilio · 0 ms lost · round trip 38 ms · frames every 20 ms Say something Suggest Say it Hang up",
  );
  expect(text("[data-call='9']")).toContain("1 echo");
  expect(text("[data-fact=engine]")).toBe(
    "Calls are to be answered by the built-in line check.",
  );
});

test("notes stand above the services", async () => {
  await openWindow(new FakeBackend(scene("notes")));
  expect(text("[data-note=settings_unreadable]")).toContain(
    "line 4: retry.atempts isn't a setting (did you mean attempts?). The rest of the file is used.",
  );
  expect(text("[data-note=published_token]")).toContain(
    "this installation's own token is in force",
  );
  expect(text("[data-note=short_token]")).toContain("at least 16 characters");
  expect(text("[data-note=secret_replaced]")).toContain(
    "/token has fewer than 16 readable characters, so a new secret was made",
  );
  expect(text("[data-note=not_kept]")).toContain("(no storage space)");
});

test("without a tray it says what closing means, and offers to quit", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.shell = { tray: false, all_are_asked: true };
  await openWindow(backend);
  expect(text("[data-note=no_tray]")).toContain(
    "There is no tray on this desktop",
  );
  await press("[data-action=quit]");
  expect(backend.hasQuit).toBe(true);
});

test("it is asked to quit once, and again only if it could not", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.shell = { tray: false, all_are_asked: true };
  let asked = 0;
  let fail: (reason: Error) => void = () => undefined;
  backend.quit = () => {
    asked += 1;
    return new Promise((_, reject) => (fail = reject));
  };
  await openWindow(backend);
  const quit = "[data-action=quit]";
  await press(quit);
  await press(quit);
  expect(asked).toBe(1);
  expect(find(quit).getAttribute("aria-disabled")).toBe("true");
  fail(new Error("nobody listens"));
  await settled();
  expect(text("footer output")).toBe(
    "xSwarm Voice could not be ended: nobody listens.",
  );
  await press(quit);
  expect(asked).toBe(2);
});

test("a tray that comes later takes the note away", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.shell = { tray: false, all_are_asked: true };
  const { clock } = await openWindow(backend);
  expect(isThere("[data-note=no_tray]")).toBe(true);
  backend.shell = { tray: true, all_are_asked: true };
  await clock.pass(5);
  expect(isThere("[data-note=no_tray]")).toBe(false);
});

test("with a tray there is no button to quit", async () => {
  await openWindow();
  expect(isThere("[data-action=quit]")).toBe(false);
});

test("the login switch shows what was read back, not what was wished", async () => {
  const { backend } = await openWindow();
  await press("[data-view=settings]");
  const login = "[data-action=launch-at-login]";
  expect(find(login).getAttribute("aria-checked")).toBe("false");
  await press(login);
  expect(find(login).getAttribute("aria-checked")).toBe("true");
  backend.setLaunchAtLogin = () =>
    Promise.reject(new Error("the folder is read-only"));
  await press(login);
  expect(find(login).getAttribute("aria-checked")).toBe("true");
  expect(text("[data-panel=settings]")).toContain("the folder is read-only.");
});

test("calls of a program that fell silent neither move nor grow older", async () => {
  const { backend, clock } = await openWindow(new FakeBackend(scene("calls")));
  const waves = () => find("[data-call='7'] .waves").dataset["phase"];
  expect(waves()).toBe("caller");
  backend.isDumb = true;
  await clock.pass(90);
  expect(waves()).toBe("quiet");
  expect(text("[data-call='7'] [data-fact=since]")).toContain("(4 min)");
});

test("a program that fell silent is not welcomed as listening", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.isFirst = true;
  const { clock } = await openWindow(backend);
  backend.isDumb = true;
  await clock.pass(9);
  expect(text("[data-welcome=voice_bridge] strong")).toBe(
    "whether it listens is not known",
  );
});

test("the login switch is read again when one comes back to the window", async () => {
  const { backend } = await openView("settings");
  backend.isAtLogin = true;
  window.dispatchEvent(new Event("focus"));
  await settled();
  const login = find("[data-action=launch-at-login]");
  expect(login.getAttribute("aria-checked")).toBe("true");
});

test("a login switch that is read again tells no more that it can't be", async () => {
  const backend = new FakeBackend(scene("listening"));
  const { launchAtLogin } = backend;
  backend.launchAtLogin = () => Promise.reject(new Error("no such folder"));
  await openView("settings", backend);
  expect(text(".login output")).toContain("no such folder");
  backend.launchAtLogin = launchAtLogin;
  window.dispatchEvent(new Event("focus"));
  await settled();
  expect(text(".login output")).toBe("");
});
