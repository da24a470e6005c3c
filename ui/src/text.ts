// Pieces of text, made fit to stand in a sentence or to be shown as they are.

import type { LogLine } from "./wire";
import { HIDDEN, LEFT_OUT } from "./wire";

/** `a`, `a and b`, `a, b and c`, each part once. */
export const list = (parts: string[]): string =>
  new Intl.ListFormat("en-GB").format(new Set(parts));

export const capital = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1);

/** The system's own words, closed like a sentence. */
export const sentence = (text: string): string =>
  /[.!?]$/.test(text) ? text : `${text}.`;

/** A text from outside, with nothing in it that could hide or reorder what is shown. */
export const plain = (text: string): string =>
  text.replace(LEFT_OUT, "").replace(HIDDEN, "\u{FFFD}");

/** Whether it is a number in groups of three digits, as `2,000`: some read that as two thousand, others as two. */
export const isGrouped = (text: string): boolean =>
  /^-?[1-9]\d{0,2}([.,]\d{3})+$/.test(text.trim());

/** A command line as it could be typed. */
export function commandLine(parts: string[]): string {
  const quoted = (part: string) => `'${part.replaceAll("'", "'\\''")}'`;
  return parts
    .map((part) => plain(/^[\w./:=@%+,-]+$/.test(part) ? part : quoted(part)))
    .join(" ");
}

/** A line of the log as it is copied. */
export const logLine = ({ at, level, source, text }: LogLine): string =>
  `${new Date(at).toISOString()} ${level.padEnd(5)} ${source}: ${text}`;
