// The views beside the overview, seen through the whole window: welcome, test call, log, report.

import { expect, test } from "vitest";

import { heardBack } from "../dev/fixtures";
import { FakeBackend, scene, settled } from "./fakes";
import {
  find,
  isThere,
  openView,
  openWindow,
  press,
  text,
  type,
} from "./window";

const fresh = () => new FakeBackend(scene("listening"));

test("each view is a button, and the one that is shown says so", async () => {
  await openWindow();
  for (const view of ["call", "log", "settings", "about", "overview"]) {
    await press(`[data-view=${view}]`);
    expect(text("[aria-current=page]")).toBe(text(`[data-view=${view}]`));
  }
  expect(isThere("[data-service=voice_bridge]")).toBe(true);
});

test("the first run shows both ports, the engine and the test call, and only once", async () => {
  const backend = fresh();
  backend.isFirst = true;
  await openWindow(backend);
  expect(text("[data-welcome=voice_bridge]")).toBe(
    "The voice bridge on port 9998 takes phone calls and MOSHI clients. listening",
  );
  expect(text("[data-welcome=supervisor]")).toContain("port 9999");
  expect(text("[data-welcome=engine]")).toContain(
    "Calls are to be answered by the built-in line check.",
  );
  await press("[data-action=welcomed]");
  expect(isThere("[data-panel=welcome]")).toBe(false);
  expect(backend.isFirst).toBe(false);
});

test("a port that is not had is not welcomed as listening", async () => {
  const backend = new FakeBackend(scene("taken"));
  backend.isFirst = true;
  await openWindow(backend);
  expect(text("[data-welcome=voice_bridge]")).toContain("not listening yet");
});

test("the welcome leads to a test call that goes on at once", async () => {
  const backend = fresh();
  backend.isFirst = true;
  await openWindow(backend);
  await press("[data-action=welcome-call]");
  expect(text("[data-fact=test-call]")).toBe("The test call goes on.");
  expect(isThere("[data-view=call] [role=img]")).toBe(true);
});

test.each([
  ["welcome-call", "call-title"],
  ["welcomed", "voice_bridge-name"],
])("when the welcome goes by %s, the focus goes to %s", async (action, id) => {
  const backend = fresh();
  backend.isFirst = true;
  await openWindow(backend);
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
  const { backend } = await openView("call");
  await press("[data-action=test-call]");
  backend.endCall(heardBack());
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
  const { backend } = await openView("call");
  await press("[data-action=test-call]");
  backend.endCall({ call: "unanswered", reason: null });
  await settled();
  expect(text("[data-fact=test-call]")).toContain("Nobody answers");
  expect(find("[data-fact=test-call]").dataset["isWell"]).toBe("false");
});

test("the log is live", async () => {
  const { backend, clock } = await openView("log");
  expect(text("[data-fact=log]")).toBe("3 lines");
  const [first] = backend.logLines;
  if (!first) throw new Error("there is no line");
  backend.logLines = [
    ...backend.logLines,
    { ...first, number: 4, text: "a call" },
  ];
  await clock.pass(1);
  expect(text("[role=log]")).toContain("a call");
});

test("lines of another day carry their date, and one line is one line", async () => {
  const backend = fresh();
  const [first] = backend.logLines;
  if (!first) throw new Error("there is no line");
  backend.logLines = [{ ...first, at: first.at - 24 * 3_600_000 }];
  await openView("log", backend);
  expect(text("[role=log] time")).toBe("21 Nov, 21:03:58");
  expect(text("[data-fact=log]")).toBe("1 line");
});

test("the log is filtered by words and by weight, and what is shown is copied", async () => {
  const { backend } = await openView("log");
  await type("[data-field=filter]", "4711");
  expect(text("[data-fact=log]")).toBe("1 of 3 lines");
  await press("[data-action=copy-log]");
  expect(backend.copied).toBe(
    "2026-11-22T21:04:00.000Z WARN  keeper::story: port is taken port=9999 attempt=1 attempts=5 delay=1s pid=4711",
  );
  await type("[data-field=filter]", "nothing like it");
  expect(text("[data-fact=log]")).toBe("No line matches.");
});

test("a folder that cannot be opened is said not to be", async () => {
  const backend = fresh();
  backend.openTrouble = "no program is there for it";
  await openView("log", backend);
  await press("[data-action=open-logs]");
  expect(text("[data-panel=log] output")).toContain("no program is there");
});

test("a log that cannot be read is said not to be", async () => {
  const backend = fresh();
  backend.logTrouble = "gone";
  await openView("log", backend);
  expect(text("[role=alert]")).toContain("gone");
});

test("the report is drawn up again when things have become otherwise", async () => {
  const backend = fresh();
  await openView("about", backend);
  expect(text("[data-fact=health]")).toBe("All is well.");
  backend.told = { findings: ["Do this."], lines: ["one"] };
  await backend.tell(scene("listening"));
  expect(isThere("[data-finding]")).toBe(false);
  await backend.tell(scene("taken"));
  expect(text("[data-finding]")).toBe("Do this.");
});

test("a report that was under way when things became otherwise is drawn up once more", async () => {
  const backend = fresh();
  const answers: (() => void)[] = [];
  backend.report = () =>
    new Promise((resolve) => {
      const { told } = backend;
      answers.push(() => {
        resolve(told);
      });
    });
  await openView("about", backend);
  backend.told = { findings: ["Do this."], lines: ["one"] };
  await backend.tell(scene("taken"));
  for (let answer = answers.shift(); answer; answer = answers.shift()) {
    answer();
    await settled();
  }
  expect(text("[data-finding]")).toBe("Do this.");
});

test("the report says what needs to be done, and is copied as a whole", async () => {
  const backend = fresh();
  backend.told = { findings: ["Do this."], lines: ["one", "two"] };
  await openView("about", backend);
  expect(text("[data-fact=health]")).toBe("What needs to be done");
  expect(text("[data-finding]")).toBe("Do this.");
  await press("[data-action=copy-report]");
  expect(backend.copied).toBe("one\ntwo");
});
