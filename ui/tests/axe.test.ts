// Each view and the states in which people need help, held against the rules of axe: names, roles, structure. Colours
// are held against WCAG in tokens.test.ts, for there is no layout here.

import axe from "axe-core";
import { expect, test } from "vitest";

import { heardBack, wrong } from "../dev/fixtures";
import { FakeBackend, scene, settled } from "./fakes";
import { openWindow, press } from "./window";

async function complaints(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html }) => `${id}: ${html}`),
  );
}

test.each([
  "listening",
  "waiting",
  "taken",
  "shadowed",
  "crowded_both",
  "calls",
  "models",
  "turned_away",
  "notes",
])("the overview of '%s' keeps the rules", async (name) => {
  await openWindow(new FakeBackend(scene(name)));
  expect(await complaints()).toEqual([]);
});

test.each(["call", "log", "settings", "about"])(
  "the view '%s' keeps the rules",
  async (view) => {
    await openWindow();
    await press(`[data-view=${view}]`);
    expect(await complaints()).toEqual([]);
  },
);

test("the welcome keeps the rules", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.isFirst = true;
  await openWindow(backend);
  expect(await complaints()).toEqual([]);
});

test("what came of a test call keeps the rules", async () => {
  const { backend } = await openWindow();
  await press("[data-view=call]");
  await press("[data-action=test-call]");
  backend.endCall(heardBack());
  await settled();
  expect(await complaints()).toEqual([]);
});

test("a wrong setting keeps the rules", async () => {
  const backend = new FakeBackend(scene("listening"));
  backend.form = {
    ...backend.form,
    problems: [wrong("retry.attempts", "must be at least 1", 1)],
  };
  await openWindow(backend);
  await press("[data-view=settings]");
  expect(await complaints()).toEqual([]);
});
