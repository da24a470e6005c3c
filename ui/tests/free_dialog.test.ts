// Freeing a port: what is shown is what is ended, and nothing else.

import { expect, test } from "vitest";

import { older, zombie } from "../dev/holders";
import { FakeBackend, NOW, scene, settled } from "./fakes";
import { find, inCard, isThere, openWindow, press, text } from "./window";

const FREE = inCard("voice_bridge", "[data-action=free]");
const CONFIRM = "dialog [data-action=confirm-free]";
const CANCEL = "dialog [data-action=cancel-free]";
const ANSWER = inCard("voice_bridge", "[data-answer]");

const isOpen = () => (find("dialog") as HTMLDialogElement).open;

const freeing = (...victims: unknown[]) => ({
  order: "free_port",
  service: "voice_bridge",
  victims,
});

async function openDialog(name = "taken") {
  const opened = await openWindow(new FakeBackend(scene(name)));
  await press(FREE);
  return opened;
}

test("it names the program, its process, path, command line, user and age, and ends nothing yet", async () => {
  const { backend } = await openDialog();
  expect(isOpen()).toBe(true);
  expect(text("dialog h2")).toBe("End this program to free port 9998?");
  for (const fact of [
    "python3",
    "Process 4711",
    "/usr/bin/python3.11",
    "-m http.server",
    "ada",
    "17:52 (3 h 12 min ago)",
  ])
    expect(text("dialog [data-holder]")).toContain(fact);
  expect(text(CONFIRM)).toBe("End python3 (4711)");
  expect(backend.orders).toEqual([]);
});

test("Cancel has the focus first, and ends nothing", async () => {
  const { backend } = await openDialog();
  expect(document.activeElement).toBe(find(CANCEL));
  await press(CANCEL);
  expect(isOpen()).toBe(false);
  expect(backend.orders).toEqual([]);
});

test("Escape cancels", async () => {
  const { backend } = await openDialog();
  find("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
  await settled();
  expect(isOpen()).toBe(false);
  expect(backend.orders).toEqual([]);
});

test("agreeing sends exactly the identities that were shown, once", async () => {
  const { backend } = await openDialog("taken_two");
  await press(CONFIRM);
  await press(CONFIRM);
  expect(backend.orders).toEqual([
    freeing(zombie(NOW).identity, older(NOW).identity),
  ]);
  expect(text(CONFIRM)).toBe("Ending…");
});

test("success closes it and says who was ended and that the port is proven", async () => {
  const { backend } = await openDialog();
  const after = scene("listening");
  const [service] = after.services;
  if (!service) throw new Error("the scene has no voice bridge");
  const ended = [
    {
      identity: zombie(NOW).identity,
      name: "python3",
      force: "polite" as const,
    },
  ];
  backend.willReply({
    outcome: { outcome: "freed", ended, took_ms: 412, service },
  });
  await press(CONFIRM);
  await backend.tell(after);
  expect(isOpen()).toBe(false);
  expect(text(ANSWER)).toBe(
    "Ended python3 (4711). Port 9998 is listening again after 0.4 s.",
  );
});

test("when the holder changes while it is shown, nothing can be ended before one has looked again", async () => {
  const { backend } = await openDialog();
  await backend.tell(scene("taken_older"));
  expect(isThere(CONFIRM)).toBe(false);
  expect(text("dialog [data-trouble=drifted]")).toContain(
    "Meanwhile this has changed",
  );
  expect(isThere("dialog [data-holder='4711']")).toBe(true);
  await press("dialog [data-action=look-again]");
  expect(text(CONFIRM)).toBe("End xswarm-voice (2204)");
  await press(CONFIRM);
  expect(backend.orders).toEqual([freeing(older(NOW).identity)]);
});

test("the same pid with another beginning is another process", async () => {
  const { backend } = await openDialog();
  const reused = scene("taken");
  const [service] = reused.services;
  if (service?.state.state !== "taken")
    throw new Error("the scene is not taken");
  const holder = zombie(NOW);
  service.state.cause = {
    cause: "held",
    holders: [{ ...holder, identity: { ...holder.identity, began: "999" } }],
  };
  await backend.tell(reused);
  expect(isThere(CONFIRM)).toBe(false);
});

test("an attempt under way says nothing of the holders, so they stay as they were shown", async () => {
  const { backend } = await openDialog();
  await backend.tell(scene("binding"));
  expect(text(CONFIRM)).toBe("End python3 (4711)");
});

test("a port that was let go leaves nothing to end", async () => {
  const { backend } = await openDialog();
  await backend.tell(scene("listening"));
  await press("dialog [data-action=look-again]");
  expect(text("dialog h2")).toBe("Nobody holds port 9998 who could be ended");
  expect(isThere(CONFIRM)).toBe(false);
  expect(text(CANCEL)).toBe("Close");
});

test("the failure `unconfirmed` shows those who hold the port, and sends them if one agrees", async () => {
  const { backend } = await openDialog();
  backend.willReply({
    failure: { failure: "unconfirmed", holders: [zombie(NOW), older(NOW)] },
  });
  await press(CONFIRM);
  expect(isOpen()).toBe(true);
  expect(text("dialog [data-trouble=unconfirmed]")).toContain(
    "Nothing was ended yet",
  );
  expect(document.activeElement).toBe(find(CANCEL));
  await press(CONFIRM);
  expect(backend.orders.at(-1)).toEqual(
    freeing(zombie(NOW).identity, older(NOW).identity),
  );
});

test("the failure `changed` looks again by itself and shows the present holder", async () => {
  const { backend } = await openDialog();
  backend.now = scene("taken_older");
  backend.willReply({ failure: { failure: "changed", pid: 4711 } });
  await press(CONFIRM);
  expect(text("dialog [data-trouble=changed]")).toContain("nothing was ended");
  expect(text(CONFIRM)).toBe("End xswarm-voice (2204)");
});

test("any other failure closes it and stands beside the button", async () => {
  const { backend } = await openDialog();
  backend.willReply({
    failure: { failure: "survived", pid: 4711, name: "python3" },
  });
  await press(CONFIRM);
  expect(isOpen()).toBe(false);
  expect(text(ANSWER)).toBe("python3 (4711) could not be ended.");
});

test("when it closes and its button is gone, the focus goes to the card", async () => {
  const { backend } = await openDialog();
  await backend.tell(scene("listening"));
  await press(CANCEL);
  expect(document.activeElement).toBe(find(inCard("voice_bridge", "h2")));
});

test("the tray can ask for it", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("taken")));
  await backend.askToConfirm("voice_bridge");
  expect(isOpen()).toBe(true);
  expect(text(CONFIRM)).toBe("End python3 (4711)");
});

test("a window that was opened for it asks as soon as it knows whom to name", async () => {
  const backend = new FakeBackend(scene("taken"));
  backend.wanted = "voice_bridge";
  backend.isDumb = true;
  await openWindow(backend);
  expect(isOpen()).toBe(false);
  await backend.tell(scene("taken"));
  expect(isOpen()).toBe(true);
});

test("asked about a holder that must be spared, it says why and ends nothing", async () => {
  const { backend } = await openWindow(new FakeBackend(scene("taken_foreign")));
  await backend.askToConfirm("voice_bridge");
  expect(text("dialog h2")).toBe("Port 9998 cannot be freed from here");
  expect(text("dialog [data-guard]")).toContain("it belongs to another user");
  expect(isThere(CONFIRM)).toBe(false);
});

test.each(["call", "log", "settings", "about"])(
  "asked from the tray while the view '%s' is open, what comes of it is seen",
  async (view) => {
    const { backend } = await openWindow(new FakeBackend(scene("taken")));
    await press(`[data-view=${view}]`);
    await backend.askToConfirm("voice_bridge");
    backend.willReply({
      failure: { failure: "survived", pid: 4711, name: "python3" },
    });
    await press(CONFIRM);
    expect(text(ANSWER)).toBe("python3 (4711) could not be ended.");
    expect(text("[aria-current=page]")).toBe("Overview");
  },
);

test("while those who are shown are ended, that they go is no surprise", async () => {
  const { backend } = await openDialog("taken_two");
  await press(CONFIRM);
  await backend.tell(scene("taken_older"));
  expect(isThere("dialog [data-trouble=drifted]")).toBe(false);
  expect(text(CONFIRM)).toBe("Ending…");
  await backend.tell(scene("listening"));
  expect(isThere("dialog [data-action=look-again]")).toBe(false);
});
