// A backend and a clock that tests hold in their hands.

import { tick } from "svelte";

import { chosen, form, lines, report, written } from "../dev/fixtures";
import { scenes } from "../dev/scenes";
import { servers } from "../dev/servers";
import type { Clock } from "../src/clock";
import type { Changes, Backend } from "../src/backend";
import type {
  CallOrder,
  CallOutcome,
  DesktopOffers,
  EngineChosen,
  EngineOrder,
  Failure,
  Order,
  Outcome,
  ServiceName,
  SettingsProblem,
  SettingsSaved,
  Snapshot,
  TestCall,
} from "../src/wire";

/** Sunday, 22 November 2026, 21:04:05 UTC. */
export const NOW = Date.UTC(2026, 10, 22, 21, 4, 5);

export function scene(name: string, now = NOW): Snapshot {
  const made = scenes[name];
  if (!made) throw new Error(`there is no scene '${name}'`);
  return made(now);
}

/** Time that passes only when it is told to. */
export class FakeClock implements Clock {
  #now = NOW;
  readonly #ticks = new Set<() => void>();
  readonly #later = new Set<{ at: number; then: () => void }>();

  now(): number {
    return this.#now;
  }

  everySecond(tick: () => void): () => void {
    this.#ticks.add(tick);
    return () => {
      this.#ticks.delete(tick);
    };
  }

  after(milliseconds: number, then: () => void): () => void {
    const entry = { at: this.#now + milliseconds, then };
    this.#later.add(entry);
    return () => {
      this.#later.delete(entry);
    };
  }

  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.#now += 1000;
      for (const entry of [...this.#later]) {
        if (entry.at > this.#now) continue;
        this.#later.delete(entry);
        entry.then();
      }
      for (const each of this.#ticks) each();
      await settled();
    }
  }
}

/** Resolves when all that was answered has been shown. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await tick();
}

/** The same after these settings were changed in their file. */
export const needingRestart = (
  snapshot: Snapshot,
  settings: string[],
): Snapshot => ({
  ...snapshot,
  notes: [
    {
      note: "restart_needed",
      path: "settings.toml",
      settings,
      problem: null,
      only_this_machine: false,
    },
  ],
  remarks: [`Saved, but needs a restart: ${settings.join(", ")}.`],
});

/** What an order is answered with. */
export type Reply = { outcome: Outcome } | { failure: Failure };

/** A program behind the window that does what the test says and remembers what it was asked. */
export class FakeBackend implements Backend {
  readonly orders: Order[] = [];
  readonly steered: CallOrder[] = [];
  /** Ends the last of those orders. */
  endSteering: (end: CallOutcome | Failure) => Promise<void> = settled;
  readonly replies: ((order: Order) => Promise<Outcome>)[] = [];
  now: Snapshot;
  isDumb = false;
  isGone = false;
  wanted: ServiceName | null = null;
  shell: DesktopOffers = { tray: true, all_are_asked: true };
  isAtLogin = false;
  hasQuit = false;
  hasRestarted = false;
  form = form();
  readonly checked: Changes[] = [];
  wrong: SettingsProblem | null = null;
  readonly saves: { changes: Changes; evenIfTaken: boolean }[] = [];
  saved: SettingsSaved = written;
  readonly chosen: EngineOrder[] = [];
  /** Why nothing can be chosen, if nothing can. */
  unchosen: Failure | null = null;
  logLines = lines(NOW);
  logTrouble: string | null = null;
  openTrouble: string | null = null;
  told = report();
  servers = servers();
  surveyTrouble: string | null = null;
  endCall: (result: TestCall) => void = () => undefined;
  isFirst = false;
  copied = "";
  #show: (snapshot: Snapshot) => void = () => undefined;
  #ask: (service: ServiceName) => void = () => undefined;

  constructor(now: Snapshot) {
    this.now = now;
  }

  /** Answers the next order so. */
  willReply(reply: Reply): void {
    this.replies.push(() => {
      if ("outcome" in reply) return Promise.resolve(reply.outcome);
      // A failure crosses the process boundary as plain data, not as an Error.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(reply.failure);
    });
  }

  async tell(snapshot: Snapshot): Promise<void> {
    this.now = snapshot;
    this.#show(snapshot);
    await settled();
  }

  async askToConfirm(service: ServiceName): Promise<void> {
    this.#ask(service);
    await settled();
  }

  snapshot(): Promise<Snapshot> {
    if (this.isDumb) return new Promise(() => undefined);
    return this.isGone
      ? Promise.reject(new Error("gone"))
      : Promise.resolve(this.now);
  }

  onSnapshot(show: (snapshot: Snapshot) => void) {
    this.#show = show;
    return Promise.resolve(() => undefined);
  }

  order(order: Order): Promise<Outcome> {
    this.orders.push(order);
    const reply = this.replies.shift();
    return reply ? reply(order) : new Promise(() => undefined);
  }

  steer(order: CallOrder): Promise<CallOutcome> {
    this.steered.push(order);
    return new Promise((resolve, reject) => {
      this.endSteering = (end) => {
        // A failure crosses the process boundary as plain data, not as an Error.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        if ("failure" in end) reject(end);
        else resolve(end);
        return settled();
      };
    });
  }

  chooseEngine(order: EngineOrder): Promise<EngineChosen> {
    this.chosen.push(order);
    if (this.unchosen === null) return Promise.resolve(chosen(order.engine));
    // A failure crosses the process boundary as plain data, not as an Error.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return Promise.reject(this.unchosen);
  }

  onConfirmFree(ask: (service: ServiceName) => void) {
    this.#ask = ask;
    return Promise.resolve(() => undefined);
  }

  pendingConfirmation = () => Promise.resolve(this.wanted);
  desktop = () => Promise.resolve(this.shell);
  launchAtLogin = () => Promise.resolve(this.isAtLogin);

  setLaunchAtLogin(on: boolean) {
    this.isAtLogin = on;
    return Promise.resolve();
  }

  quit() {
    this.hasQuit = true;
    return Promise.resolve();
  }

  restart() {
    this.hasRestarted = true;
    return Promise.resolve();
  }

  settings = () => Promise.resolve(this.form);

  checkSettings(changes: Changes) {
    this.checked.push(changes);
    return Promise.resolve(this.wrong);
  }

  saveSettings(changes: Changes, evenIfTaken: boolean): Promise<SettingsSaved> {
    this.saves.push({ changes, evenIfTaken });
    if (this.saved.saved === "written") {
      this.now = needingRestart(this.now, Object.keys(changes));
      this.#show(this.now);
    }
    return Promise.resolve(this.saved);
  }

  log = (after: number) =>
    this.logTrouble === null
      ? Promise.resolve(this.logLines.filter(({ number }) => number > after))
      : Promise.reject(new Error(this.logTrouble));

  openLogs = () =>
    this.openTrouble === null
      ? Promise.resolve()
      : Promise.reject(new Error(this.openTrouble));

  report = () => Promise.resolve(this.told);

  knownServers = () =>
    this.surveyTrouble === null
      ? Promise.resolve(this.servers)
      : Promise.reject(new Error(this.surveyTrouble));

  testCall(): Promise<TestCall> {
    return new Promise((resolve) => (this.endCall = resolve));
  }

  endTestCall() {
    this.endCall({ call: "hung_up" });
    return Promise.resolve();
  }

  isFirstRun = () => Promise.resolve(this.isFirst);

  wasWelcomed() {
    this.isFirst = false;
    return Promise.resolve();
  }

  copy(text: string) {
    this.copied = text;
    return Promise.resolve();
  }
}
