// The views beside the overview, seen through the whole window: welcome, test call, log, settings, report.

import { expect, test } from "vitest";

import { heardBack } from "../dev/besides";
import { FakeDoor, scene, settled } from "./fakes";
import { find, isThere, openWindow, press, text } from "./window";

const fresh = () => new FakeDoor(scene("listening"));

async function openView(view: string, door = fresh()) {
  const opened = await openWindow(door);
  await press(`[data-view=${view}]`);
  return opened;
}

async function type(selector: string, value: string) {
  const field = find(selector) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await settled();
}

const setting = (key: string) => `[data-setting="${key}"]`;

test("each view is a button, and the one that is shown says so", async () => {
  await openWindow();
  for (const view of ["call", "log", "settings", "about", "overview"]) {
    await press(`[data-view=${view}]`);
    expect(text("[aria-current=page]")).toBe(text(`[data-view=${view}]`));
  }
  expect(isThere("[data-service=voice_bridge]")).toBe(true);
});

test("the first run shows both ports, the engine and the test call, and only once", async () => {
  const door = fresh();
  door.isFirst = true;
  await openWindow(door);
  expect(text("[data-welcome=voice_bridge]")).toBe(
    "The voice bridge on port 9998 takes phone calls and MOSHI clients. listening",
  );
  expect(text("[data-welcome=supervisor]")).toContain("port 9999");
  expect(text("[data-welcome=engine]")).toContain(
    "Calls are to be answered by the built-in line check.",
  );
  await press("[data-action=welcomed]");
  expect(isThere("[data-panel=welcome]")).toBe(false);
  expect(door.isFirst).toBe(false);
});

test("a port that is not had is not welcomed as listening", async () => {
  const door = new FakeDoor(scene("taken"));
  door.isFirst = true;
  await openWindow(door);
  expect(text("[data-welcome=voice_bridge]")).toContain("not listening yet");
});

test("the welcome leads to a test call that goes on at once", async () => {
  const door = fresh();
  door.isFirst = true;
  await openWindow(door);
  await press("[data-action=welcome-call]");
  expect(text("[data-fact=test-call]")).toBe("The test call goes on.");
  expect(isThere("[data-view=call] [role=img]")).toBe(true);
});

test("a test call tells what came of it", async () => {
  const { door } = await openView("call");
  await press("[data-action=test-call]");
  door.endCall(heardBack());
  await settled();
  expect(text("[data-fact=test-call]")).toBe(
    "The call was answered, and the voice came back.",
  );
  expect(text("[data-panel=call] dl")).toContain("Voice came back after 4.0 s");
  expect(text("[data-panel=call] dl")).toContain("Likeness 0.999");
});

test("a test call outlives a look at another view, and can be hung up", async () => {
  await openView("call");
  await press("[data-action=test-call]");
  await press("[data-view=overview]");
  await press("[data-view=call]");
  await press("[data-action=hang-up]");
  expect(text("[data-fact=test-call]")).toBe("You hung up.");
});

test("a call that nobody takes is no success", async () => {
  const { door } = await openView("call");
  await press("[data-action=test-call]");
  door.endCall({ call: "unanswered", reason: null });
  await settled();
  expect(text("[data-fact=test-call]")).toContain("Nobody answers");
  expect(find("[data-fact=test-call]").dataset["isWell"]).toBe("false");
});

test("the log is live", async () => {
  const { door, clock } = await openView("log");
  expect(text("[data-fact=log]")).toBe("3 lines");
  const [first] = door.logLines;
  if (!first) throw new Error("there is no line");
  door.logLines = [...door.logLines, { ...first, number: 4, text: "a call" }];
  await clock.pass(1);
  expect(text("[role=log]")).toContain("a call");
});

test("the log is filtered by words and by weight, and what is shown is copied", async () => {
  const { door } = await openView("log");
  await type("[data-field=filter]", "4711");
  expect(text("[data-fact=log]")).toBe("1 of 3 lines");
  await press("[data-action=copy-log]");
  expect(door.copied).toBe(
    "2026-11-22T21:04:00.000Z WARN  keeper::story: port is taken port=9999 attempt=1 attempts=5 delay=1s pid=4711",
  );
  await type("[data-field=filter]", "nothing like it");
  expect(text("[data-fact=log]")).toBe("No line matches.");
});

test("a folder that cannot be opened is said not to be", async () => {
  const door = fresh();
  door.openTrouble = "no program is there for it";
  await openView("log", door);
  await press("[data-action=open-logs]");
  expect(text("[data-panel=log] output")).toContain("no program is there");
});

test("a log that cannot be read is said not to be", async () => {
  const door = fresh();
  door.logTrouble = "gone";
  await openView("log", door);
  expect(text("[role=alert]")).toContain("gone");
});

test("the report says what needs to be done, and is copied as a whole", async () => {
  const door = fresh();
  door.told = { findings: ["Do this."], lines: ["one", "two"] };
  await openView("about", door);
  expect(text("[data-fact=health]")).toBe("What needs to be done");
  expect(text("[data-finding]")).toBe("Do this.");
  await press("[data-action=copy-report]");
  expect(door.copied).toBe("one\ntwo");
});

test("settings show what is in force and where nobody says otherwise", async () => {
  await openView("settings");
  expect((find(setting("retry.attempts")) as HTMLInputElement).value).toBe("7");
  expect(isThere("[data-default='retry.attempts']")).toBe(true);
  expect(isThere("[data-default='retry.jitter']")).toBe(false);
});

test("what is typed is checked, and what is wrong stands at its setting and is not saved", async () => {
  const door = fresh();
  door.wrong = { key: "retry.attempts", problem: "it must be at least 1" };
  const { clock } = await openView("settings", door);
  await type(setting("retry.attempts"), "0");
  await clock.pass(1);
  expect(door.checked).toEqual([{ "retry.attempts": 0 }]);
  expect(text("[data-wrong='retry.attempts']")).toBe("It must be at least 1.");
  await press("[data-action=save]");
  expect(door.saves).toEqual([]);
});

test("what is no number is said to be none without asking", async () => {
  const { door, clock } = await openView("settings");
  await type(setting("retry.attempts"), "many");
  await clock.pass(1);
  expect(text("[data-wrong='retry.attempts']")).toBe("This must be a number.");
  expect(door.checked).toEqual([]);
});

test("only what was changed is saved, each as what it must be", async () => {
  const { door } = await openView("settings");
  await type(setting("voice_bridge.also"), "::1\n 127.0.0.2 \n");
  await type(setting("retry.jitter"), "0,5");
  await press("[data-default='retry.attempts']");
  expect(text("[data-fact=saving]")).toBe("3 changes, not saved.");
  await press("[data-action=save]");
  expect(door.saves).toEqual([
    {
      changes: {
        "retry.attempts": null,
        "retry.jitter": 0.5,
        "voice_bridge.also": ["::1", "127.0.0.2"],
      },
      evenIfTaken: false,
    },
  ]);
  expect(text("[data-fact=saving]")).toContain("in force at the next start");
  await press("[data-action=restart-app]");
  expect(door.hasRestarted).toBe(true);
});

test("what was typed back to what it was is no change", async () => {
  await openView("settings");
  await type(setting("retry.attempts"), "8");
  await type(setting("retry.attempts"), "7");
  expect(text("[data-fact=saving]")).toBe("Nothing has been changed.");
});

test("changes that are not saved outlive a look at another view", async () => {
  await openView("settings");
  await type(setting("retry.attempts"), "8");
  await press("[data-view=overview]");
  expect(isThere("[data-view=settings] [role=img]")).toBe(true);
  await press("[data-view=settings]");
  expect((find(setting("retry.attempts")) as HTMLInputElement).value).toBe("8");
  await press("[data-action=discard]");
  expect((find(setting("retry.attempts")) as HTMLInputElement).value).toBe("7");
});

test("a port that somebody has is saved only by one who insists", async () => {
  const door = fresh();
  door.saved = {
    saved: "taken",
    sentences: ["127.0.0.1:7001 is held by node (4711)."],
  };
  await openView("settings", door);
  await type(setting("voice_bridge.address"), "127.0.0.1:7001");
  await press("[data-action=save]");
  expect(text("[data-fact=saving]")).toContain("held by node (4711)");
  door.saved = { saved: "written" };
  await press("[data-action=save-anyway]");
  expect(door.saves.map(({ evenIfTaken }) => evenIfTaken)).toEqual([
    false,
    true,
  ]);
});

test("a file with an error says so", async () => {
  const door = fresh();
  door.form = { ...door.form, problem: "line 4: unknown field" };
  await openView("settings", door);
  expect(text("[data-fact=settings-problem]")).toContain("line 4");
});

test("each field has a name and is tied to what is wrong with it", async () => {
  await openView("settings");
  for (const field of document.querySelectorAll<HTMLInputElement>(
    "[data-setting]",
  )) {
    expect(field.labels?.[0]?.textContent.trim()).not.toBe("");
    const [about] = field.getAttribute("aria-describedby")?.split(" ") ?? [];
    expect(document.getElementById(about ?? "")).not.toBe(null);
  }
});
