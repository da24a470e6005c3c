// Plays the program behind the window in a plain browser: `?state=taken` shows that scene, `&ask` opens its
// confirmation, `&no_tray` takes the tray away, `&welcome` is the first run, `&talks` fills the log as one looks;
// `?state=connecting` and `?state=lost` play a program that is silent.

import type { Clock } from "../src/clock";
import type { Backend } from "../src/backend";
import { holders } from "../src/service";
import type { Failure, Order, Outcome, Service, Snapshot } from "../src/wire";
import {
  chosen,
  form,
  heardBack,
  lines,
  needsRestart,
  report,
  restartNeeded,
  talk,
  written,
} from "./fixtures";
import { scenes } from "./scenes";
import { servers } from "./servers";

const THINKING = 700;

export function standIn(search: string, clock: Clock): Backend {
  const query = new URLSearchParams(search);
  const name = query.get("state") ?? "listening";
  const scene = scenes[name] ?? scenes["listening"];
  if (!scene) throw new Error("there is no scene");
  console.info("Scenes:", "connecting", "lost", ...Object.keys(scenes));

  const begun = clock.now();
  let current = scene(begun);
  let isAtLogin = false;
  const listeners = new Set<(snapshot: Snapshot) => void>();
  const replace = (service: Service) => {
    current = {
      ...current,
      services: current.services.map((old) =>
        old.name === service.name ? service : old,
      ),
    };
    for (const listener of listeners) listener(current);
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      clock.after(THINKING, resolve);
    });

  return {
    snapshot: () => {
      if (name === "connecting") return new Promise(() => undefined);
      if (name === "lost") return Promise.reject(new Error("nobody is there"));
      return Promise.resolve(current);
    },
    onSnapshot: (show) => {
      listeners.add(show);
      return Promise.resolve(() => {
        listeners.delete(show);
      });
    },
    order: async (order) => {
      await pause();
      const service = current.services.find(
        (one) => one.name === order.service,
      );
      if (!service)
        throw {
          failure: "not_here",
          service: order.service,
        } satisfies Failure as unknown as Error;
      const outcome = carryOut(order, service, clock.now());
      replace(outcome.service);
      return outcome;
    },
    chooseEngine: async ({ engine, server }) => {
      await pause();
      const engines = current.engines.map((offer) => ({
        ...offer,
        is_chosen: String(offer.choice) === String(engine),
      }));
      const found = current.found.filter(({ url }) => url !== server);
      current = { ...current, engines, found };
      for (const listener of listeners) listener(current);
      return chosen(engine);
    },
    steer: () => Promise.reject(new Error("nobody would hear it")),
    onConfirmFree: () => Promise.resolve(() => undefined),
    pendingConfirmation: () =>
      Promise.resolve(query.has("ask") ? "voice_bridge" : null),
    desktop: () =>
      Promise.resolve({ tray: !query.has("no_tray"), all_are_asked: true }),
    quit: () => Promise.resolve(),
    launchAtLogin: () => Promise.resolve(isAtLogin),
    setLaunchAtLogin: (on) => {
      isAtLogin = on;
      return Promise.resolve();
    },
    restart: () => Promise.resolve(),
    settings: () => Promise.resolve(form()),
    checkSettings: () => Promise.resolve(null),
    saveSettings: () => {
      current = { ...current, notes: [restartNeeded], remarks: [needsRestart] };
      for (const listener of listeners) listener(current);
      return Promise.resolve(written);
    },
    log: (after) => {
      const now = clock.now();
      const all = query.has("talks") ? talk(begun, now) : lines(now);
      return Promise.resolve(all.filter(({ number }) => number > after));
    },
    openLogs: () => Promise.resolve(),
    report: () => Promise.resolve(report()),
    knownServers: async () => {
      await pause();
      return servers();
    },
    testCall: async () => {
      await pause();
      return heardBack();
    },
    endTestCall: () => Promise.resolve(),
    isFirstRun: () => Promise.resolve(query.has("welcome")),
    wasWelcomed: () => Promise.resolve(),
    copy: (text) => navigator.clipboard.writeText(text),
  };
}

function carryOut(order: Order, service: Service, now: number): Outcome {
  if (order.order === "stop")
    return { outcome: "done", service: as("stopped", service, now) };
  if (order.order === "start" && holders(service).length > 0)
    return { outcome: "done", service };
  const running = as("listening", service, now);
  if (order.order !== "free_port") return { outcome: "done", service: running };
  const ended = holders(service).map(({ identity, name }) => ({
    identity,
    name,
    force: "polite" as const,
  }));
  return { outcome: "freed", ended, took_ms: 412, service: running };
}

/** The service as the voice bridge is in that scene. */
function as(scene: string, service: Service, now: number): Service {
  const { name, title, purpose, deed, address, port } = service;
  const known = { name, title, purpose, deed, address, port };
  return { ...service, ...scenes[scene]?.(now).services[0], ...known };
}
