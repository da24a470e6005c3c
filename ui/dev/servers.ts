// Servers of speech models as they are found on a machine: one that lacks something, and one that can be started.

import type { CheckResult, KnownServer, ServerCheck } from "../src/wire";

const words: Record<CheckResult, string> = {
  met: "OK",
  missing: "Missing",
  doubtful: "Doubtful",
  unknown: "Not known",
};

const found = (
  check: ServerCheck["check"],
  result: CheckResult,
  sentence: string,
  more: Partial<ServerCheck> = {},
): ServerCheck => ({ check, result, word: words[result], sentence, ...more });

const card = found(
  "hardware",
  "met",
  "NVIDIA GeForce RTX 4090, driver 550.107.02.",
);
const port = found("port", "met", "Port 8998 is free.");

export const servers = (): KnownServer[] => [
  {
    id: "kyutai_python",
    folder: null,
    settings: `[[programs]]\nentry = "kyutai_python"`,
    title: "Kyutai's server in Python",
    about:
      "MOSHI in 16 bits on an NVIDIA card. It takes one call at a time, and the next one waits.",
    command: ["/usr/bin/python3", "-m", "moshi.server", "--port", "8998"],
    url: "ws://127.0.0.1:8998",
    checks: [
      card,
      found(
        "packages",
        "missing",
        "The Python package moshi isn't installed.",
        {
          cure: "Install it, with all that it takes:",
          command:
            "/usr/bin/python3 -m venv /home/ada/moshi && /home/ada/moshi/bin/pip install moshi",
        },
      ),
      port,
    ],
    is_ready: false,
    sentence: "The Python package moshi isn't installed.",
  },
  {
    id: "kyutai_rust",
    folder: null,
    settings: `[[programs]]\nentry = "kyutai_rust"`,
    title: "Kyutai's server in Rust",
    about: "MOSHI in 8 bits on an NVIDIA card.",
    command: ["/home/ada/moshi-backend", "standalone"],
    url: "wss://127.0.0.1:8998",
    checks: [
      card,
      found(
        "speed",
        "unknown",
        "Speed unknown: RTX 9999 isn't among the known cards.",
      ),
      port,
    ],
    is_ready: true,
    sentence: "Everything it takes is here.",
  },
];
