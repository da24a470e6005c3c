// The whole window over a fake backend, and the hooks by which desktop tests find its parts too.

import { render } from "@testing-library/svelte";

import App from "../src/App.svelte";
import type { ServiceName } from "../src/wire";
import { FakeClock, FakeBackend, scene, settled } from "./fakes";

export async function openWindow(
  backend = new FakeBackend(scene("listening")),
) {
  const clock = new FakeClock();
  render(App, { backend, clock });
  await settled();
  return { backend, clock };
}

export async function openView(
  view: string,
  backend = new FakeBackend(scene("listening")),
) {
  const opened = await openWindow(backend);
  await press(`[data-view=${view}]`);
  return opened;
}

export function find(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
}

export const isThere = (selector: string): boolean =>
  document.querySelector(selector) !== null;

/** The text as it is read, with all white space as one blank. */
export const text = (selector: string): string =>
  find(selector).textContent.replace(/\s+/g, " ").trim();

export const inCard = (service: ServiceName, selector: string): string =>
  `[data-service="${service}"] ${selector}`;

export const buttons = (service: ServiceName): string[] =>
  [
    ...document.querySelectorAll<HTMLElement>(inCard(service, "[data-action]")),
  ].map(({ dataset }) => dataset["action"] ?? "");

export async function press(selector: string): Promise<void> {
  find(selector).click();
  await settled();
}

export async function type(selector: string, value: string): Promise<void> {
  const field = find(selector) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await settled();
}
