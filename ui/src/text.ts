// Pieces of text, made fit to stand in a sentence or to be shown as they are.

import type { LogLine } from "./wire";
import { secondsUntil, span } from "./clock";
import { HIDDEN, LEFT_OUT, type Piece, type Sentence } from "./wire";

/** `a`, `a and b`, `a, b and c`, each part once. */
export const list = (parts: string[]): string =>
  new Intl.ListFormat("en-GB").format(new Set(parts));

export const capital = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1);

/** The system's own words, closed like a sentence. */
export const sentence = (text: string): string =>
  /[.!?]$/.test(text) ? text : `${text}.`;

/** A piece of a sentence, with the time that is left where it ticks. */
export const piece = (told: Piece, now: number): string =>
  typeof told === "string" ? told : span(secondsUntil(told, now) * 1000);

/** The beginning of a sentence; a name stays as it is. */
export const beginning = (text: string): string =>
  text.startsWith("localhost ") ? text : capital(text);

/** A sentence that came with the snapshot, as it stands by itself. */
export const told = (pieces: Sentence, now: number): string =>
  `${beginning(pieces.map((each) => piece(each, now)).join(""))}.`;

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
