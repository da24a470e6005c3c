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

/** How the window is seen, where that is not as the app opens it on a desktop in the light. */
export type Looks = Omit<BrowserContextOptions, "baseURL">;

const AS_OPENED: Looks = {
  viewport: { width: 720, height: 760 },
  colorScheme: "light",
  locale: "en-GB",
  timezoneId: "UTC",
};

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
    .extend("windows", ({ browser }, { onCleanup }) => {
      const windows = new Windows(browser);
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
  readonly #contexts: BrowserContext[] = [];
  readonly #complaints: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Shows the window over the station of that home. */
  async over(home: Home, looks?: Looks): Promise<Page> {
    return this.#open(await home.page(), looks);
  }

  /** Shows the window over a stand-in that plays a scene, as in `state=taken&ask`. */
  async scene(query: string, looks?: Looks): Promise<Page> {
    return this.#open(`${inject("origin")}/?${query}`, looks);
  }

  async #open(address: string, looks: Looks = {}): Promise<Page> {
    const context = await this.#browser.newContext({ ...AS_OPENED, ...looks });
    this.#contexts.push(context);
    const page = await context.newPage();
    listenTo(page, this.#complaints);
    await page.goto(address);
    return page;
  }

  async close(): Promise<void> {
    await Promise.all(this.#contexts.map((one) => one.close()));
    expect(this.#complaints).toEqual([]);
  }
}

/** Notes what a page complains of: errors in its code, and what the content security policy keeps it from. */
function listenTo(page: Page, complaints: string[]): void {
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    const { url } = message.location();
    const text = `${message.text()} (${url})`;
    // That nobody is there is what some tests are about, and an icon is what only browsers ask for.
    const isExpected =
      text.includes("net::ERR_CONNECTION") || url.endsWith("/favicon.ico");
    if (message.type() === "error" && !isExpected) complaints.push(text);
  });
}
