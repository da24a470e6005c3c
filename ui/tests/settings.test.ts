// The settings, seen through the whole window: what is in force, typed, checked, saved and taken back.

import { expect, test } from "vitest";

import type { SettingsProblem, SettingsSaved } from "../src/wire";
import { written, wrong } from "../dev/fixtures";
import { FakeBackend, needingRestart, scene, settled } from "./fakes";
import { find, isThere, openView, press, text, type } from "./window";

const fresh = () => new FakeBackend(scene("listening"));

const setting = (key: string) => `[data-setting="${key}"]`;
const value = (key: string) => (find(setting(key)) as HTMLInputElement).value;
const ATTEMPTS = setting("retry.attempts");
const SAVING = "[data-fact=saving]";
const SAVE = "[data-action=save]";
const FILE = "[data-fact=settings-problem]";

test("settings show what is in force and where nobody says otherwise", async () => {
  await openView("settings");
  expect((find(setting("retry.attempts")) as HTMLInputElement).value).toBe("7");
  expect(isThere("[data-default='retry.attempts']")).toBe(true);
  expect(isThere("[data-default='retry.jitter']")).toBe(false);
});

test("what is typed is checked, and what is wrong stands at its setting and is not saved", async () => {
  const backend = fresh();
  backend.wrong = wrong("retry.attempts", "must be at least 1");
  const { clock } = await openView("settings", backend);
  await type(setting("retry.attempts"), "0");
  await clock.pass(1);
  expect(backend.checked).toEqual([{ "retry.attempts": 0 }]);
  expect(text("[data-wrong='retry.attempts']")).toBe("Must be at least 1.");
  await press("[data-action=save]");
  expect(backend.saves).toEqual([]);
});

test("what is no number is said to be none without asking", async () => {
  const { backend, clock } = await openView("settings");
  await type(setting("retry.attempts"), "many");
  await clock.pass(1);
  expect(text("[data-wrong='retry.attempts']")).toBe("This must be a number.");
  expect(backend.checked).toEqual([]);
});

test("only what was changed is saved, each as what it must be", async () => {
  const { backend } = await openView("settings");
  await type(setting("voice_bridge.also"), "::1\n 127.0.0.2 \n");
  await type(setting("retry.jitter"), "0,5");
  await press("[data-default='retry.attempts']");
  expect(text("[data-fact=saving]")).toBe("3 changes, not saved.");
  await press("[data-action=save]");
  expect(backend.saves).toEqual([
    {
      changes: {
        "retry.attempts": null,
        "retry.jitter": 0.5,
        "voice_bridge.also": ["::1", "127.0.0.2"],
      },
      evenIfTaken: false,
    },
  ]);
  expect(text("[data-fact=saving]")).toBe("Saved, but needs a restart.");
  await press("[data-action=restart-app]");
  expect(backend.hasRestarted).toBe(true);
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
  const backend = fresh();
  backend.saved = {
    saved: "taken",
    sentences: ["127.0.0.1:7001 is held by node (4711)."],
  };
  await openView("settings", backend);
  await type(setting("voice_bridge.address"), "127.0.0.1:7001");
  await press("[data-action=save]");
  expect(text("[data-fact=saving]")).toContain("held by node (4711)");
  backend.saved = written;
  await press("[data-action=save-anyway]");
  expect(backend.saves.map(({ evenIfTaken }) => evenIfTaken)).toEqual([
    false,
    true,
  ]);
});

test("a file with errors says so, each beside its field too", async () => {
  const backend = fresh();
  const problems = [
    wrong("retry.attempts", "must be at least 1, not 0", 4),
    wrong("desktop.notification", "isn't a setting", 9),
  ];
  backend.form = { ...backend.form, problems };
  const { clock } = await openView("settings", backend);
  expect(text(FILE)).toBe(
    "The file has errors; the rest of it is used. Line 4: retry.attempts must be at least 1, not 0. Line 9: desktop.notification isn't a setting.",
  );
  expect(text("[data-wrong='retry.attempts']")).toBe(
    "Must be at least 1, not 0.",
  );
  await type(ATTEMPTS, "3");
  await clock.pass(1);
  expect(text("[data-wrong='retry.attempts']")).toBe("");
  await press(SAVE);
  expect(backend.saves[0]?.changes).toEqual({ "retry.attempts": 3 });
});

test("a file that does not say who may come in says that only this machine does", async () => {
  const backend = fresh();
  const problems = [
    wrong(null, "can't be read: key with no value", 2, "only_this_machine"),
  ];
  backend.form = { ...backend.form, problems };
  await openView("settings", backend);
  expect(text(FILE)).toContain(
    "Line 2: can't be read: key with no value. Until you fix that and restart, only this machine can connect.",
  );
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

test.each(["2,000", "2.000", "12.000.000", "-1,000"])(
  "%s could be two numbers, so it is none",
  async (typed) => {
    const { backend } = await openView("settings");
    await type(ATTEMPTS, typed);
    expect(text("[data-wrong='retry.attempts']")).toBe(
      "This must be a number without separators between its digits.",
    );
    await press(SAVE);
    expect(backend.saves).toEqual([]);
  },
);

test.each([
  ["0,75", 0.75],
  ["0.125", 0.125],
  ["2000", 2000],
  ["1,5", 1.5],
])("%s is the number %d", async (typed, number) => {
  const { backend } = await openView("settings");
  await type(ATTEMPTS, typed);
  await press(SAVE);
  expect(backend.saves[0]?.changes).toEqual({ "retry.attempts": number });
});

test("what is wrong with a setting out of sight is said beside Save, which leads to it", async () => {
  const backend = fresh();
  backend.wrong = wrong("retry.attempts", "must be at least 1");
  const { clock } = await openView("settings", backend);
  await type(ATTEMPTS, "0");
  await clock.pass(1);
  expect(text(SAVING)).toBe(
    "Attempts (When a port is in use): Must be at least 1.",
  );
  await press(SAVE);
  expect(document.activeElement).toBe(find(ATTEMPTS));
});

test("a draft that is no number is named beside Save", async () => {
  await openView("settings");
  await type(setting("retry.jitter"), "much");
  expect(text(SAVING)).toBe(
    "Jitter (0 to 1) (When a port is in use): This must be a number.",
  );
});

test("what is wrong with a setting that has no field is said with its name", async () => {
  const backend = fresh();
  backend.wrong = wrong("retry.atempts", "isn't a setting");
  const { clock } = await openView("settings", backend);
  await type(ATTEMPTS, "4");
  await clock.pass(1);
  expect(text(SAVING)).toBe("retry.atempts isn't a setting.");
});

test("addresses that cannot be had are not said to be somebody's", async () => {
  const backend = fresh();
  const sentences = ["127.0.0.1:80 is not allowed by the system."];
  backend.saved = { saved: "taken", sentences };
  await openView("settings", backend);
  await type(setting("voice_bridge.address"), "127.0.0.1:80");
  await press(SAVE);
  expect(text(SAVING)).toBe(
    "These addresses cannot be had now: 127.0.0.1:80 is not allowed by the system.",
  );
});

async function saveAttempts(backend = fresh()) {
  const opened = await openView("settings", backend);
  await type(ATTEMPTS, "8");
  await press(SAVE);
  return opened;
}

/** Holds what saving leads to until the returned function is called. */
function heldSave(
  backend: FakeBackend,
): (saved: SettingsSaved) => Promise<void> {
  let answer: (saved: SettingsSaved) => void = () => undefined;
  backend.saveSettings = () => new Promise((resolve) => (answer = resolve));
  return async (saved) => {
    answer(saved);
    await settled();
  };
}

const RESTART = "[data-action=restart-app]";

test("a restart is asked for once, and again only if it failed", async () => {
  const { backend } = await saveAttempts();
  let asked = 0;
  let fail: (reason: Error) => void = () => undefined;
  backend.restart = () => {
    asked += 1;
    return new Promise((_, reject) => (fail = reject));
  };
  await press(RESTART);
  await press(RESTART);
  expect(asked).toBe(1);
  expect(find(RESTART).getAttribute("aria-disabled")).toBe("true");
  fail(new Error("the program is gone"));
  await settled();
  expect(text(SAVING)).toContain("the program is gone");
  await press(RESTART);
  expect(asked).toBe(2);
});

test("what a restart does to calls can be read before it is pressed", async () => {
  await saveAttempts();
  const note = find(RESTART).getAttribute("aria-describedby") ?? "";
  expect(text(`#${note}`)).toBe("Calls that go on are ended.");
});

test("a restart that was due before is offered, and no more once nothing needs it", async () => {
  const backend = fresh();
  backend.now = needingRestart(backend.now, ["retry.attempts"]);
  await openView("settings", backend);
  expect(isThere(RESTART)).toBe(true);
  expect(text(SAVING)).toBe("What was saved needs a restart.");
  await backend.tell(scene("listening"));
  expect(isThere(RESTART)).toBe(false);
  expect(text(SAVING)).toBe("Nothing has been changed.");
});

test("a list of what answers calls that is in the file stays on offer", async () => {
  const backend = fresh();
  const engine = {
    key: "voice_bridge.engine",
    text: "",
    default: "line_check",
    value: ["moshi", "line_check"],
  };
  const [first, ...others] = backend.form.sections;
  if (!first) throw new Error("the form has no section");
  const sections = [{ ...first, fields: [...first.fields, engine] }, ...others];
  backend.form = { ...backend.form, sections };
  await openView("settings", backend);
  const field = find(setting(engine.key)) as HTMLSelectElement;
  expect([...field.options].map(({ text }) => text)).toEqual([
    "Line check",
    "Moshi",
    "Moshi, else Line check",
  ]);
  expect(field.selectedIndex).toBe(2);
});

test("a restart that is due stays on offer while more is typed and discarded", async () => {
  await saveAttempts();
  await type(ATTEMPTS, "9");
  expect(isThere(RESTART)).toBe(true);
  await press("[data-action=discard]");
  expect(isThere(RESTART)).toBe(true);
  expect(text(SAVING)).toBe("Saved, but needs a restart.");
});

test("what is typed while it is being saved is not lost", async () => {
  const backend = fresh();
  const answer = heldSave(backend);
  await saveAttempts(backend);
  await type(ATTEMPTS, "9");
  await type(setting("retry.jitter"), "0.5");
  await answer(written);
  expect([value("retry.attempts"), value("retry.jitter")]).toEqual([
    "9",
    "0.5",
  ]);
  expect(text(SAVING)).toBe("2 changes, not saved.");
});

test("what is taken back while it is being saved is a change of what was saved", async () => {
  const backend = fresh();
  const answer = heldSave(backend);
  await saveAttempts(backend);
  await type(ATTEMPTS, "7");
  backend.form = withAttempts(8);
  await answer(written);
  expect(value("retry.attempts")).toBe("7");
  expect(text(SAVING)).toBe("1 change, not saved.");
});

test("a default that is asked for while something else is saved is not lost", async () => {
  const backend = fresh();
  const answer = heldSave(backend);
  await openView("settings", backend);
  await type(setting("retry.jitter"), "0.5");
  await press(SAVE);
  await press("[data-default='retry.attempts']");
  await answer(written);
  expect(value("retry.attempts")).toBe("5");
  expect(text(SAVING)).toBe("1 change, not saved.");
});

function withAttempts(attempts: number) {
  const { form } = fresh();
  for (const field of form.sections.flatMap(({ fields }) => fields))
    if (field.key === "retry.attempts") field.value = attempts;
  return form;
}

test("who is in the way of addresses that are so no more is not said, and nobody can insist", async () => {
  const backend = fresh();
  const answer = heldSave(backend);
  await saveAttempts(backend);
  await type(ATTEMPTS, "9");
  await answer({ saved: "taken", sentences: ["127.0.0.1:1 is held."] });
  expect(isThere("[data-action=save-anyway]")).toBe(false);
  expect(text(SAVING)).toBe("1 change, not saved.");
});

test("a check that was under way says nothing of what was discarded meanwhile", async () => {
  const backend = fresh();
  let answer: (problem: SettingsProblem) => void = () => undefined;
  backend.checkSettings = () => new Promise((resolve) => (answer = resolve));
  const { clock } = await openView("settings", backend);
  await type(ATTEMPTS, "0");
  await clock.pass(1);
  await press("[data-action=discard]");
  answer(wrong("retry.attempts", "must be at least 1"));
  await settled();
  expect(text("[data-wrong='retry.attempts']")).toBe("");
  expect(text(SAVING)).toBe("Nothing has been changed.");
});

test("a button that goes gives its focus on", async () => {
  const backend = fresh();
  backend.saved = { saved: "taken", sentences: ["127.0.0.1:1 is held."] };
  await openView("settings", backend);
  const pressFocused = async (selector: string) => {
    find(selector).focus();
    await press(selector);
  };

  await pressFocused("[data-default='retry.attempts']");
  expect(document.activeElement).toBe(find(ATTEMPTS));
  await press(SAVE);
  await pressFocused("[data-action=save-anyway]");
  expect(document.activeElement).toBe(find(SAVE));
  await pressFocused("[data-action=discard]");
  expect(document.activeElement).toBe(find(SAVE));
});
