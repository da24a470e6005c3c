// What people live through with a real station, seen and clicked in the window.

import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

import { test } from "./chromium";
import { keep, sharp } from "./pictures";
import { kill } from "./station";

const TWO_CARDS = { width: 960, height: 600 };
const NARROW = { width: 360, height: 640 };

const card = (page: Page, name = "Voice bridge"): Locator =>
  page.getByRole("article", { name });

const state = (of: Locator, word: string): Locator =>
  of.locator(`[data-state=${word}]`);

const press = (within: Locator, name: RegExp): Promise<void> =>
  within.getByRole("button", { name }).click();

const headline = (page: Page, text: string): Promise<void> =>
  page.getByRole("status").getByText(text, { exact: true }).waitFor();

test("both services are shown as listening", async ({ home, windows }) => {
  await home.serve();
  const page = await windows.over(home);
  await page.getByText("Both services are listening.").waitFor();
  for (const name of ["Voice bridge", "Supervisor"])
    expect(await state(card(page, name), "listening").innerText()).toBe(
      "Listening",
    );
  expect(await card(page).locator("code").allTextContents()).toEqual([
    `127.0.0.1:${home.bridge}`,
    `[::1]:${home.bridge}`,
  ]);
});

test("a foreign program is named, and ended once one agrees, and the port is ours", async ({
  shownHome: home,
  windows,
}) => {
  const { pid } = await home.foreigner();
  await home.serve();
  const page = await windows.over(home, { ...sharp, viewport: TWO_CARDS });
  await state(card(page), "taken").waitFor();
  await card(page)
    .getByText(`Port ${home.bridge} is held by node (${pid}).`)
    .waitFor();
  await keep(page, "window");

  await press(card(page), /^Free the port/);
  const dialog = page.getByRole("dialog", { name: /^End this program/ });
  for (const fact of ["node", `Process ${pid}`, "voice_server.mjs"])
    await dialog.getByText(fact).first().waitFor();
  await page.setViewportSize(NARROW);
  await keep(page, "window-narrow", "window");
  await press(dialog, new RegExp(`^End node \\(${pid}\\)$`));

  await state(card(page), "listening").waitFor();
  await card(page)
    .getByText(
      `Ended node (${pid}). Port ${home.bridge} is listening again after`,
    )
    .waitFor();
  await headline(page, "Both services are listening.");
});

test("a service is restarted, stopped and started from its card", async ({
  home,
  windows,
}) => {
  await home.serve();
  const page = await windows.over(home);
  await press(card(page), /^Restart/);
  await card(page).getByText("Restarted.", { exact: true }).waitFor();
  await state(card(page), "listening").waitFor();

  await press(card(page), /^Stop/);
  await state(card(page), "stopped").waitFor();
  await card(page).getByText("Stopped.", { exact: true }).waitFor();

  await press(card(page), /^Start/);
  await state(card(page), "listening").waitFor();
  await card(page).getByText("Started.", { exact: true }).waitFor();
});

test("the supervisor restarts under the window's own connection", async ({
  home,
  windows,
}) => {
  await home.serve();
  const page = await windows.over(home);
  const supervisor = card(page, "Supervisor");
  const another = page.waitForEvent("websocket");
  await press(supervisor, /^Restart/);
  await another;
  // Over the connection that has ended nothing could be ordered or heard.
  await press(card(page), /^Stop/);
  await state(card(page), "stopped").waitFor();
  expect(await state(supervisor, "listening").count()).toBe(1);
});

test("a call is shown with its levels while it goes on, and as ended after", async ({
  shownHome: home,
  windows,
}) => {
  await home.serve();
  const looks = { colorScheme: "dark", viewport: TWO_CARDS } as const;
  const page = await windows.over(home, { ...sharp, ...looks });
  await page.getByText("No call at the moment.").waitFor();

  const call = home.call();
  const row = page.getByRole("listitem").filter({ hasText: "Call 1" });
  await row.getByText("We speak").waitFor();
  await expect.poll(() => loudness(row, "We"), SOON).toBeGreaterThan(-50);
  await row.getByText("The caller speaks").waitFor();
  await expect.poll(() => loudness(row, "Caller"), SOON).toBeGreaterThan(-30);
  await keep(page, "window-dark");

  await kill(call);
  await page.getByText("No call at the moment.").waitFor();
  await page.getByRole("heading", { name: "Ended lately" }).waitFor();
  await row.getByText("the connection broke").waitFor();
});

const SOON = { timeout: 30_000 };

const loudness = async (row: Locator, whose: string): Promise<number> =>
  Number(
    await row.getByRole("meter", { name: whose }).getAttribute("aria-valuenow"),
  );

test("a station that dies is said not to answer, and is found again when it is back", async ({
  home,
  windows,
}) => {
  const station = await home.serve();
  const page = await windows.over(home);
  await headline(page, "Both services are listening.");

  await kill(station);
  await headline(page, "xSwarm Voice does not answer.");
  await page.getByText("What you see here is how things were at").waitFor();
  expect(await page.locator("article [data-condition=well]").count()).toBe(0);

  await home.serve();
  await headline(page, "Both services are listening.");
});

test("an order that nobody hears is said to have failed", async ({
  home,
  windows,
}) => {
  const station = await home.serve();
  const page = await windows.over(home);
  await state(card(page), "listening").waitFor();
  await kill(station);
  await press(card(page), /^Restart/);
  await card(page)
    .getByText(/^The system did not allow it/)
    .waitFor();
});

test("a wrong token shows nothing and claims nothing", async ({
  home,
  windows,
}) => {
  await home.serve();
  const page = await windows.over(home);
  await page.goto(`${await home.page()}wrong`);
  await page.reload();
  await page.getByText("Nothing is known about its services.").waitFor();
  expect(await page.getByRole("article").count()).toBe(0);
});

test("the other views show what the station tells, and say what only the app can do", async ({
  home,
  windows,
}) => {
  await home.serve();
  const page = await windows.over(home);
  const view = (name: string) =>
    page.getByRole("navigation").getByRole("button", { name }).click();

  await view("Log");
  await page
    .getByRole("log")
    .getByText(`Voice bridge WebSocket server listening port=${home.bridge}`)
    .waitFor();

  await view("Settings");
  const attempts = page.getByRole("textbox", { name: "Attempts" });
  expect(await attempts.inputValue()).toBe("5");
  await attempts.fill("4");
  await page.getByText("1 change, not saved.").waitFor();
  await press(page.getByRole("main"), /^Save$/);
  await page.getByText("only the app changes settings").waitFor();

  await view("Test call");
  await press(page.getByRole("main"), /^Place a test call$/);
  await page.getByText("only the app places test calls").waitFor();

  await view("About");
  await page.getByText("only the app draws up a report").waitFor();
});
