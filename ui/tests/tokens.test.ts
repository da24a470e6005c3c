// The tokens' promises: text can be read in both colour schemes, and each role has a value in both.

import { describe, expect, test } from "vitest";

import source from "../src/tokens.css?raw";

const [light = "", dark = ""] = source.split(
  "@media (prefers-color-scheme: dark)",
);

function declarations(css: string): Map<string, string> {
  return new Map(
    [...css.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(
      ([, name = "", value = ""]) => [name, value],
    ),
  );
}

const schemes = {
  light: declarations(light),
  dark: new Map([...declarations(light), ...declarations(dark)]),
};

function colour(tokens: Map<string, string>, name: string): string {
  const value = tokens.get(name);
  if (value === undefined) throw new Error(`there is no token ${name}`);
  const reference = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
  return reference ? colour(tokens, reference) : value;
}

function luminance(hex: string): number {
  const digits = /^#([0-9a-f]{6})$/.exec(hex)?.[1];
  if (!digits) throw new Error(`${hex} is not a colour of six digits`);
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort(
    (a, b) => a - b,
  );
  return (lighter + 0.05) / (darker + 0.05);
}

const texts: [text: string, grounds: string[]][] = [
  ["--text", ["--canvas", "--surface", "--surface-inset"]],
  [
    "--text-secondary",
    ["--canvas", "--surface", "--surface-inset", "--control-active"],
  ],
  ["--text-well", ["--surface-well"]],
  ["--text-busy", ["--surface-busy"]],
  [
    "--text-needs-you",
    ["--surface-needs-you", "--canvas", "--surface", "--surface-inset"],
  ],
  ["--text-off", ["--surface-off"]],
  ["--text-control", ["--control", "--control-hover", "--control-active"]],
  ["--text-primary", ["--primary", "--primary-hover", "--primary-active"]],
  ["--text-danger", ["--danger", "--danger-hover", "--danger-active"]],
];

// What is seen and not read: a ring of focus, the switch, the pips.
const shapes: [shape: string, grounds: string[]][] = [
  ["--focus", ["--canvas", "--surface"]],
  ["--primary", ["--canvas"]],
  ["--switch-off", ["--canvas"]],
  ["--switch-on", ["--canvas"]],
  ["--switch-knob", ["--switch-off", "--switch-on"]],
  ["--text-busy", ["--surface"]],
  ["--text-needs-you", ["--surface"]],
];

const pairs = (table: [string, string[]][]) =>
  table.flatMap(([front, grounds]) =>
    grounds.map((ground): [string, string] => [front, ground]),
  );

describe.each(Object.entries(schemes))("in the %s scheme", (_, tokens) => {
  test.each(pairs(texts))("%s is legible on %s", (front, ground) => {
    expect(
      contrast(colour(tokens, front), colour(tokens, ground)),
    ).toBeGreaterThanOrEqual(4.5);
  });

  test.each(pairs(shapes))("%s is visible on %s", (front, ground) => {
    expect(
      contrast(colour(tokens, front), colour(tokens, ground)),
    ).toBeGreaterThanOrEqual(3);
  });
});

test("the measure is that of WCAG", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

test("every text role has been measured", () => {
  const roles = [...schemes.light.keys()].filter((name) =>
    /^--text(-|$)/.test(name),
  );
  expect(new Set(texts.map(([text]) => text))).toEqual(new Set(roles));
});

test("every colour role has its own value in the dark", () => {
  const isRole = ([name, value]: [string, string]) =>
    value.startsWith("var(--") && !name.startsWith("--ink");
  const roles = [...schemes.light].filter(isRole).map(([name]) => name);
  expect([...declarations(dark).keys()]).toEqual(expect.arrayContaining(roles));
});
