// The window at every size that it can have, with its text as it is and twice as large: all of it is there, and nothing
// has to be scrolled sideways to be read.

import type { Page } from "playwright-core";
import { expect } from "vitest";

import { test, testInLargeText, type Windows } from "./chromium";
import { look, names } from "./sights";

const sizes = [
  { width: 360, height: 640 },
  { width: 720, height: 760 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
];

async function atEverySize(windows: Windows, name: string): Promise<void> {
  const page = await look(windows, name);
  for (const size of sizes) {
    await page.setViewportSize(size);
    expect(await faults(page), `${size.width}×${size.height}`).toEqual([]);
  }
}

test.for(names)("%s has room at every size", (name, { windows }) =>
  atEverySize(windows, name),
);

testInLargeText.for(names)(
  "%s has room at every size in large text",
  (name, { windows }) => atEverySize(windows, name),
);

testInLargeText("large text is twice as large", async ({ windows }) => {
  const page = await look(windows, "listening");
  const size = await page.evaluate(
    () => getComputedStyle(document.documentElement).fontSize,
  );
  expect(size).toBe("32px");
});

test("text that is cut off, stands out or lies on other text is found", async ({
  windows,
}) => {
  const page = await look(windows, "listening");
  await page.evaluate(() => {
    const style = (selector: string, rules: Partial<CSSStyleDeclaration>) =>
      Object.assign(
        document.querySelector<HTMLElement>(selector)?.style ?? {},
        rules,
      );
    style("[data-fact=headline]", { overflow: "hidden", width: "3rem" });
    style("[data-fact=since]", { marginBlockStart: "-1rem" });
    style("[data-fact=version]", { marginInlineStart: "90vw" });
  });
  const found = (await faults(page)).join("\n");
  expect(found).toContain("scrolls sideways");
  expect(found).toContain("does not fit");
  expect(found).toContain("lies on");
});

test("what is read in the log stays in its place while older lines fall out", async ({
  windows,
}) => {
  const page = await windows.scene("state=listening&talks");
  await page.locator("[data-view=log]").click();
  const oldest = page.locator("[role=log] li").first();
  await oldest.waitFor();
  await page.getByRole("log").evaluate(async (log) => {
    log.scrollTop = 3000;
    await new Promise((resolve) => {
      log.addEventListener("scroll", resolve, { once: true });
    });
  });
  const { first, ...read } = await page.evaluate(inSight);
  let later = await page.evaluate(inSight);
  await expect
    .poll(async () => (later = await page.evaluate(inSight)).first)
    .not.toBe(first);
  expect(later).toMatchObject(read);
});

/** The first line of the log, and the first that is wholly in sight and where it stands. Runs in the page. */
function inSight() {
  const top =
    document.querySelector("[role=log]")?.getBoundingClientRect().top ?? 0;
  const lines = [...document.querySelectorAll("[role=log] li")];
  const line = lines.find((one) => one.getBoundingClientRect().top >= top);
  return {
    first: lines[0]?.textContent,
    read: line?.textContent,
    place: line && Math.round(line.getBoundingClientRect().top - top),
  };
}

/** What can't be read. */
const faults = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const root = document.documentElement;
    const found =
      root.scrollWidth > root.clientWidth
        ? [`the page scrolls sideways, to ${root.scrollWidth} px`]
        : [];
    const within = document.querySelector("dialog[open]") ?? document.body;
    const holds = (element: Element, box: DOMRect) => {
      const { left, right } = element.getBoundingClientRect();
      return box.left > left - 1 && box.right < right + 1;
    };

    // Each word, or each line of it where it goes over several.
    const lines: { text: string; box: DOMRect; floats: boolean }[] = [];
    const texts = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement;
      if (!element?.checkVisibility() || !text.textContent?.trim()) continue;
      // What one chooses from or types into has a place of its own.
      if (element.closest(".unseen, select, textarea")) continue;
      // What is scrolled by itself, or stays while the rest is scrolled, has text above and below it.
      const floats = element.closest(
        "[role=log], pre, .command, .bar, .actions",
      );
      for (const word of text.textContent.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        for (const box of range.getClientRects()) {
          lines.push({ text: word[0], box, floats: floats !== null });
          let out: Element | null = element;
          while (out && holds(out, box)) out = out.parentElement;
          if (out)
            found.push(`"${word[0]}" does not fit in its <${out.localName}>`);
        }
      }
    }

    for (const seen of within.querySelectorAll("button, input, [role=meter]"))
      if (seen.checkVisibility() && seen.getBoundingClientRect().width < 16)
        found.push(`there is no room for <${seen.localName}>`);

    const still = lines.filter(({ floats }) => !floats);
    still.forEach(({ text, box }, place) => {
      for (const other of still.slice(place + 1)) {
        const width =
          Math.min(box.right, other.box.right) -
          Math.max(box.left, other.box.left);
        const height =
          Math.min(box.bottom, other.box.bottom) -
          Math.max(box.top, other.box.top);
        // Letters stand in the middle of their line, with air above and below.
        if (width > 1 && height > box.height / 3)
          found.push(`"${text}" lies on "${other.text}"`);
      }
    });
    return [...new Set(found)];
  });
