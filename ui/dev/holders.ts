// Programs that hold a port, each of its own kind, for designers and for tests.

import type { Cause, Holder, Timestamp } from "../src/wire";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const zombie = (now: Timestamp): Holder => ({
  identity: {
    pid: 4711,
    began: "884213",
    executable: "/usr/bin/python3.11",
    uid: 1000,
  },
  name: "python3",
  command_line: [
    "/usr/bin/python3",
    "-m",
    "http.server",
    "--bind",
    "0.0.0.0",
    "9998",
  ],
  user: "ada",
  started: now - 3 * HOUR - 12 * MINUTE,
  address: "0.0.0.0:9998",
  kind: "program",
  is_frozen: false,
  has_inherited: false,
  started_by: "bash (4102)",
  guard: null,
});

/** What the zombie started, and what has its socket since. */
export const heir = (now: Timestamp): Holder => ({
  ...zombie(now),
  identity: {
    pid: 4712,
    began: "884377",
    executable: "/usr/bin/sleep",
    uid: 1000,
  },
  name: "sleep",
  command_line: ["sleep", "86400"],
  has_inherited: true,
  started_by: "python3 (4711)",
});

export const older = (now: Timestamp): Holder => ({
  identity: {
    pid: 2204,
    began: "120001",
    executable: "/opt/xswarm/xswarm-voice",
    uid: 1000,
  },
  name: "xswarm-voice",
  command_line: ["/opt/xswarm/xswarm-voice", "--hidden"],
  user: "ada",
  started: now - 50 * HOUR,
  address: "127.0.0.1:9998",
  kind: "older_xswarm",
  is_frozen: false,
  has_inherited: false,
  started_by: "systemd (1)",
  guard: null,
});

export const foreign = (now: Timestamp): Holder => ({
  identity: { pid: 912, began: "4021", executable: null, uid: 0 },
  name: "nginx",
  command_line: [],
  user: "root",
  started: now - 900 * HOUR,
  address: "0.0.0.0:9998",
  kind: "program",
  is_frozen: false,
  has_inherited: false,
  started_by: null,
  guard: "another_user",
});

export const container = (now: Timestamp): Holder => ({
  identity: {
    pid: 3055,
    began: "77120",
    executable: "/usr/bin/docker-proxy",
    uid: 0,
  },
  name: "docker-proxy",
  command_line: [
    "/usr/bin/docker-proxy",
    "-proto",
    "tcp",
    "-host-ip",
    "0.0.0.0",
    "-host-port",
    "9998",
  ],
  user: "root",
  started: now - 20 * MINUTE,
  address: "0.0.0.0:9998",
  kind: "container",
  is_frozen: false,
  has_inherited: false,
  started_by: "dockerd (801)",
  guard: "container",
});

/** What an administrator may run to learn more. */
export const command = "sudo ss -ltnp 'sport = :9998'";

export const held = (...holders: Holder[]): Cause => ({
  cause: "held",
  holders,
});
