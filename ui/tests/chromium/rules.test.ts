// Each view, state and dialog, held against the rules of axe where it is drawn, and so with the contrast of its colours.

import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

import { test } from "./chromium";
import { look, names } from "./sights";

async function complaints(page: Page, rules?: string[]): Promise<string[]> {
  return page.evaluate(async (runOnly) => {
    const { violations } = await window.axe.run(runOnly ? { runOnly } : {});
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, any }) =>
        [id, html, ...any.map(({ message }) => message)].join(": "),
      ),
    );
  }, rules);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}

test.for(names)(
  "%s keeps the rules in light and dark",
  async (name, { windows }) => {
    // A colour on its way to another is neither.
    const page = await look(windows, name, { reducedMotion: "reduce" });
    await page.evaluate(axe.source);
    expect(await complaints(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await complaints(page, ["color-contrast"])).toEqual([]);
  },
);

test("a contrast that is too low is found", async ({ windows }) => {
  const page = await windows.scene("state=listening");
  await page.evaluate(axe.source);
  const text = page.locator("[data-fact=sentence]").first();
  await text.evaluate((element) => (element.style.color = "#999"));
  expect((await complaints(page)).join()).toContain("color-contrast");
});
