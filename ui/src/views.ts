// The views of the window, in the order in which they stand.

export const views = ["overview", "call", "log", "settings", "about"] as const;

export type View = (typeof views)[number];
