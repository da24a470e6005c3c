// A crowded port and those who were turned away, seen through the whole window.

import { expect, test } from "vitest";

import { crowdedPort } from "../dev/crowds";
import type { Snapshot } from "../src/wire";
import * as words from "../src/words";
import { FakeBackend, NOW, scene } from "./fakes";
import { find, inCard, isThere, openWindow, text } from "./window";

const bridge = (selector: string) => inCard("voice_bridge", selector);
const openScene = (name: string) => openWindow(new FakeBackend(scene(name)));

/** A scene whose voice bridge is as told. */
function altered(
  name: string,
  alter: (bridge: Snapshot["services"][number]) => void,
): Snapshot {
  const snapshot = structuredClone(scene(name));
  const [service] = snapshot.services;
  if (service) alter(service);
  return snapshot;
}

test("a crowded port is not shown as listening, by mark, word and headline", async () => {
  await openScene("crowded");
  const mark = find(bridge("header .mark"));
  expect(mark.dataset).toMatchObject({
    condition: "needs_you",
    state: "crowded",
  });
  expect(text(bridge("header .mark"))).toBe("Crowded");
  expect(text("[data-fact=headline]")).toBe("The voice bridge is crowded.");
  expect(find(".top .mark").dataset["state"]).toBe("crowded");
  expect(text(bridge("[data-fact=sentence]"))).toMatch(
    /^Listening on 127.0.0.1:9998, but crowded: .*Your own commands and test calls still get in.$/,
  );
});

test("who crowds a port is named with how many connections each has", async () => {
  await openScene("crowded");
  expect(text(bridge("[data-fact=turned-away]"))).toBe(
    "1240 connections to 127.0.0.1:9998 were just turned away.",
  );
  expect(text(bridge("[data-crowding='4711']"))).toBe(
    "python3 Process 4711 96 connections",
  );
  expect(text(bridge("[data-crowding='812']"))).toBe(
    "curl Process 812 1 connection",
  );
});

test("where nobody is known nobody is named", async () => {
  await openScene("crowded_unknown");
  expect(text(bridge("[data-crowd]"))).toBe(
    "1 connection to 127.0.0.1:9998 was just turned away. Who holds the places isn't known.",
  );
});

test("a further address that is crowded is told of as well, also alone", async () => {
  const { backend } = await openScene("crowded_both");
  expect(isThere(bridge("[data-crowd='127.0.0.1:9998']"))).toBe(true);
  expect(isThere(bridge("[data-crowd='[::1]:9998']"))).toBe(true);
  await backend.tell(scene("companion_crowded"));
  expect(text(bridge("header .mark"))).toBe("Crowded");
  expect(isThere(bridge("[data-crowd='127.0.0.1:9998']"))).toBe(false);
  expect(text(bridge("[data-companion='[::1]:9998'] .mark"))).toBe("Crowded");
  expect(text(bridge("[data-fact=sentence]"))).toContain("127.0.0.1:9998");
});

test("a shadow is worse than a crowd, and both are told of", async () => {
  const { backend } = await openScene("crowded_shadowed");
  expect(isThere(bridge("[data-crowd='127.0.0.1:9998']"))).toBe(true);
  expect(text(bridge(".others"))).toContain("localhost may lead to python3");
  await backend.tell(scene("companion_crowded_shadowed"));
  expect(text("[data-fact=headline]")).toBe(
    "The voice bridge is only partly reachable.",
  );
});

test("what changes with every proof is not announced each time", async () => {
  const { backend } = await openScene("companion_crowded");
  const further = find(bridge("[data-companion='[::1]:9998'] p"));
  expect(further.getAttribute("aria-live")).toBe("off");
  await backend.tell(scene("crowded"));
  const sentence = find(bridge("[data-fact=sentence]"));
  expect(sentence.getAttribute("aria-live")).toBe("off");
  expect(
    find(bridge("[data-crowd]")).closest("[role=status], output"),
  ).toBeNull();
  expect(
    find(bridge("[data-crowd]")).querySelector("[role=status], output"),
  ).toBeNull();
  await backend.tell(scene("listening"));
  expect(sentence.getAttribute("aria-live")).toBe("polite");
});

test("no button stands out where none of them keeps the crowd away", async () => {
  await openScene("crowded");
  expect(isThere(bridge("[data-weight=primary]"))).toBe(false);
});

test("whoever crowds a port cannot disguise its name", async () => {
  const disguised = altered("crowded", (service) => {
    const by = [{ pid: 7, name: "safe\u202Eexe", connections: 1 }];
    service.state = crowdedPort(NOW, by);
  });
  await openWindow(new FakeBackend(disguised));
  expect(text(bridge("[data-crowding='7'] bdi"))).toBe("safe\uFFFDexe");
});

test("an order is told by what came of it, crowded or not", () => {
  const [service] = scene("crowded").services;
  if (!service) throw new Error("the scene has no voice bridge");
  const said = (order: "restart" | "stop") =>
    words.outcome(
      { order, service: "voice_bridge" },
      { outcome: "done", service },
    );
  expect(said("restart")).toBe("Restarted.");
  expect(said("stop")).toBe("Under way.");
});

test("a crowded service is welcomed as listening, but crowded", async () => {
  const backend = new FakeBackend(scene("crowded"));
  backend.isFirst = true;
  await openWindow(backend);
  expect(text("[data-welcome=voice_bridge] strong")).toBe(
    "listening, but crowded",
  );
});

test("those who were turned away are listed with the reason, the cure and when", async () => {
  await openScene("turned_away");
  const [stream, client] = scene("turned_away").turned_away;
  const first = text("[data-turned-away=no_secret]");
  expect(first).toContain(
    "3 streams to the voice bridge, because they showed no secret",
  );
  expect(first).toContain(stream?.cure);
  expect(first).toContain("Last at 21:02 (2 min ago)");
  const second = text("[data-turned-away=foreign_origin]");
  expect(second).toContain(
    `1 client of the supervisor, because ${client?.because}`,
  );
  expect(second).toContain("At 16:04 (5 h ago)");
  const isRecent = (reason: string) =>
    find(`[data-turned-away=${reason}]`).dataset["isRecent"];
  expect(isRecent("no_secret")).toBe("true");
  expect(isRecent("foreign_origin")).toBe("false");
});

test("where nobody was turned away nothing is said of it", async () => {
  const { backend } = await openScene("listening");
  expect(isThere(".turned-away")).toBe(false);
  await backend.tell(scene("turned_away"));
  expect(isThere(".turned-away")).toBe(true);
});

test("another reason is announced, another stream is not", async () => {
  const { backend } = await openScene("turned_away");
  const announced = () => text(".turned-away [role=status]");
  const before = announced();
  expect(before).toBe("Somebody was turned away, for 2 reasons.");
  const snapshot = structuredClone(scene("turned_away"));
  const [entry] = snapshot.turned_away;
  if (entry) {
    entry.times += 40;
    entry.whom = "43 streams to the voice bridge";
  }
  await backend.tell(snapshot);
  expect(text("[data-turned-away=no_secret]")).toContain("43 streams");
  expect(announced()).toBe(before);
});
