// What the window says around the servers of speech models. What is said of each comes from the station.

import { capital, plain, sentence } from "../text";

export const servers = {
  title: "Speech models for this machine",
  text: "Servers that can answer calls, and what is missing here for each. Nothing is installed or started by looking.",
  look: "Check this machine",
  again: "Check again",
  looking: "Looking…",
  failed: (reason: string) => `This machine could not be checked: ${reason}`,
  address: (url: string) => `Once it runs it is at ${url}.`,
  purpose: "Run this in a terminal:",
  settings:
    "Have xSwarm Voice start it: put these lines at the end of its settings.",
};

export const found = {
  title: "A speech model was found",
  use: "Use it",
  failed: (reason: string) =>
    `It can't be used. ${capital(sentence(plain(reason)))}`,
  call: "Place a test call",
};
