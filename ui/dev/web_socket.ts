// The backend over the supervisor's WebSocket: in a plain browser it leads to a real xSwarm Voice, as far as port 9999 goes.
// What only the app can do is refused in words.

import type { Backend } from "../src/backend";
import type {
  EngineChosen,
  Failure,
  LogLine,
  Order,
  Outcome,
  SettingsForm,
  Snapshot,
} from "../src/wire";
import { asForm, type Told } from "./settings_form";

/** Where the supervisor is, and the token that it asks for. */
export interface Way {
  address: string;
  token: string;
}

/** What the supervisor says, as far as this backend asks for it. */
type Message = { id?: number } & (
  | { type: "auth_result"; success: boolean; message: string }
  | { type: "subscribed" }
  | { type: "status"; snapshot: Snapshot }
  | ({ type: "outcome" } & Outcome)
  | ({ type: "engine_chosen" } & EngineChosen)
  | ({ type: "failure" } & Failure)
  | { type: "settings"; settings: Told }
  | { type: "logs"; entries: LogLine[] }
  | { type: "quitting" }
  | { type: "error"; message: string }
);

type Of<Type extends Message["type"]> = Extract<Message, { type: Type }>;

/** As many as are kept. */
const LINES = 1000;

export function webSocket(way: Way): Backend {
  const supervisor = new Supervisor(way);
  const ask = <Type extends Message["type"]>(type: Type, command: Command) =>
    supervisor.ask(type, command);
  return {
    snapshot: async () => (await ask("status", { type: "status" })).snapshot,
    onSnapshot: (show) => Promise.resolve(supervisor.listen(show)),
    order: async (order) =>
      plain<Outcome>(await ask("outcome", asCommand(order))),
    chooseEngine: async (order) =>
      plain<EngineChosen>(
        await ask("engine_chosen", { type: "choose_engine", ...order }),
      ),
    steer: () =>
      Promise.reject(new Error("xswarm suggest and xswarm say steer calls")),
    onConfirmFree: () => Promise.resolve(() => undefined),
    pendingConfirmation: () => Promise.resolve(null),
    // A page in a browser is closed and found again as one is used to, so nothing has to be said of a tray.
    desktop: () => Promise.resolve({ tray: true, all_are_asked: true }),
    quit: async () => {
      await ask("quitting", { type: "quit" });
    },
    launchAtLogin: () => refused("knows what starts at login"),
    setLaunchAtLogin: () => refused("changes what starts at login"),
    restart: () => refused("starts itself afresh"),
    settings: async (): Promise<SettingsForm> =>
      asForm((await ask("settings", { type: "settings" })).settings),
    checkSettings: () => refused("changes settings"),
    saveSettings: () => refused("changes settings"),
    log: async (after): Promise<LogLine[]> =>
      (await ask("logs", { type: "logs", lines: LINES })).entries.filter(
        ({ number }) => number > after,
      ),
    openLogs: () => refused("opens folders"),
    report: () => refused("draws up a report"),
    knownServers: () => refused("looks at its machine"),
    testCall: () => refused("places test calls"),
    endTestCall: () => refused("places test calls"),
    isFirstRun: () => Promise.resolve(false),
    wasWelcomed: () => Promise.resolve(),
    copy: (text) => navigator.clipboard.writeText(text),
  };
}

const refused = (deed: string): Promise<never> =>
  Promise.reject(
    new Error(`only the app ${deed}; port 9999 does not offer it`),
  );

interface Command {
  type: string;
  [field: string]: unknown;
}

const asCommand = ({ order, ...rest }: Order): Command => ({
  type: order,
  ...rest,
});

/** What was said, without its envelope. */
function plain<Said extends object>(
  message: Said & { type: string; id?: number },
): Said {
  const { type, id, ...said } = message;
  return said as unknown as Said;
}

/** The supervisor, connected whenever it is asked or listened to. */
class Supervisor {
  readonly #way: Way;
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #connection: Promise<Connection> | null = null;

  constructor(way: Way) {
    this.#way = way;
  }

  listen(show: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(show);
    return () => {
      this.#listeners.delete(show);
    };
  }

  async ask<Type extends Message["type"]>(type: Type, command: Command) {
    this.#connection ??= this.#connect();
    return (await this.#connection).ask(type, command);
  }

  async #connect(): Promise<Connection> {
    try {
      const connection = await Connection.open(this.#way, (snapshot) => {
        for (const show of this.#listeners) show(snapshot);
      });
      // A supervisor that is restarted keeps its port, so it takes the next connection at once. If it has gone, the next
      // question finds out whether it is back.
      void connection.ended.then(() => {
        this.#connection = this.#connect();
        this.#connection.catch(() => undefined);
      });
      return connection;
    } catch (reason) {
      this.#connection = null;
      throw reason;
    }
  }
}

/** A connection that has been let in and is told of every change. */
class Connection {
  readonly ended: Promise<void>;
  readonly #socket: WebSocket;
  readonly #questions = new Map<
    number,
    { answer: (message: Message) => void; fail: (reason: Error) => void }
  >();
  #asked = 0;

  static async open(
    { address, token }: Way,
    tell: (snapshot: Snapshot) => void,
  ): Promise<Connection> {
    const socket = new WebSocket(`ws://${address}/`);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => {
        resolve();
      });
      socket.addEventListener("close", () => {
        reject(new Error(`nobody answers at ${address}`));
      });
    });
    const connection = new Connection(socket, tell);
    const auth = { type: "auth", token };
    const { success, message } = await connection.ask("auth_result", auth);
    if (!success) {
      socket.close();
      throw new Error(message);
    }
    const changes = { type: "subscribe", kinds: ["status"] };
    await connection.ask("subscribed", changes);
    return connection;
  }

  private constructor(socket: WebSocket, tell: (snapshot: Snapshot) => void) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      this.#hear(JSON.parse(data) as Message, tell);
    });
    this.ended = new Promise((resolve) => {
      socket.addEventListener("close", () => {
        for (const { fail } of this.#questions.values())
          fail(new Error("the connection to the supervisor has ended"));
        resolve();
      });
    });
  }

  ask<Type extends Message["type"]>(
    type: Type,
    command: Command,
  ): Promise<Of<Type>> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      const answer = (message: Message) => {
        if (message.type === type) resolve(message as Of<Type>);
        // A failure crosses the process boundary as plain data, not as an Error.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        else if (message.type === "failure") reject(plain<Failure>(message));
        else if (message.type === "error") reject(new Error(message.message));
        else reject(new Error(`a ${message.type} is no answer to that`));
      };
      this.#questions.set(id, { answer, fail: reject });
      this.#socket.send(JSON.stringify({ ...command, id }));
    });
  }

  #hear(message: Message, tell: (snapshot: Snapshot) => void): void {
    if (message.id === undefined) {
      if (message.type === "status") tell(message.snapshot);
      return;
    }
    this.#questions.get(message.id)?.answer(message);
    this.#questions.delete(message.id);
  }
}
