// What the window says around the servers of speech models. What is said of each comes from the station.

export const servers = {
  title: "Speech models for this machine",
  text: "Servers that can answer calls, and what is missing here for each. Nothing is installed or started by looking.",
  look: "Check this machine",
  again: "Check again",
  looking: "Looking…",
  failed: (reason: string) => `This machine could not be checked: ${reason}`,
  address: (url: string) => `Once it runs it is at ${url}.`,
  purpose: "Run this in a terminal:",
};
