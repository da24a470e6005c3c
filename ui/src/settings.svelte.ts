// The settings as the person is about to change them: drafts, what is wrong with them, and what came of saving.

import { asFailure } from "./answer";
import type { Clock } from "./clock";
import type { Changes, Door, Field, Form, Problem, Value } from "./door";
import { settings as words } from "./words";

/** What came of the last deed. */
export type Outcome =
  | { outcome: "saved" }
  | { outcome: "taken"; sentences: string[] }
  | { outcome: "failed"; reason: string };

// Somebody who types is not asked about every letter.
const PAUSE = 250;

export class Drafts {
  form = $state.raw<Form | null>(null);
  /** What was typed, by setting. */
  typed = $state.raw<Record<string, string | boolean>>({});
  /** Settings that go back to their defaults. */
  reset = $state.raw<string[]>([]);
  problem = $state.raw<Problem | null>(null);
  outcome = $state.raw<Outcome | null>(null);
  isBusy = $state.raw(false);
  readonly #door: Door;
  readonly #clock: Clock;
  #later: () => void = () => undefined;
  #asked = 0;

  constructor(door: Door, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
  }

  /** Reads the file. What was typed stays. */
  async read(): Promise<void> {
    try {
      this.form = await this.#door.settings();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  get fields(): Field[] {
    return this.form?.sections.flatMap(({ fields }) => fields) ?? [];
  }

  /** What stands in the field: what was typed, or else what is in force. */
  shown(field: Field): string | boolean {
    const typed = this.typed[field.key];
    if (typed !== undefined) return typed;
    return asTyped(this.isReset(field) ? field.default : said(field));
  }

  isReset({ key }: Field): boolean {
    return this.reset.includes(key);
  }

  /** Whether the setting will be at its default because nobody says otherwise. */
  isDefault(field: Field): boolean {
    if (this.typed[field.key] !== undefined) return false;
    return this.isReset(field) || field.value === null;
  }

  type(field: Field, text: string | boolean): void {
    const others = without(this.typed, field.key);
    this.typed =
      text === asTyped(said(field)) ? others : { ...others, [field.key]: text };
    this.reset = this.reset.filter((key) => key !== field.key);
    this.#changed();
  }

  toDefault(field: Field): void {
    this.typed = without(this.typed, field.key);
    if (field.value !== null && !this.isReset(field))
      this.reset = [...this.reset, field.key];
    this.#changed();
  }

  discard(): void {
    this.typed = {};
    this.reset = [];
    this.#changed();
  }

  /** How many settings are changed. */
  get count(): number {
    return Object.keys(this.typed).length + this.reset.length;
  }

  /** What is wrong with that setting, if anything. */
  wrong({ key }: Field): string | null {
    const field = this.fields.find((one) => one.key === key);
    if (field && this.#value(field) === undefined) return words.number;
    return this.problem?.key === key
      ? words.problem(this.problem.problem)
      : null;
  }

  /** Whether anything is known to be wrong. */
  get isWrong(): boolean {
    return this.problem !== null || this.#changes() === null;
  }

  async save(evenIfTaken: boolean): Promise<void> {
    const changes = this.#changes();
    if (!changes || this.isBusy || this.count === 0) return;
    this.isBusy = true;
    this.#later();
    this.outcome = null;
    try {
      const saved = await this.#door.saveSettings(changes, evenIfTaken);
      switch (saved.saved) {
        case "written":
          this.typed = {};
          this.reset = [];
          this.problem = null;
          await this.read();
          this.outcome = { outcome: "saved" };
          break;
        case "wrong":
          this.problem = saved.problem;
          break;
        case "taken":
          this.outcome = { outcome: "taken", sentences: saved.sentences };
          break;
      }
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.isBusy = false;
  }

  async restart(): Promise<void> {
    try {
      await this.#door.restart();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #changed(): void {
    this.outcome = null;
    this.problem = null;
    this.#later();
    this.#later = this.#clock.after(PAUSE, () => void this.#check());
  }

  async #check(): Promise<void> {
    const changes = this.#changes();
    this.#asked += 1;
    const asked = this.#asked;
    if (!changes || this.count === 0) return;
    try {
      const problem = await this.#door.checkSettings(changes);
      // What has been typed meanwhile has a question of its own.
      if (asked === this.#asked) this.problem = problem;
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** The changes, or nothing if one of them can't be what it must be. */
  #changes(): Changes | null {
    const changes: Changes = {};
    for (const key of this.reset) changes[key] = null;
    for (const field of this.fields) {
      if (this.typed[field.key] === undefined) continue;
      const value = this.#value(field);
      if (value === undefined) return null;
      changes[field.key] = value;
    }
    return changes;
  }

  /** What was typed, as what the setting must be; nothing if it can't be that. */
  #value(field: Field): Value | undefined {
    const typed = this.typed[field.key];
    if (typed === undefined) return said(field);
    if (typeof typed === "boolean") return typed;
    if (Array.isArray(field.default))
      return typed
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
    if (typeof field.default !== "number") return typed.trim();
    const number = Number(typed.trim().replace(",", "."));
    return typed.trim() === "" || !Number.isFinite(number) ? undefined : number;
  }

  #fail(thrown: unknown): void {
    const failure = asFailure(thrown);
    const reason =
      failure.failure === "system" ? failure.message : failure.failure;
    this.outcome = { outcome: "failed", reason };
  }
}

const said = (field: Field): Value => field.value ?? field.default;

/** A value as it stands in a field. */
function asTyped(value: Value): string | boolean {
  if (typeof value === "boolean") return value;
  return Array.isArray(value) ? value.map(String).join("\n") : String(value);
}

const without = <T>(all: Record<string, T>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([other]) => other !== key));
