// Settings and log as port 9999 tells them, in the shapes that the window knows.

import type {
  LogLevel,
  LogLine,
  Setting,
  SettingValue,
  SettingsForm,
} from "../src/wire";

/** Settings in force, by their sections and names. */
export interface Told {
  [name: string]: Told | SettingValue | null;
}

/** The settings as a form. Port 9999 tells neither their file nor their defaults, so what is in force stands for both. */
export function asForm(settings: Told): SettingsForm {
  return {
    path: "not told on port 9999",
    problems: [],
    sections: sections("", settings),
  };
}

function sections(name: string, told: Told): SettingsForm["sections"] {
  const keyed = Object.entries(told).map(
    ([part, value]) => [name ? `${name}.${part}` : part, value] as const,
  );
  const fields = keyed.flatMap(([key, value]) =>
    isSection(value) ? [] : [field(key, value)],
  );
  const inner = keyed.flatMap(([key, value]) =>
    isSection(value) ? sections(key, value) : [],
  );
  return fields.length > 0 ? [{ name, fields }, ...inner] : inner;
}

const isSection = (value: Told | SettingValue | null): value is Told =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const field = (key: string, value: SettingValue | null): Setting => ({
  key,
  text: "",
  default: value ?? "",
  value,
});

const LINE =
  /^(?<at>\S+) +(?<level>ERROR|WARN|INFO|DEBUG|TRACE) (?<source>(?:\w+\{.*?\}:)* ?[\w:]+): (?<text>.*)$/s;

/** The lines of the log, numbered as they come in. */
export class LogLines {
  #raw: string[] = [];
  #lines: LogLine[] = [];

  /** Takes the last lines of the log, of which some are known already, and gives them with their numbers. */
  add(last: string[]): LogLine[] {
    const fresh = last.slice(last.lastIndexOf(this.#raw.at(-1) ?? "") + 1);
    for (const line of fresh) this.#lines.push(this.#read(line));
    this.#lines = this.#lines.slice(-last.length);
    this.#raw = last;
    return this.#lines;
  }

  #read(line: string): LogLine {
    const before = this.#lines.at(-1);
    const parts = LINE.exec(line)?.groups;
    return {
      number: (before?.number ?? 0) + 1,
      at: parts?.["at"] ? Date.parse(parts["at"]) : (before?.at ?? 0),
      level: (parts?.["level"] ?? "INFO") as LogLevel,
      source: (parts?.["source"] ?? "").trim(),
      text: parts?.["text"] ?? line,
    };
  }
}
