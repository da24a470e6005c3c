// What people should know besides, one of each kind, for designers and for tests.

import type { Note } from "../src/wire";

export const notes: Note[] = [
  {
    note: "settings_unreadable",
    path: "/home/ada/.config/xswarm-voice/settings.toml",
    problem: "line 4: retry.atempts isn't a setting (did you mean attempts?)",
    effect: "set_aside",
  },
  { note: "published_token" },
  { note: "short_token" },
  {
    note: "secret_replaced",
    problem:
      "/home/ada/.local/share/xswarm-voice/token has fewer than 16 readable characters",
  },
  {
    note: "not_kept",
    path: "/home/ada/.local/share/xswarm-voice",
    problem: "no storage space",
  },
];
