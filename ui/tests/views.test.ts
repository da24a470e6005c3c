// The views beside the overview, seen through the whole window: welcome, test call, log, report.

import { expect, test } from "vitest";

import { heardBack } from "../dev/besides";
import { FakeDoor, scene, settled } from "./fakes";
import {
  find,
  isThere,
  openView,
  openWindow,
  press,
  text,
  type,
} from "./window";

const fresh = () => new FakeDoor(scene("listening"));

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

test.each([
  ["welcome-call", "call-title"],
  ["welcomed", "voice_bridge-name"],
])("when the welcome goes by %s, the focus goes to %s", async (action, id) => {
  const door = fresh();
  door.isFirst = true;
  await openWindow(door);
  find(`[data-action=${action}]`).focus();
  await press(`[data-action=${action}]`);
  expect(document.activeElement?.id).toBe(id);
});

test("a double click places a test call and does not hang it up, and the focus stays", async () => {
  await openView("call");
  const button = find("[data-action=test-call]");
  button.focus();
  for (const detail of [1, 2])
    button.dispatchEvent(new MouseEvent("click", { bubbles: true, detail }));
  await settled();
  expect(text("[data-fact=test-call]")).toBe("The test call goes on.");
  expect(document.activeElement).toBe(find("[data-action=hang-up]"));
  await press("[data-action=hang-up]");
  expect(document.activeElement).toBe(find("[data-action=test-call]"));
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

test("lines of another day carry their date, and one line is one line", async () => {
  const door = fresh();
  const [first] = door.logLines;
  if (!first) throw new Error("there is no line");
  door.logLines = [{ ...first, at: first.at - 24 * 3_600_000 }];
  await openView("log", door);
  expect(text("[role=log] time")).toBe("21 Nov, 21:03:58");
  expect(text("[data-fact=log]")).toBe("1 line");
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

test("the report is drawn up again when things have become otherwise", async () => {
  const door = fresh();
  await openView("about", door);
  expect(text("[data-fact=health]")).toBe("All is well.");
  door.told = { findings: ["Do this."], lines: ["one"] };
  await door.tell(scene("listening"));
  expect(isThere("[data-finding]")).toBe(false);
  await door.tell(scene("taken"));
  expect(text("[data-finding]")).toBe("Do this.");
});

test("a report that was under way when things became otherwise is drawn up once more", async () => {
  const door = fresh();
  const answers: (() => void)[] = [];
  door.report = () =>
    new Promise((resolve) => {
      const { told } = door;
      answers.push(() => {
        resolve(told);
      });
    });
  await openView("about", door);
  door.told = { findings: ["Do this."], lines: ["one"] };
  await door.tell(scene("taken"));
  for (let answer = answers.shift(); answer; answer = answers.shift()) {
    answer();
    await settled();
  }
  expect(text("[data-finding]")).toBe("Do this.");
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
