// The log as the window knows it: its lines, which of them are shown, and whether it can be read.

import { reasonOf } from "./answer";
import type { Clock } from "./clock";
import type { Backend } from "./backend";
import type { LogLevel, LogLine } from "./wire";

// As many as the program keeps.
const KEPT = 1000;

const weighty: LogLevel[] = ["ERROR", "WARN"];

export class LogBook {
  lines = $state.raw<LogLine[]>([]);
  trouble = $state.raw<string | null>(null);
  filter = $state("");
  least = $state<"all" | "warnings">("all");
  readonly #backend: Backend;
  readonly #clock: Clock;
  #isAsking = false;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  /** Follows the log until the returned function is called. */
  follow(): () => void {
    void this.#ask();
    return this.#clock.everySecond(() => void this.#ask());
  }

  get shown(): LogLine[] {
    const wanted = this.filter.trim().toLowerCase();
    return this.lines.filter(
      (line) =>
        (this.least === "all" || weighty.includes(line.level)) &&
        `${line.source} ${line.text}`.toLowerCase().includes(wanted),
    );
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const more = await this.#backend.log(this.lines.at(-1)?.number ?? 0);
      if (more.length > 0) this.lines = [...this.lines, ...more].slice(-KEPT);
      this.trouble = null;
    } catch (thrown) {
      this.trouble = reasonOf(thrown);
    }
    this.#isAsking = false;
  }
}
