// Settings as port 9999 tells them, in the shape that the window knows.

import type { Setting, SettingValue, SettingsForm } from "../src/wire";

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
