// The window's one door to the program behind it: what may be asked, and what is told unasked.

import type {
  Order,
  Outcome,
  ServiceName,
  SettingsEffect,
  Snapshot,
} from "./wire";

/** What the desktop offers. */
export interface Desktop {
  /** Whether anything shows tray icons here. */
  tray: boolean;
  /** Whether every program is asked to end before it is ended firmly, not only one with a window. */
  all_are_asked: boolean;
}

/** A value in the settings file. */
export type Value = string | number | boolean | Value[];

/** A setting: what is in force where nobody says otherwise, and what the file says. */
export interface Field {
  key: string;
  text: string;
  default: Value;
  value: Value | null;
}

/** The settings file as a form, and what is wrong with it. */
export interface Form {
  path: string;
  problems: Problem[];
  sections: { name: string; fields: Field[] }[];
}

/** Settings by their names, and null for those that go back to their defaults. */
export type Changes = Record<string, Value | null>;

/** What is wrong with settings, and with which where that can be told. */
export interface Problem {
  key: string | null;
  /** The line of the file, where it stands in one. */
  line: number | null;
  /** What is to be said of the setting. */
  problem: string;
  effect: SettingsEffect;
}

/** What came of saving settings. */
export type Saved =
  | { saved: "written" }
  | { saved: "wrong"; problem: Problem }
  | { saved: "taken"; sentences: string[] };

export type Level = "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE";

/** A line of the log; lines are numbered from 1 since the start. */
export interface LogLine {
  number: number;
  at: number;
  level: Level;
  source: string;
  text: string;
}

/** The report: what needs to be done, and all of it line by line. */
export interface Report {
  findings: string[];
  lines: string[];
}

/** What came of a test call. */
export type TestCall =
  | { call: "unanswered"; reason: string | null }
  | { call: "hung_up" }
  | { call: "broken"; reason: string }
  | {
      call: "done";
      answered_after_ms: number | null;
      greeting_ms: number;
      has_spoken: boolean;
      echo: { delay_ms: number; gain_db: number; correlation: number } | null;
      heard_ms: number;
      level_dbfs: number;
      cut_off: string | null;
    };

/** Ends a subscription. */
export type Unsubscribe = () => void;

export interface Door {
  /** How everything is at this moment. */
  snapshot(): Promise<Snapshot>;
  /** Tells of every change. */
  onSnapshot(show: (snapshot: Snapshot) => void): Promise<Unsubscribe>;
  /** Carries out an order; rejects with a `Failure`. */
  order(order: Order): Promise<Outcome>;

  /** Tells that the tray asks for the confirmation that frees a port. */
  onConfirmFree(ask: (service: ServiceName) => void): Promise<Unsubscribe>;
  /** The confirmation that the window was opened for, if it was. */
  pendingConfirmation(): Promise<ServiceName | null>;

  desktop(): Promise<Desktop>;
  quit(): Promise<void>;
  launchAtLogin(): Promise<boolean>;
  setLaunchAtLogin(on: boolean): Promise<void>;
  /** Ends xSwarm Voice and starts it afresh, with its window. */
  restart(): Promise<void>;

  settings(): Promise<Form>;
  /** What would be wrong after these changes, if anything. */
  checkSettings(changes: Changes): Promise<Problem | null>;
  saveSettings(changes: Changes, evenIfTaken: boolean): Promise<Saved>;

  /** The lines of the log after the one with that number. */
  log(after: number): Promise<LogLine[]>;
  openLogs(): Promise<void>;
  report(): Promise<Report>;

  /** Places a test call; resolves when it has ended. */
  testCall(): Promise<TestCall>;
  hangUp(): Promise<void>;

  isFirstRun(): Promise<boolean>;
  wasWelcomed(): Promise<void>;

  copy(text: string): Promise<void>;
}
