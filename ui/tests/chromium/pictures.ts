// The pictures in the README: with XSWARM_SCREENSHOTS=1 the tests take them on their way, of what they look at anyway.

import { join } from "node:path";

import type { Page } from "playwright-core";

import type { Ports } from "./station";

const areWanted = process.env["XSWARM_SCREENSHOTS"] === "1";

/** The ports that people know, where they are to be seen. */
export const shownPorts: Ports | undefined = areWanted
  ? { bridge: 9998, supervisor: 9999 }
  : undefined;

/** Sharp on screens of every kind. */
export const sharp = { deviceScaleFactor: areWanted ? 2 : 1 };

/** Takes a picture of all that can be scrolled to, or of what a window shows of it, if any is wanted. */
export async function keep(
  page: Page,
  name: string,
  extent: "all" | "window" = "all",
): Promise<void> {
  if (!areWanted) return;
  const path = join(import.meta.dirname, "../../../.github", `${name}.png`);
  const fullPage = extent === "all";
  await page.screenshot({ path, fullPage, animations: "disabled" });
}
