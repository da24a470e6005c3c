// What these tests take, and what of it is not here.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The program `xswarm` that they run. */
export const xswarm = process.env["XSWARM"];

/** Chromium, by either of the names that it has on Linux. */
export const chromium = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) =>
    ["chromium", "chromium-browser"].map((name) => join(folder, name)),
  )
  .find((path) => existsSync(path));

/** Why they can't be run, if they can't. */
export const lacking: string | null =
  xswarm === undefined
    ? "XSWARM does not say where the program xswarm is"
    : chromium === undefined
      ? "Chromium is not here"
      : null;
