// The window without a mouse: everything is reached, and where one is can be seen.

import type { Page } from "playwright-core";
import { expect } from "vitest";

import { test, testInLargeText, type Windows } from "./chromium";
import { look } from "./sights";

const press = (page: Page, key: string) => page.keyboard.press(key);

/** What has the focus, by its hook or its id. */
const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement } = document;
    const { dataset, id } = activeElement as HTMLElement;
    return dataset["action"] ?? dataset["view"] ?? id;
  });

async function tabTo(page: Page, hook: string): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    await press(page, "Tab");
    if ((await focused(page)) === hook) return;
  }
  throw new Error(`Tab does not lead to ${hook}`);
}

test("a port is freed without a mouse, and the focus never gets lost", async ({
  home,
  windows,
}) => {
  await home.foreigner();
  await home.serve();
  const page = await windows.over(home);
  await page
    .locator("[data-service=voice_bridge] [data-state=taken]")
    .waitFor();

  await tabTo(page, "free");
  await press(page, "Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  expect(await focused(page)).toBe("cancel-free");

  await press(page, "Escape");
  await dialog.waitFor({ state: "hidden" });
  expect(await focused(page)).toBe("free");

  await press(page, "Enter");
  await dialog.waitFor();
  await tabTo(page, "confirm-free");
  await press(page, "Enter");
  await page
    .locator("[data-service=voice_bridge] [data-state=listening]")
    .waitFor();
  await dialog.waitFor({ state: "hidden" });
  expect(await focused(page)).toBe("voice_bridge-name");
});

testInLargeText(
  "in a small window the confirmation begins with those who are to be ended",
  async ({ windows }) => {
    const page = await look(windows, "two programs to be ended", SMALL);
    expect(await focused(page)).toBe("cancel-free");
    const title = page.getByRole("heading", { name: /^End these programs/ });
    const top = await title.evaluate(
      (element) => element.getBoundingClientRect().top,
    );
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(SMALL.viewport.height / 4);
    const program = page
      .getByRole("dialog")
      .getByText("python3", { exact: true });
    const bottom = await program.evaluate(
      (element) => element.getBoundingClientRect().bottom,
    );
    expect(bottom).toBeLessThan(SMALL.viewport.height);
  },
);

test("Tab does not leave the confirmation", async ({ windows }) => {
  const page = await look(windows, "a port to be freed");
  for (let step = 0; step < 8; step += 1) {
    await press(page, "Tab");
    const isInside = await page.evaluate(
      () =>
        document.activeElement === document.body ||
        document.activeElement?.closest("dialog") !== null,
    );
    expect(isInside).toBe(true);
  }
});

test("a test call is placed and hung up from the same button, and a double click does not do both", async ({
  windows,
}) => {
  const page = await look(windows, "the view of the test call");
  await page.locator("[data-action=test-call]").dblclick();
  await page.locator("[data-action=hang-up]").waitFor();
  expect(await focused(page)).toBe("hang-up");
  await page.locator("[data-panel=call] dd").first().waitFor();
  expect(await focused(page)).toBe("test-call");
});

test("a double click on Discard does not press the button that comes in its place", async ({
  windows,
}) => {
  for (const viewport of [SMALL.viewport, { width: 960, height: 640 }]) {
    const page = await look(windows, "settings that were saved", { viewport });
    await page.locator("[data-setting='retry.jitter']").fill("0.5");
    await page.locator("[data-action=discard]").dblclick();
    await page.getByText("needs a restart").first().waitFor();
    const restart = page.locator("[data-action=restart-app]");
    expect(await restart.getAttribute("aria-disabled")).toBe("false");
  }
});

test("buttons that go give the focus on", async ({ windows }) => {
  const page = await look(windows, "the welcome");
  await tabTo(page, "welcomed");
  await press(page, "Enter");
  expect(await focused(page)).toBe("voice_bridge-name");

  await tabTo(page, "settings");
  await press(page, "Enter");
  const attempts = page.locator("[data-setting='retry.attempts']");
  await page.locator("[data-default='retry.attempts']").press("Enter");
  expect(await focused(page)).toBe(await attempts.getAttribute("id"));
  await tabTo(page, "discard");
  await press(page, "Enter");
  expect(await focused(page)).toBe("save");
});

const withControls = [
  "taken_two",
  "taken_hidden",
  "no tray",
  "the welcome",
  "two programs to be ended",
  "the view of the test call",
  "the log",
  "settings that were changed",
  "settings that were saved",
  "the report",
];

const SMALL = { viewport: { width: 360, height: 640 } };

const everyControl = async (windows: Windows, name: string) => {
  const page = await look(windows, name, SMALL);
  const all = await page.evaluate(noteControls);
  const reached = new Set<string>();
  // The browser's own controls come in between.
  for (let step = 0; step < all.length + 2; step += 1) {
    await press(page, "Tab");
    const control = await page.evaluate(focusedControl);
    if (control === null) continue;
    expect(control.faults, control.name).toEqual([]);
    reached.add(control.name);
  }
  expect(reached).toEqual(new Set(all));
};

test.for(withControls)(
  "%s: every control is reached with Tab, and seen while it has the focus",
  (name, { windows }) => everyControl(windows, name),
);

testInLargeText.for(withControls)(
  "%s: the same in large text",
  (name, { windows }) => everyControl(windows, name),
);

/** Notes and names all that can have the focus, within the dialog if one is open. Runs in the page. */
function noteControls(): string[] {
  const within = document.querySelector("dialog[open]") ?? document.body;
  const all = within.querySelectorAll<HTMLElement>(
    "button, input, select, textarea, a[href], [tabindex='0']",
  );
  return [...all]
    .filter((one) => one.checkVisibility())
    .map((one, place) => {
      const tag = one.outerHTML.slice(0, one.outerHTML.indexOf(">") + 1);
      return (one.dataset["control"] = `${place}: ${tag}`);
    });
}

/** What has the focus, and what is wrong with how that is seen. Runs in the page. */
function focusedControl(): { name: string; faults: string[] } | null {
  const control = document.activeElement as HTMLElement | null;
  if (!control || control.matches("body, dialog")) return null;
  const name = control.dataset["control"] ?? control.outerHTML;
  const faults: string[] = [];
  const { outlineStyle, outlineWidth } = getComputedStyle(control);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2)
    faults.push("it has no ring");
  const { left, right, top, bottom } = control.getBoundingClientRect();
  const [first, last] = [Math.max(0, top), Math.min(innerHeight, bottom)];
  const most = Math.min(bottom - top, innerHeight);
  if (last - first < most - 2)
    faults.push(`of its ${most} px ${last - first} are in sight`);
  for (const y of [first + 1, (first + last) / 2, last - 1]) {
    const seen = document.elementFromPoint((left + right) / 2, y);
    if (!seen || !(control.contains(seen) || seen.contains(control)))
      faults.push(`it is covered by ${seen?.outerHTML.slice(0, 60)}`);
  }
  return { name, faults };
}
