// The window in Chromium. Whatever a test is about, a page that complains to its console fails it.

import {
  chromium as driver,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { expect, inject, test as base } from "vitest";

import { chromium, lacking } from "./lacking";
import { shownPorts } from "./pictures";
import { Home } from "./station";

/** How the window is seen. */
export type Looks = Pick<
  BrowserContextOptions,
  | "viewport"
  | "colorScheme"
  | "forcedColors"
  | "reducedMotion"
  | "deviceScaleFactor"
>;

/** As the app opens it, on a desktop in the light. */
const AS_OPENED = {
  viewport: { width: 720, height: 760 },
  colorScheme: "light",
  forcedColors: "none",
  reducedMotion: "no-preference",
} as const;

const HERE = { locale: "en-GB", timezoneId: "UTC" };

/** A test in Chromium, started with these switches; skipped, and counted as such, where something that it takes is not here. */
function inChromium(...switches: string[]) {
  const test = base
    .extend("browser", { scope: "file" }, async ({}, { onCleanup }) => {
      const browser = await driver.launch({
        ...(chromium === undefined ? {} : { executablePath: chromium }),
        args: switches,
      });
      onCleanup(() => browser.close());
      return browser;
    })
    .extend("stage", { scope: "file" }, async ({ browser }) => {
      const context = await browser.newContext(HERE);
      return context.newPage();
    })
    .extend("windows", ({ browser, stage }, { onCleanup }) => {
      const windows = new Windows(browser, stage);
      onCleanup(() => windows.close());
      return windows;
    })
    .extend("home", async ({}, { onCleanup }) => {
      const home = await Home.for(inject("origin"));
      onCleanup(() => home.leave());
      return home;
    })
    .extend("shownHome", async ({}, { onCleanup }) => {
      const home = await Home.for(inject("origin"), shownPorts);
      onCleanup(() => home.leave());
      return home;
    });
  return lacking === null ? test : test.skip;
}

export const test = inChromium();

/** As for somebody who has set all text twice as large. */
export const testInLargeText = inChromium(
  "--blink-settings=defaultFontSize=32",
);

/** The windows of one test. */
export class Windows {
  readonly #browser: Browser;
  readonly #stage: Page;
  readonly #contexts: BrowserContext[] = [];
  readonly #complaints: string[] = [];

  constructor(browser: Browser, stage: Page) {
    this.#browser = browser;
    this.#stage = stage;
    this.#listenTo(stage);
  }

  /** Shows the window over the station of that home. */
  async over(home: Home, looks?: Looks): Promise<Page> {
    const how = { ...HERE, ...AS_OPENED, ...looks };
    const context = await this.#browser.newContext(how);
    this.#contexts.push(context);
    const page = await context.newPage();
    this.#listenTo(page);
    await page.goto(await home.page());
    return page;
  }

  /** Shows the window over a stand-in that plays a scene, as in `state=taken&ask`, in place of the one before. */
  async scene(query: string, looks?: Looks): Promise<Page> {
    const { viewport, ...media } = { ...AS_OPENED, ...looks };
    // A page is kept for all scenes, for to make one takes longer than to look at it.
    const page = this.#stage;
    await page.setViewportSize(viewport ?? AS_OPENED.viewport);
    await page.emulateMedia(media);
    await page.goto(`${inject("origin")}/?${query}`);
    return page;
  }

  async close(): Promise<void> {
    this.#stage.removeAllListeners("pageerror");
    this.#stage.removeAllListeners("console");
    await Promise.all(this.#contexts.map((one) => one.close()));
    expect(this.#complaints).toEqual([]);
  }

  /** Notes what a page complains of: errors in its code, and what the content security policy keeps it from. */
  #listenTo(page: Page): void {
    page.on("pageerror", (error) => this.#complaints.push(error.message));
    page.on("console", (message) => {
      const { url } = message.location();
      const text = `${message.text()} (${url})`;
      // That nobody is there is what some tests are about, and an icon is what only browsers ask for.
      const isExpected =
        text.includes("net::ERR_CONNECTION") || url.endsWith("/favicon.ico");
      if (message.type() === "error" && !isExpected)
        this.#complaints.push(text);
    });
  }
}
