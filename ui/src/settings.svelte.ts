// The settings as the person is about to change them: drafts, what is wrong with them, and what came of saving.

import { reasonOf } from "./answer";
import type { Clock } from "./clock";
import type { Changes, Backend } from "./backend";
import type {
  Setting,
  SettingValue,
  SettingsForm,
  SettingsProblem,
  SettingsSaved,
} from "./wire";
import { isGrouped } from "./text";
import { settings as words } from "./words";

/** What came of the last deed. */
export type Outcome =
  | { outcome: "taken"; sentences: string[] }
  | { outcome: "failed"; reason: string };

type Draft = string | boolean | null;

// Somebody who types is not asked about every letter.
const PAUSE = 250;

export class Drafts {
  form = $state.raw<SettingsForm | null>(null);
  /** What was typed, by setting, and null for those that go back to their defaults. */
  drafts = $state.raw<Readonly<Record<string, Draft>>>({});
  problem = $state.raw<SettingsProblem | null>(null);
  outcome = $state.raw<Outcome | null>(null);
  isBusy = $state.raw(false);
  /** What is to be said of what was saved last from here. */
  saved = $state.raw("");
  isRestarting = $state.raw(false);
  readonly #backend: Backend;
  readonly #clock: Clock;
  #later: () => void = () => undefined;
  /** Counts the changes, so that an answer is known to be about drafts that are so no more. */
  #version = 0;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  /** Reads the file. What was typed stays, where it isn't what the file says. */
  async read(): Promise<void> {
    try {
      this.form = await this.#backend.settings();
      if (!this.isBusy) this.#prune();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  get fields(): Setting[] {
    return this.form?.sections.flatMap(({ fields }) => fields) ?? [];
  }

  /** What stands in the field: what was typed, or else what is in force. */
  shown(field: Setting): string | boolean {
    const draft = this.drafts[field.key];
    return draft ?? asTyped(draft === null ? field.default : said(field));
  }

  /** What may be chosen for that setting, if it isn't any text: what is in the file stays on offer. */
  choices(field: Setting): string[] | null {
    const choices = words.choices(field.key);
    const there = asTyped(said(field));
    return choices === null || typeof there !== "string"
      ? null
      : [...choices, ...(choices.includes(there) ? [] : [there])];
  }

  /** Whether the setting will be at its default because nobody says otherwise. */
  isDefault({ key, value }: Setting): boolean {
    const draft = this.drafts[key];
    return (draft === undefined ? value : draft) === null;
  }

  type(field: Setting, text: string | boolean): void {
    // While the file is being written, what it said is not what it will say.
    this.#draft(field, text, text !== asTyped(said(field)) || this.isBusy);
  }

  toDefault(field: Setting): void {
    this.#draft(field, null, field.value !== null || this.isBusy);
  }

  discard(): void {
    this.drafts = {};
    this.#changed();
  }

  /** How many settings are changed. */
  get count(): number {
    return Object.keys(this.drafts).length;
  }

  /** What is wrong with that setting, if anything. */
  wrong(field: Setting): string | null {
    if (this.#value(field) === undefined)
      return words.number(this.shown(field));
    return this.problem?.key === field.key
      ? words.problem(this.problem.problem)
      : null;
  }

  /** What is wrong with what the file says of that setting, until something else is to be said. */
  wrongInFile({ key }: Setting): string | null {
    if (this.drafts[key] !== undefined) return null;
    const wrong = this.form?.problems.find((problem) => problem.key === key);
    return wrong ? words.problem(wrong.problem) : null;
  }

  /** What is known to be wrong, if anything, with the name of the setting that it is wrong with. */
  get trouble(): string | null {
    for (const { name, fields } of this.form?.sections ?? [])
      for (const field of fields) {
        const wrong = this.wrong(field);
        if (wrong !== null) return words.wrong(name, field.key, wrong);
      }
    return this.problem && words.wrongInFile(this.problem);
  }

  async save(evenIfTaken: boolean): Promise<void> {
    const changes = this.#changes();
    if (!changes || this.isBusy || this.count === 0) return;
    const sent = this.drafts;
    this.isBusy = true;
    this.#drop();
    const version = this.#version;
    try {
      const saved = await this.#backend.saveSettings(changes, evenIfTaken);
      if (saved.saved === "written") await this.#written(sent, saved.sentence);
      // What has been typed meanwhile may be otherwise.
      else if (version === this.#version) this.#tell(saved);
    } catch (thrown) {
      this.#fail(thrown);
    }
    this.isBusy = false;
    this.#prune();
  }

  async restart(): Promise<void> {
    if (this.isRestarting) return;
    this.isRestarting = true;
    this.outcome = null;
    try {
      await this.#backend.restart();
    } catch (thrown) {
      this.#fail(thrown);
      this.isRestarting = false;
    }
  }

  /** Takes off the drafts that are in the file, but not those that were changed while it was being written. */
  async #written(sent: typeof this.drafts, sentence: string): Promise<void> {
    this.drafts = Object.fromEntries(
      Object.entries(this.drafts).filter(([key, draft]) => sent[key] !== draft),
    );
    this.saved = sentence;
    await this.read();
  }

  #tell(saved: Exclude<SettingsSaved, { saved: "written" }>): void {
    if (saved.saved === "wrong") this.problem = saved.problem;
    else this.outcome = { outcome: "taken", sentences: saved.sentences };
  }

  /** Leaves only what differs from what the file says. */
  #prune(): void {
    for (const field of this.fields) {
      const draft = this.drafts[field.key];
      if (draft === (draft === null ? field.value : asTyped(said(field))))
        this.drafts = without(this.drafts, field.key);
    }
  }

  #draft({ key }: Setting, draft: Draft, isChange: boolean): void {
    const others = without(this.drafts, key);
    this.drafts = isChange ? { ...others, [key]: draft } : others;
    this.#changed();
  }

  #changed(): void {
    this.#drop();
    this.#later = this.#clock.after(PAUSE, () => void this.#check());
  }

  /** Drops what was found out about drafts that are so no more, and what still is to be. */
  #drop(): void {
    this.#version += 1;
    this.#later();
    this.outcome = null;
    this.problem = null;
  }

  async #check(): Promise<void> {
    const changes = this.#changes();
    const version = this.#version;
    if (!changes || this.count === 0) return;
    try {
      const problem = await this.#backend.checkSettings(changes);
      if (version === this.#version) this.problem = problem;
    } catch (thrown) {
      if (version === this.#version) this.#fail(thrown);
    }
  }

  /** The changes, or nothing if one of them can't be what it must be. */
  #changes(): Changes | null {
    const changes: Changes = {};
    for (const field of this.fields) {
      if (this.drafts[field.key] === undefined) continue;
      const value = this.#value(field);
      if (value === undefined) return null;
      changes[field.key] = value;
    }
    return changes;
  }

  /** What was typed, as what the setting must be: null where nothing was, and undefined if it can't be that. */
  #value(field: Setting): SettingValue | null | undefined {
    const draft = this.drafts[field.key] ?? null;
    if (draft === null || typeof draft === "boolean") return draft;
    if (Array.isArray(field.default))
      return draft
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "");
    if (typeof field.default !== "number") return draft.trim();
    return asNumber(draft.trim());
  }

  #fail(thrown: unknown): void {
    this.outcome = { outcome: "failed", reason: reasonOf(thrown) };
  }
}

const said = (field: Setting): SettingValue => field.value ?? field.default;

/** A number with a point or a comma, as people write it. */
function asNumber(text: string): number | undefined {
  if (text === "" || isGrouped(text)) return undefined;
  const number = Number(text.replace(",", "."));
  return Number.isFinite(number) ? number : undefined;
}

/** A value as it stands in a field. */
function asTyped(value: SettingValue): string | boolean {
  if (typeof value === "boolean") return value;
  return Array.isArray(value) ? value.map(String).join("\n") : String(value);
}

const without = <T>(all: Record<string, T>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(all).filter(([other]) => other !== key));
