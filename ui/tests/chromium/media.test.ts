// The window for people who have told their system what they need: less motion, or colours of their own.

import type { Locator, Page } from "playwright-core";
import { describe, expect } from "vitest";

import { test } from "./chromium";
import { look } from "./sights";

/** What moves, or would. Runs in the page. */
function moving(): string[] {
  return [...document.querySelectorAll("*")].flatMap((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    const isStill = animationName === "none" && transitionDuration === "0s";
    return isStill ? [] : [element.outerHTML.slice(0, 80)];
  });
}

test.for(["waiting", "calls", "settings that were changed"])(
  "%s: nothing moves for people who want less motion",
  async (name, { windows }) => {
    const page = await look(windows, name, { reducedMotion: "reduce" });
    expect(await page.evaluate(moving)).toEqual([]);
    expect(await animations(page)).toBe(0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await page.evaluate(moving)).not.toEqual([]);
  },
);

const animations = (page: Page): Promise<number> =>
  page.evaluate(() => document.getAnimations().length);

test("without that wish a mark turns while something is under way", async ({
  windows,
}) => {
  const page = await look(windows, "waiting");
  expect(await animations(page)).toBeGreaterThan(0);
});

describe.each(["light", "dark"] as const)(
  "with forced colours on %s ground",
  (colorScheme) => {
    const looks = { forcedColors: "active", colorScheme } as const;

    test("the marks of the four conditions have four shapes", async ({
      windows,
    }) => {
      const mark = "[data-service=voice_bridge] header svg";
      const marks: string[] = [];
      for (const name of ["stopped", "waiting", "listening", "taken_two"]) {
        const still = { ...looks, reducedMotion: "reduce" } as const;
        const page = await look(windows, name, still);
        const shown = await picture(page.locator(mark));
        for (const other of marks)
          expect(await difference(page, shown, other)).toBeGreaterThan(0.1);
        marks.push(shown);
      }
    });

    test("what is used, on, loud or out of order is told from what is not", async ({
      windows,
    }) => {
      const waiting = await look(windows, "waiting", looks);
      const pips = waiting.locator("[data-service=voice_bridge] .pips span");
      const used = await picture(pips.first());
      expect(
        await difference(waiting, used, await picture(pips.last())),
      ).toBeGreaterThan(0.1);

      const calls = await look(windows, "calls", looks);
      const meters = calls.locator("[data-call='7']").getByRole("meter");
      const loud = await picture(meters.first());
      expect(
        await difference(calls, loud, await picture(meters.last())),
      ).toBeGreaterThan(0.1);

      const settings = await look(windows, "the settings", {
        ...looks,
        reducedMotion: "reduce",
      });
      const login = settings.getByRole("switch");
      const off = await picture(login);
      await login.click();
      await settings.getByRole("switch", { checked: true }).waitFor();
      expect(
        await difference(settings, off, await picture(login)),
      ).toBeGreaterThan(0.1);

      const save = settings.locator("[data-action=save]");
      const disabled = await colour(save);
      await settings.locator("[data-setting='retry.jitter']").fill("0.5");
      await settings
        .locator("[data-action=save][aria-disabled=false]")
        .waitFor();
      expect(await colour(save)).not.toBe(disabled);
    });
  },
);

const colour = (of: Locator): Promise<string> =>
  of.evaluate((element) => getComputedStyle(element).color);

const picture = async (of: Locator): Promise<string> =>
  (await of.screenshot()).toString("base64");

/** Which part of two pictures is light in one and dark in the other. */
const difference = (judge: Page, one: string, other: string): Promise<number> =>
  judge.evaluate(
    async (pictures) => {
      const [some, others] = await Promise.all(
        pictures.map(async (picture) => {
          const image = new Image();
          image.src = `data:image/png;base64,${picture}`;
          await image.decode();
          const { width, height } = image;
          const canvas = new OffscreenCanvas(width, height);
          const context = canvas.getContext("2d");
          context?.drawImage(image, 0, 0);
          const { data } = context?.getImageData(0, 0, width, height) ?? {};
          return [...(data ?? [])].filter((_, place) => place % 4 === 1);
        }),
      );
      if (!some || !others) return 0;
      const unlike = some.filter(
        (green, place) => Math.abs(green - (others[place] ?? 0)) > 96,
      );
      return unlike.length / some.length;
    },
    [one, other],
  );
