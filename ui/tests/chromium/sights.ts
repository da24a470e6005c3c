// Everything that the window can show: its views, its states and its dialogs, over a stand-in.

import type { Page } from "playwright-core";

import type { Looks, Windows } from "./chromium";

/** A sight: the scene that is played, and what is done until it is seen. */
interface Sight {
  query: string;
  until: string;
  reach?: (page: Page) => Promise<void>;
}

const overview = (name: string): Sight => ({
  query: `state=${name}`,
  until: "[data-service=voice_bridge]",
});

const dialog = (name: string): Sight => ({
  query: `state=${name}&ask`,
  until: "dialog[open] [data-action=cancel-free]",
});

const view = (
  name: string,
  until: string,
  reach?: (page: Page) => Promise<void>,
): Sight => ({
  query: "state=listening",
  until,
  reach: async (page) => {
    await page.locator(`[data-view=${name}]`).click();
    await reach?.(page);
  },
});

const scenes = [
  "listening",
  "stopped",
  "waiting",
  "taken_two",
  "taken_foreign",
  "taken_hidden",
  "taken_long",
  "shadowed",
  "crowded",
  "crowded_both",
  "companion_crowded",
  "silent",
  "refused_other",
  "failed",
  "calls",
  "models",
  "turned_away",
  "notes",
];

const sights: Record<string, Sight> = {
  ...Object.fromEntries(scenes.map((name) => [name, overview(name)])),
  "no connection yet": {
    query: "state=connecting",
    until: "[data-fact=connection]",
  },
  "a lost connection": { query: "state=lost", until: "[data-fact=connection]" },
  "no tray": {
    query: "state=listening&no_tray",
    until: "[data-note=no_tray]",
  },
  "the welcome": {
    query: "state=listening&welcome",
    until: "[data-panel=welcome]",
  },
  "a port to be freed": dialog("taken"),
  "two programs to be ended": dialog("taken_two"),
  "a program with much to be told of": dialog("taken_long"),
  "a program that is spared": dialog("taken_foreign"),
  "the view of the test call": view("call", "[data-action=test-call]"),
  "what came of a test call": view(
    "call",
    "[data-panel=call] dd",
    async (page) => {
      await page.locator("[data-action=test-call]").click();
    },
  ),
  "the log": view("log", "[role=log] li"),
  "the settings": view("settings", "[data-setting]"),
  "settings that were changed": view(
    "settings",
    "[data-wrong]:not(:empty)",
    async (page) => {
      await page.locator("[data-setting='retry.jitter']").fill("much");
    },
  ),
  "settings that were saved": view(
    "settings",
    "[data-action=restart-app]",
    async (page) => {
      await page.locator("[data-setting='retry.jitter']").fill("0.5");
      await page.locator("[data-action=save]").click();
    },
  ),
  "the report": view("about", "[data-fact=report]"),
};

/** Shows one of them, as it is in the end. */
export async function look(
  windows: Windows,
  name: string,
  looks?: Looks,
): Promise<Page> {
  const sight = sights[name];
  if (!sight) throw new Error(`there is no sight '${name}'`);
  const page = await windows.scene(sight.query, looks);
  await sight.reach?.(page);
  await page.locator(sight.until).first().waitFor();
  return page;
}

export const names = Object.keys(sights);
