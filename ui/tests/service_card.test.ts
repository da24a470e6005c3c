// A card's state, holders, countdown and buttons, seen through the whole window.

import { expect, test, vi } from "vitest";

import { command, heir, zombie } from "../dev/holders";
import { scenes } from "../dev/scenes";
import { FakeBackend, NOW, scene, settled } from "./fakes";
import {
  buttons,
  find,
  inCard,
  isThere,
  openWindow,
  press,
  text,
} from "./window";

const bridge = (selector: string) => inCard("voice_bridge", selector);
const openScene = (name: string) => openWindow(new FakeBackend(scene(name)));

const offered: Record<string, string[]> = {
  listening: ["restart", "stop"],
  stopped: ["start"],
  binding: ["stop"],
  proving: ["stop"],
  waiting: ["free", "retry", "stop"],
  waiting_lingering: ["retry", "stop"],
  taken: ["free", "retry", "stop"],
  taken_older: ["free", "retry", "stop"],
  taken_two: ["free", "retry", "stop"],
  taken_foreign: ["retry", "stop"],
  taken_container: ["retry", "stop"],
  taken_long: ["free", "retry", "stop"],
  taken_inherited: ["free", "retry", "stop"],
  taken_frozen: ["free", "retry", "stop"],
  taken_reserved: ["free", "retry", "stop"],
  taken_connected: ["retry", "stop"],
  taken_hidden: ["retry", "stop"],
  taken_hidden_nameless: ["retry", "stop"],
  taken_orphaned: ["retry", "stop"],
  taken_exhausted: ["retry", "stop"],
  taken_unseen: ["retry", "stop"],
  shadowed: ["free", "restart", "stop"],
  shadowed_shared: ["free", "restart", "stop"],
  companion_silent: ["restart", "stop"],
  companion_lingering: ["restart", "stop"],
  companion_absent: ["restart", "stop"],
  shared: ["free", "restart", "stop"],
  shared_intended: ["restart", "stop"],
  crowded: ["restart", "stop"],
  crowded_unknown: ["restart", "stop"],
  crowded_both: ["restart", "stop"],
  companion_crowded: ["restart", "stop"],
  silent: ["restart", "stop"],
  silent_descriptors: ["restart", "stop"],
  silent_unreachable: ["restart", "stop"],
  silent_unverifiable: ["restart", "stop"],
  refused: ["retry", "stop"],
  refused_address: ["retry", "stop"],
  refused_reserved: ["retry", "stop"],
  refused_other: ["retry", "stop"],
  stopping: [],
  restarting: ["retry", "stop"],
  failed: ["start", "stop"],
  calls: ["restart", "stop"],
  models: ["restart", "stop"],
  notes: ["restart", "stop"],
  turned_away: ["restart", "stop"],
  program_starting: ["restart", "stop"],
  program_listening: ["restart", "stop"],
  program_elsewhere: ["restart", "stop"],
  program_unlike: ["restart", "stop"],
  program_missing: ["restart", "stop"],
  program_crashed: ["restart", "stop"],
  program_claimed: ["restart", "stop"],
  found: ["restart", "stop"],
  single: ["restart", "stop"],
  three: ["restart", "stop"],
  taken_both: ["free", "retry", "stop"],
  crowded_shadowed: ["free", "restart", "stop"],
  companion_crowded_shadowed: ["free", "restart", "stop"],
};

test("every scene says which buttons belong to it", () => {
  // In those of voice models the services are as in any other.
  const of = (name: string) => !/^models?_/.test(name);
  expect(Object.keys(offered).sort()).toEqual(
    Object.keys(scenes).filter(of).sort(),
  );
});

test.each(Object.entries(offered))("%s offers %j", async (name, expected) => {
  await openScene(name);
  expect(buttons("voice_bridge")).toEqual(expected);
});

test("a state is marked by a word, a hook and a shape, not by colour alone", async () => {
  await openScene("taken");
  expect(text(bridge("[data-state=taken]"))).toBe("Port taken");
  expect(text(inCard("supervisor", "[data-state=listening]"))).toBe(
    "Listening",
  );
  const shape = (selector: string) =>
    find(selector).querySelector("svg")?.innerHTML;
  expect(shape(bridge("[data-state]"))).not.toBe(
    shape(inCard("supervisor", "[data-state]")),
  );
});

test("a waiting card counts its attempts and the seconds to the next by the clock it was given", async () => {
  const { clock } = await openScene("waiting");
  const sentence = () => text(bridge("[data-fact=sentence]"));
  expect(sentence()).toBe(
    "Port 9998 is held by python3 (4711); attempt 2 of 5 failed, the next in 3 s.",
  );
  await clock.pass(1);
  expect(sentence()).toContain("the next in 2 s.");
  await clock.pass(3);
  expect(sentence()).toContain("the next in 0 s.");
});

test("the countdown is not announced second by second", async () => {
  await openScene("waiting");
  const ticking = find(bridge("[data-fact=countdown]"));
  const region = ticking.closest("[role=status], output, [aria-live]");
  expect(region?.getAttribute("aria-live")).toBe("off");
});

test("a holder is shown with all that is known of it", async () => {
  await openScene("taken");
  const shown = text(bridge("[data-holder='4711']"));
  for (const fact of [
    "python3",
    "Process 4711",
    "/usr/bin/python3.11",
    "-m http.server",
    "ada",
    "17:52",
    "0.0.0.0:9998",
  ])
    expect(shown).toContain(fact);
});

test("an older xSwarm and a container are flagged", async () => {
  await openScene("taken_older");
  expect(text(bridge("[data-holder='2204']"))).toContain(
    "An older xSwarm Voice",
  );
  await openScene("taken_container");
  expect(text(bridge("[data-holder='3055']"))).toContain(
    "Stands for a container",
  );
});

test("a holder that must be spared says why", async () => {
  await openScene("taken_foreign");
  expect(text(bridge("[data-guard=another_user]"))).toContain(
    "it belongs to another user",
  );
});

test("a card follows its service from one holder to the next and to health", async () => {
  const { backend } = await openScene("taken");
  await backend.tell(scene("taken_older"));
  expect(isThere(bridge("[data-holder='4711']"))).toBe(false);
  expect(isThere(bridge("[data-holder='2204']"))).toBe(true);
  await backend.tell(scene("listening"));
  expect(isThere(bridge("[data-holder]"))).toBe(false);
  expect(text("[data-fact=headline]")).toBe("Both services are listening.");
});

test.each([
  ["taken", "retry", { order: "start", service: "voice_bridge" }],
  ["stopped", "start", { order: "start", service: "voice_bridge" }],
  ["listening", "stop", { order: "stop", service: "voice_bridge" }],
  ["silent", "restart", { order: "restart", service: "voice_bridge" }],
])(
  "in the scene %s the button %s gives its order once",
  async (name, action, order) => {
    const { backend } = await openScene(name);
    await press(bridge(`[data-action=${action}]`));
    await press(bridge(`[data-action=${action}]`));
    expect(backend.orders).toEqual([order]);
  },
);

test("an order's outcome stands beside its button until the service is otherwise", async () => {
  const { backend } = await openScene("stopped");
  const started = scene("listening");
  const [service] = started.services;
  if (!service) throw new Error("the scene has no voice bridge");
  backend.willReply({ outcome: { outcome: "done", service } });
  await press(bridge("[data-action=start]"));
  await backend.tell(started);
  expect(text(bridge("[data-answer=carried_out]"))).toBe("Started.");
  await backend.tell(scene("silent"));
  expect(isThere(bridge("[data-answer]"))).toBe(false);
});

test("a failure stands beside its button in one sentence until the service is well", async () => {
  const { backend } = await openScene("silent");
  backend.willReply({
    failure: { failure: "not_running", service: "voice_bridge" },
  });
  await press(bridge("[data-action=restart]"));
  expect(text(bridge("[data-answer=failed]"))).toBe(
    "The voice bridge is not running, so it cannot be restarted.",
  );
  await backend.tell(scene("listening"));
  expect(isThere(bridge("[data-answer]"))).toBe(false);
});

test("a rejection that is not a failure of ours is shown in its own words", async () => {
  const { backend } = await openScene("listening");
  backend.replies.push(() =>
    Promise.reject(new Error("command order not found")),
  );
  await press(bridge("[data-action=stop]"));
  expect(text(bridge("[data-answer=failed]"))).toContain(
    "command order not found.",
  );
});

test("when the focused button goes, the focus stays in its card", async () => {
  const { backend } = await openScene("taken");
  find(bridge("[data-action=free]")).focus();
  await backend.tell(scene("listening"));
  await settled();
  expect(document.activeElement).toBe(find(bridge("h2")));
});

test("one process on two addresses is shown twice and counted once", async () => {
  const snapshot = scene("taken");
  const [service] = snapshot.services;
  if (service?.state.state !== "taken")
    throw new Error("the scene is not taken");
  const twice = [zombie(NOW), { ...zombie(NOW), address: "[::]:9998" }];
  service.state.cause = { cause: "held", holders: twice };
  const { backend } = await openWindow(new FakeBackend(snapshot));
  await press(bridge("[data-action=free]"));
  await press("[data-action=confirm-free]");
  expect(backend.orders).toEqual([
    {
      order: "free_port",
      service: "voice_bridge",
      victims: [zombie(NOW).identity],
    },
  ]);
});

test("whoever may get the connections for localhost is named, and can be ended", async () => {
  const { backend } = await openScene("shadowed");
  expect(text(bridge("[data-state=partial]"))).toBe("Partly reachable");
  expect(text(bridge("[data-companion='[::1]:9998'] p"))).toBe(
    "localhost may lead to python3 (4711), which holds [::1]:9998.",
  );
  expect(find(bridge("[data-action=free]")).dataset["weight"]).toBe("primary");
  await press(bridge("[data-action=free]"));
  await press("[data-action=confirm-free]");
  expect(backend.orders).toEqual([
    {
      order: "free_port",
      service: "voice_bridge",
      victims: [zombie(NOW).identity],
    },
  ]);
});

test("an address that is like the first is only listed, any other has its own word", async () => {
  const { backend } = await openScene("listening");
  expect(text(bridge("code[data-companion]"))).toBe("[::1]:9998");
  await backend.tell(scene("companion_absent"));
  expect(isThere(bridge("code[data-companion]"))).toBe(false);
  expect(text(bridge("li[data-companion]"))).toContain("Not there");
});

test("the holders on all addresses are ended together", async () => {
  const { backend } = await openScene("taken_both");
  await press(bridge("[data-action=free]"));
  await press("[data-action=confirm-free]");
  expect(backend.orders).toEqual([
    {
      order: "free_port",
      service: "voice_bridge",
      victims: [zombie(NOW).identity, heir(NOW).identity],
    },
  ]);
});

test("a holder is marked as frozen, as an heir, and with what started it", async () => {
  const { backend } = await openScene("taken_inherited");
  const first = bridge("[data-holder='4711']");
  const second = bridge("[data-holder='4712']");
  expect(isThere(`${first} [data-fact=inherited]`)).toBe(false);
  expect(text(`${second} [data-fact=inherited]`)).toBe(
    "Has inherited the port",
  );
  expect(text(second)).toContain("Started by python3 (4711)");
  await backend.tell(scene("taken_frozen"));
  expect(text(`${first} [data-fact=frozen]`)).toBe("Frozen");
});

test("where the holder cannot be seen, the command that names it can be copied", async () => {
  await openScene("taken_hidden");
  const copied: string[] = [];
  vi.stubGlobal("navigator", {
    clipboard: {
      writeText: (text: string) => {
        copied.push(text);
        return Promise.resolve();
      },
    },
  });
  await press(bridge("[data-copy]"));
  expect(copied).toEqual([command]);
  expect(text(bridge("[data-fact=command] output"))).toBe("Copied.");
  vi.unstubAllGlobals();
});

test("the second click of a double click gives no order to the button that has come in its place", async () => {
  const { backend } = await openScene("listening");
  const clickLast = (detail: number) =>
    find(bridge("[data-action]:last-of-type")).dispatchEvent(
      new MouseEvent("click", { bubbles: true, detail }),
    );
  clickLast(1);
  await backend.tell(scene("stopped"));
  clickLast(2);
  await settled();
  expect(backend.orders).toEqual([{ order: "stop", service: "voice_bridge" }]);
});

test("a third service has a card of its own, and is counted in", async () => {
  await openScene("three");
  expect(text("[data-service=door_bell] h2")).toBe("Door bell");
  expect(buttons("door_bell")).toEqual(["restart", "stop"]);
  expect(text("[data-fact=headline]")).toBe("All services are listening.");
});

test("a program's card says what is started and what can be done about it", async () => {
  await openScene("program_missing");
  const card = (selector: string) => inCard("kyutai", selector);
  expect(text(card("[data-fact=command]"))).toBe(
    "/home/me/moshi/bin/python -m moshi.server --port 8998",
  );
  expect(text(card("[data-fact=sentence]"))).toContain(
    "Can't be started: there is no program /home/me/moshi/bin/python",
  );
  expect(buttons("kyutai")).toEqual(["start", "stop"]);
});
