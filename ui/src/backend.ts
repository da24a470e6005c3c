// The app behind the window: what may be asked of it, and what it tells unasked.

import type { Commands, ServiceName, SettingValue, Snapshot } from "./wire";

/** Settings by their names, and null for those that go back to their defaults. */
export type Changes = Record<string, SettingValue | null>;

export interface Backend extends Commands {
  /** Tells of every change, until the function that comes is called. */
  onSnapshot(show: (snapshot: Snapshot) => void): Promise<() => void>;
  /** Tells that the tray asks for the confirmation that frees a port. */
  onConfirmFree(ask: (service: ServiceName) => void): Promise<() => void>;

  copy(text: string): Promise<void>;
}
