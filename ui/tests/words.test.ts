// What the window says in every case, kept as one text that a person can read through.

import { expect, test } from "vitest";

import {
  command,
  container,
  foreign,
  held,
  older,
  zombie,
} from "../dev/holders";
import { scenes } from "../dev/scenes";
import { exactMoment, moment, span } from "../src/clock";
import { crowds, holders, isLikeItsService } from "../src/service";
import { commandLine, plain, told } from "../src/text";
import type { Failure, Force, Order, Outcome } from "../src/wire";
import * as words from "../src/words";
import { NOW, scene } from "./fakes";

const [bridge] = scene("listening").services;
if (!bridge) throw new Error("the scene has no voice bridge");

function sayScene(name: string): string {
  const snapshot = scene(name);
  const lines = snapshot.services
    .slice(0, 1)
    .flatMap((service) => [
      `${service.title}: ${service.word}`,
      told(service.sentence, NOW),
      service.hint,
      `[${service.offers.map(({ label }) => label).join("] [")}]`,
      words.sinceWhen(service, NOW) ?? "",
      ...service.companions
        .filter((companion) => !isLikeItsService(service, companion))
        .map(({ word, sentence }) => `${word}: ${told(sentence, NOW)}`),
      ...crowds(service).map(words.crowd.turnedAway),
      ...holders(service).map(({ guard }) =>
        guard ? words.spared(guard) : "",
      ),
    ]);
  const turnedAway = snapshot.turned_away.flatMap((entry) => [
    words.turnedAway.who(entry),
    words.turnedAway.cure(entry),
    words.turnedAway.when(entry, NOW),
  ]);
  const models = snapshot.models.flatMap((model) => [
    `${words.model.name(model)}: ${model.word}`,
    told(model.sentence, NOW),
    model.hint,
    model.asked_at ? words.model.asked(model.asked_at, NOW) : "",
  ]);
  const whole = [snapshot.word, snapshot.sentence];
  return [
    `# ${name}`,
    ...whole,
    ...lines,
    ...models,
    ...turnedAway,
    ...snapshot.remarks,
  ]
    .filter(Boolean)
    .join("\n");
}

const ended = (force: Force) => [
  { identity: zombie(NOW).identity, name: "python3", force },
];
const free: Order = {
  order: "free_port",
  service: "voice_bridge",
  victims: [],
};

/** The zombie once more, in another process. */
const reborn = (started_by: string | null) => {
  const holder = zombie(NOW);
  return { ...holder, identity: { ...holder.identity, pid: 4822 }, started_by };
};

const failures: Failure[] = [
  { failure: "not_here", service: "supervisor" },
  { failure: "not_running", service: "voice_bridge" },
  { failure: "nothing_to_free", service: "voice_bridge" },
  {
    failure: "unconfirmed",
    holders: [zombie(NOW), older(NOW), container(NOW)],
  },
  { failure: "not_visible", cause: { cause: "hidden", user: "root", command } },
  ...(
    [
      "ourselves",
      "running_xswarm",
      "ancestor",
      "system",
      "another_user",
      "container",
    ] as const
  ).map((guard): Failure => ({
    failure: "refused",
    pid: 912,
    name: "nginx",
    guard,
  })),
  { failure: "changed", pid: 4711 },
  { failure: "survived", pid: 4711, name: "python3" },
  {
    failure: "halfway",
    ended: ended("polite"),
    then: { failure: "changed", pid: 5 },
  },
  { failure: "still_taken", ended: ended("polite"), cause: held(foreign(NOW)) },
  {
    failure: "still_taken",
    ended: ended("firm"),
    cause: { cause: "unseen", command },
  },
  {
    failure: "still_taken",
    ended: ended("polite"),
    cause: held(reborn("supervisord (12)")),
  },
  { failure: "still_taken", ended: ended("polite"), cause: held(reborn(null)) },
  {
    failure: "still_taken",
    ended: [],
    cause: { cause: "lingering", free_at: NOW + 60_000 },
  },
  { failure: "system", message: "operation not permitted" },
  { failure: "ending" },
];

const freed = (force: Force, took_ms: number): Outcome => ({
  outcome: "freed",
  ended: ended(force),
  took_ms,
  service: bridge,
});

const outcomes: [Order, Outcome][] = [
  [free, freed("polite", 412)],
  [free, freed("firm", 3100)],
  [free, freed("none", 2)],
  [
    { order: "restart", service: "voice_bridge" },
    { outcome: "done", service: bridge },
  ],
  ...["listening", "taken", "refused", "proving"].map(
    (name): [Order, Outcome] => [
      { order: "start", service: "voice_bridge" },
      { outcome: "done", service: scene(name).services[0] ?? bridge },
    ],
  ),
  ...["stopped", "stopping"].map((name): [Order, Outcome] => [
    { order: "stop", service: "voice_bridge" },
    { outcome: "done", service: scene(name).services[0] ?? bridge },
  ]),
];

test("every state, failure and outcome has its sentence", async () => {
  const text = [
    ...Object.keys(scenes).map(sayScene),
    [
      "# failures",
      ...failures.map((failure) =>
        words.failure(failure, scene("taken").services[0] ?? bridge, NOW),
      ),
    ].join("\n"),
    ["# outcomes", ...outcomes.map((pair) => words.outcome(...pair))].join(
      "\n",
    ),
  ].join("\n\n");
  await expect(`${text}\n`).toMatchFileSnapshot("words.golden.txt");
});

test("the confirmation names each process once, and counts when they are many", () => {
  const [one, two] = [zombie(NOW), older(NOW)];
  expect(words.confirmation.end([one])).toBe("End python3 (4711)");
  expect(words.confirmation.end([one, { ...one, address: "[::]:9998" }])).toBe(
    "End python3 (4711)",
  );
  expect(words.confirmation.end([one, two])).toBe(
    "End python3 (4711) and xswarm-voice (2204)",
  );
  expect(words.confirmation.end([one, two, foreign(NOW)])).toBe(
    "End 3 programs",
  );
  expect(words.confirmation.question([one], 9998)).toBe(
    "End this program to free port 9998?",
  );
  expect(words.confirmation.question([one, two], 9998)).toBe(
    "End these programs to free port 9998?",
  );
});

test("nobody is promised a polite end where only windows can be asked", () => {
  const two = [zombie(NOW), older(NOW)];
  expect(words.confirmation.warning([zombie(NOW)], false)).toBe(
    "If it has a window it is asked to end; if not, or if it does not go, it is ended firmly. What it has not saved may be lost.",
  );
  expect(words.confirmation.warning(two, false)).toContain(
    "Those with a window are asked to end",
  );
  expect(words.confirmation.warning(two, true)).toContain(
    "They are asked to end",
  );
});

test("a program cannot disguise its name or its command line", () => {
  expect(plain("safe\u202Eexe.daemon\n")).toBe("safe\uFFFDexe.daemon\uFFFD");
  expect(plain("py\u200Bth\u{E0061}on\u3164")).toBe("py\uFFFDth\uFFFDon\uFFFD");
  expect(plain("no\u200Dde\uFE0F\u{E0100}")).toBe("node");
  expect(commandLine(["node", "a b.js", "it's", "\u001B[2J"])).toBe(
    `node 'a b.js' 'it'\\''s' '\uFFFD[2J'`,
  );
});

test("moments and spans are as exact as a glance needs", () => {
  expect(moment(NOW - 60_000, NOW)).toBe("21:03");
  expect(moment(NOW - 24 * 3_600_000, NOW)).toBe("21 Nov, 21:04");
  expect(moment(Date.UTC(2025, 11, 31, 8), NOW)).toBe("31 Dec 2025, 08:00");
  expect(exactMoment(NOW, NOW - 60_000)).toBe("21:04:05");
  expect(exactMoment(NOW, NOW + 3 * 3_600_000)).toBe("22 Nov, 21:04:05");
  expect(
    [-5, 59_999, 60_000, 3_600_000, 7_500_000, 172_800_000].map(span),
  ).toEqual(["0 s", "59 s", "1 min", "1 h", "2 h 5 min", "2 days"]);
});
