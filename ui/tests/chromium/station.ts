// The real station in a folder and on ports of its own, and the programs that have to do with it.

import {
  spawn,
  type ChildProcess,
  type StdioOptions,
} from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { xswarm } from "./lacking";

const VOICE = join(
  import.meta.dirname,
  "../../../src-tauri/crates/audio/tests/data/voice.wav",
);

export interface Ports {
  bridge: number;
  supervisor: number;
}

/** A folder with settings, and all programs that were started for it. */
export class Home {
  readonly #programs: ChildProcess[] = [];

  /** A home whose supervisor lets pages of that origin in. */
  static async for(origin: string, ports?: Ports): Promise<Home> {
    const folder = await mkdtemp(join(tmpdir(), "xswarm-home-"));
    const { bridge, supervisor } = ports ?? {
      bridge: await freePort(),
      supervisor: await freePort(),
    };
    const settings = `[voice_bridge]
address = "127.0.0.1:${bridge}"
[supervisor]
address = "127.0.0.1:${supervisor}"
[supervisor.limits]
origins = ["${origin}"]
[retry]
first_delay = 0.05
`;
    await writeFile(join(folder, "settings.toml"), settings);
    return new Home(folder, origin, bridge, supervisor);
  }

  private constructor(
    readonly folder: string,
    readonly origin: string,
    readonly bridge: number,
    readonly supervisor: number,
  ) {}

  /** The page that shows this home's station. */
  async page(): Promise<string> {
    const token = (await readFile(join(this.folder, "token"), "utf8")).trim();
    return `${this.origin}/#supervisor=127.0.0.1:${this.supervisor}&token=${token}`;
  }

  /** Runs both services. Resolves when the supervisor can be asked. */
  async serve(): Promise<ChildProcess> {
    const station = this.#start(
      program(),
      ["serve"],
      ["ignore", "ignore", "pipe"],
    );
    await said(
      station,
      station.stderr,
      "Supervisor WebSocket server listening",
    );
    return station;
  }

  /** A foreign program that holds the bridge's port. */
  async foreigner(): Promise<ChildProcess> {
    await writeFile(join(this.folder, "voice_server.mjs"), HOLDING);
    const words = ["voice_server.mjs", String(this.bridge)];
    const holder = this.#start(process.execPath, words, [
      "pipe",
      "pipe",
      "inherit",
    ]);
    await said(holder, holder.stdout, "listening");
    return holder;
  }

  /** A phone call to the bridge: it hears the greeting, speaks, hears what comes back and hangs up. */
  call(): ChildProcess {
    return this.#start(program(), ["call", VOICE], "ignore");
  }

  /** Ends every program and removes the folder. */
  async leave(): Promise<void> {
    await Promise.all(this.#programs.map(kill));
    await rm(this.folder, { recursive: true });
  }

  #start(path: string, words: string[], stdio: StdioOptions): ChildProcess {
    const { SUPERVISOR_TOKEN, RUST_LOG, ...env } = process.env;
    const child = spawn(path, words, {
      cwd: this.folder,
      env: { ...env, XSWARM_HOME: this.folder },
      stdio,
    });
    this.#programs.push(child);
    return child;
  }
}

/** Ends a program at once, as a crash does. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

// It ends with whoever holds the other end of its input.
const HOLDING = `import { createServer } from "node:net";
createServer().listen(Number(process.argv[2]), "127.0.0.1", () => console.log("listening"));
process.stdin.on("end", () => process.exit()).resume();
`;

function program(): string {
  if (xswarm === undefined) throw new Error("XSWARM is not set");
  return xswarm;
}

/** Resolves when the program has said that. What it says further is read, and not kept. */
async function said(
  child: ChildProcess,
  output: Readable | null,
  text: string,
): Promise<void> {
  if (!output) throw new Error("the program's output is not read");
  const before: string[] = [];
  const lines = createInterface(output);
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      before.push(line);
      if (line.includes(text)) resolve();
    });
    lines.on("close", () => {
      reject(new Error(`it never said '${text}', but: ${before.join("\n")}`));
    });
  });
  lines.removeAllListeners().on("line", () => undefined);
}

// Below the ports that systems give to connections, so that nobody else takes it before it is used.
let next = 17_000 + (process.pid % 90) * 30;

async function freePort(): Promise<number> {
  for (;;) {
    next += 1;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => {
        resolve(false);
      });
      server.listen(next, "127.0.0.1", () => {
        resolve(true);
      });
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return next;
  }
}
