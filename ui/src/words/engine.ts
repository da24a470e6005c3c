// What is said of choosing what answers calls. What may be chosen comes with the snapshot, worded.

import { capital, plain, sentence } from "../text";

export const answering = {
  title: "What answers calls",
  isChosen: "Answers the next call.",
  choosing: "Choosing…",
  failed: (reason: string) => `Not chosen. ${capital(sentence(plain(reason)))}`,
};
