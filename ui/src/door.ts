// The window's one door to the program behind it: what may be asked, and what is told unasked.

import type { Order, Outcome, ServiceName, Snapshot } from "./wire";

/** What the desktop offers. */
export interface Desktop {
  /** Whether anything shows tray icons here. */
  tray: boolean;
  /** Whether every program is asked to end before it is ended firmly, not only one with a window. */
  all_are_asked: boolean;
}

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
}
